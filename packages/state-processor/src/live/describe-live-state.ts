/**
 * Which operators of a running job have state, and which of their subtasks has which key groups.
 *
 * Invariant: what is described may be over a moment later. Whoever goes by it compares the key groups
 * that a subtask answers for with those that it had, and describes anew where they differ.
 */
import { DataInputView, TaskError } from '@millrace/core';
import {
  isTerminalStatus,
  type JobVertexDetails,
  type KeyGroups,
  type OperatorStateDescription,
} from '@millrace/runtime';
import { type OperatorState, readKeyedBackendHeaderStart } from '@millrace/state';
import { type CountedState, OperatorHeads } from '../snapshot/describe-operator.ts';
import { decodeOperatorHead } from '../snapshot/keyed-state-head.ts';
import type { SnapshotOperator } from '../snapshot/snapshot.ts';
import type { LiveStateGateway } from './live-state-gateway.ts';

/** An operator with state, and where it runs. */
export interface LiveOperator {
  readonly described: SnapshotOperator;
  readonly vertexId: string;
  /** By subtask; none of one that has finished. */
  readonly subtasks: readonly {
    readonly subtask: number;
    readonly description: OperatorStateDescription;
  }[];
  /** Of states with a time to live, ms by name. */
  readonly ttlMs: Readonly<Record<string, number>>;
}

/**
 * Those with keyed state first.
 *
 * @throws TaskError `JOB_NOT_FOUND`, `JOB_NOT_RUNNING`
 */
export async function describeLiveState(
  gateway: LiveStateGateway,
  jobId: string,
): Promise<LiveOperator[]> {
  const { vertices, jobName, status } = await gateway.jobDetails(jobId);
  if (isTerminalStatus(status)) {
    throw new TaskError(
      'JOB_NOT_RUNNING',
      `job ${jobName} is ${status}: its live state is gone; open a checkpoint or savepoint of it that was kept`,
    );
  }
  const found = await Promise.all(
    vertices.map(async (vertex) => ({
      vertex,
      subtasks: await describeVertex(gateway, jobId, vertex),
    })),
  );
  const operators = found.flatMap(({ vertex, subtasks }) => liveOperators(vertex, subtasks));
  const keyed = operators.filter(hasKeyedState);
  return [...keyed, ...operators.filter((operator) => !keyed.includes(operator))];
}

export function hasKeyedState({ subtasks }: LiveOperator): boolean {
  return subtasks.some(({ description }) => description.keyed !== undefined);
}

/** Key groups of the subtasks that have keyed state. */
export function keyedSubtasks({ subtasks }: LiveOperator): readonly KeyedSubtask[] {
  return subtasks.flatMap(({ subtask, description: { keyed } }) =>
    keyed === undefined ? [] : [{ subtask, keyGroups: keyed.keyGroups }],
  );
}

export interface KeyedSubtask {
  readonly subtask: number;
  readonly keyGroups: KeyGroups;
}

/**
 * @param ranges - that somebody answers for, in any order
 * @throws TaskError `JOB_NOT_RUNNING` where they leave out some of the wanted ones
 */
export function checkCovered(
  { described }: LiveOperator,
  ranges: readonly KeyGroups[],
  wanted: KeyGroups = { startKeyGroup: 0, endKeyGroup: described.maxParallelism - 1 },
): void {
  let next = wanted.startKeyGroup;
  for (const range of [...ranges].sort((a, b) => a.startKeyGroup - b.startKeyGroup)) {
    if (range.startKeyGroup > next) {
      break;
    }
    next = Math.max(next, range.endKeyGroup + 1);
  }
  if (next <= wanted.endKeyGroup) {
    throw new TaskError(
      'JOB_NOT_RUNNING',
      `no subtask of ${described.name} that runs has key group ${next}: the job restarts or is rescaled, ` +
        `and can be asked again once it runs; or the subtask has finished, and its state is in checkpoints and savepoints alone`,
    );
  }
}

/** @throws TaskError `JOB_NOT_RUNNING` where a subtask has others than it had */
export function checkSameKeyGroups(
  operator: LiveOperator,
  subtask: number,
  { startKeyGroup, endKeyGroup }: KeyGroups,
): void {
  const before = keyedSubtasks(operator).find((each) => each.subtask === subtask)?.keyGroups;
  if (before?.startKeyGroup !== startKeyGroup || before.endKeyGroup !== endKeyGroup) {
    throw rescaling(`subtask ${subtask} of ${operator.described.name} has other key groups`);
  }
}

/**
 * Operator state is of all subtasks that run.
 *
 * @param parallelism - that a subtask has
 * @throws TaskError `JOB_NOT_RUNNING` where there are more or fewer than there were
 */
export function checkSameParallelism({ described }: LiveOperator, parallelism: number): void {
  if (parallelism !== described.parallelism) {
    throw rescaling(`${described.name} has another parallelism`);
  }
}

function rescaling(what: string): TaskError {
  return new TaskError(
    'JOB_NOT_RUNNING',
    `${what} than a moment ago: the job is being rescaled; ask again`,
  );
}

type DescribedSubtask = {
  readonly subtask: number;
  readonly operators: readonly OperatorStateDescription[];
};

/** Those that run. */
async function describeVertex(
  gateway: LiveStateGateway,
  jobId: string,
  vertex: JobVertexDetails,
): Promise<readonly DescribedSubtask[]> {
  const subtasks = Array.from({ length: vertex.parallelism }, (_, subtask) => subtask);
  const outcomes = await Promise.allSettled(
    subtasks.map((subtask) =>
      gateway.queryState(jobId, { vertexId: vertex.id, subtask }, { kind: 'describe' }),
    ),
  );
  return outcomes.flatMap((outcome, subtask) => {
    if (outcome.status === 'fulfilled') {
      return [{ subtask, operators: outcome.value }];
    }
    if (isFinished(vertex, subtask)) {
      return [];
    }
    throw outcome.reason;
  });
}

function isFinished(vertex: JobVertexDetails, subtask: number): boolean {
  return vertex.subtasks.find((each) => each.subtask === subtask)?.state === 'FINISHED';
}

function liveOperators(
  vertex: JobVertexDetails,
  subtasks: readonly DescribedSubtask[],
): LiveOperator[] {
  return vertex.operators.flatMap((operator) => {
    const parts = subtasks.flatMap(({ subtask, operators }) =>
      operators
        .filter(({ operatorId }) => operatorId === operator.operatorId)
        .map((description) => ({ subtask, description })),
    );
    return parts.length === 0
      ? []
      : [
          {
            described: describedLive(vertex, operator, parts),
            vertexId: vertex.id,
            subtasks: parts,
            ttlMs: Object.assign({}, ...parts.map(({ description }) => description.keyed?.ttlMs)),
          },
        ];
  });
}

function describedLive(
  { parallelism, maxParallelism }: JobVertexDetails,
  { operatorId, uid, name }: JobVertexDetails['operators'][number],
  parts: LiveOperator['subtasks'],
): SnapshotOperator {
  const heads = new OperatorHeads(operatorId);
  const counted: CountedState[] = [];
  for (const { subtask, description } of parts) {
    const { keyed, operator } = description;
    if (keyed !== undefined) {
      heads.addKeyed(readKeyedBackendHeaderStart(new DataInputView(keyed.header)), subtask);
    }
    if (operator !== undefined) {
      heads.addOperator(decodeOperatorHead(new DataInputView(operator.header)), subtask);
      counted.push(
        ...operator.states.map(({ name, mode, items }) => ({
          ...{ name, mode },
          items: mode === 'broadcast' ? 1 : items,
        })),
      );
    }
  }
  const state: OperatorState = {
    operatorId,
    name,
    parallelism,
    maxParallelism,
    subtaskStates: new Map(),
    coordinatorState: undefined,
    fullyFinished: false,
  };
  return {
    operatorId,
    uid,
    uidFrom: uid === undefined ? undefined : 'given',
    name,
    parallelism,
    maxParallelism,
    isFullyFinished: false,
    finishedSubtasks: [],
    subtasks: [],
    coordinatorBytes: 0,
    keyType: heads.keyType,
    keySerializer: heads.keySerializer,
    keyedStates: heads.keyedStates(),
    timers: heads.timers(),
    operatorStates: heads.operatorStates(counted),
    channelState: { inputHandles: 0, outputHandles: 0, sizeBytes: 0 },
    sizeBytes: 0,
    problems: heads.problems,
    state,
  };
}

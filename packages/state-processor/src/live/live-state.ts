/**
 * The keyed state of a job that runs, read as a snapshot is: described at once, a key as it is now, and
 * all of it by a view.
 *
 * Invariants:
 * - A view shows each subtask's state as of one moment between two of its records. The moments of
 *   several subtasks are close together, but not one: what must be consistent over the whole job is
 *   asked of a checkpoint.
 * - A view that fails to open leaves none of its parts open.
 */
import { randomUUID } from 'node:crypto';
import { DataInputView, type KeyGroupRange, TaskError } from '@millrace/core';
import type {
  HotKeys,
  JobVertexDetails,
  OperatorStateDescription,
  StateAnswer,
  StateQuery,
} from '@millrace/runtime';
import { type OperatorState, type RowPage, readKeyedBackendHeaderStart } from '@millrace/state';
import { OperatorHeads } from '../snapshot/describe-operator.ts';
import { selectOperator } from '../snapshot/open-snapshot.ts';
import type { SnapshotOperator, StateSource } from '../snapshot/snapshot.ts';
import { LiveRowReader } from './live-row-reader.ts';
import type { LiveStateGateway } from './live-state-gateway.ts';

/** An operator with keyed state, and where it runs. */
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

export interface LiveView extends StateSource {
  readonly operator: (selector: string) => SnapshotOperator;
  /** When the last of its parts was fixed, ms since the epoch. */
  readonly takenAt: number;
  /** It ends then, however often it is read. */
  readonly endsAt: number;
  close(): Promise<void>;
}

/** @throws TaskError `JOB_NOT_FOUND`, `JOB_NOT_RUNNING` */
export async function openLiveState(gateway: LiveStateGateway, jobId: string): Promise<LiveState> {
  const { vertices } = await gateway.jobDetails(jobId);
  const found = await Promise.all(
    vertices.map(async (vertex) => ({
      vertex,
      subtasks: await describeVertex(gateway, jobId, vertex),
    })),
  );
  const operators = found.flatMap(({ vertex, subtasks }) => liveOperators(vertex, subtasks));
  return new LiveState(gateway, jobId, operators);
}

export class LiveState implements StateSource {
  readonly jobId: string;
  readonly operators: readonly SnapshotOperator[];
  private readonly gateway: LiveStateGateway;
  private readonly live: readonly LiveOperator[];

  constructor(gateway: LiveStateGateway, jobId: string, live: readonly LiveOperator[]) {
    this.gateway = gateway;
    this.jobId = jobId;
    this.live = live;
    this.operators = live.map(({ described }) => described);
  }

  /** @throws CheckpointError `OPERATOR_NOT_IN_SNAPSHOT` that names the nearest */
  operator(selector: string): SnapshotOperator {
    return selectOperator(this.operators, selector, 'the job');
  }

  liveOperator(selector: string): LiveOperator {
    const { operatorId } = this.operator(selector);
    return this.live.find(({ described }) => described.operatorId === operatorId) as LiveOperator;
  }

  openStateHandle(): Promise<never> {
    return Promise.reject(new Error('live state is in no file'));
  }

  /**
   * @param wanted - all states and key groups where they are left out
   * @throws TaskError `JOB_NOT_RUNNING`, `TOO_MANY_STATE_VIEWS`
   */
  async openView(
    selector: string,
    wanted: { readonly states?: readonly string[]; readonly keyGroups?: KeyGroupRange } = {},
  ): Promise<LiveView> {
    const operator = this.liveOperator(selector);
    const { described } = operator;
    const viewId = randomUUID();
    const parts = operator.subtasks.filter(
      ({ description: { keyGroups } }) =>
        wanted.keyGroups === undefined ||
        (keyGroups.startKeyGroup <= wanted.keyGroups.endKeyGroup &&
          keyGroups.endKeyGroup >= wanted.keyGroups.startKeyGroup),
    );
    const outcomes = await Promise.allSettled(
      parts.map(async ({ subtask }) => {
        const ask = this.asking(operator, subtask);
        const opened = await ask({
          kind: 'open-view',
          operatorId: described.operatorId,
          viewId,
        });
        const source = `the live state of ${described.name}, subtask ${subtask}`;
        const options = { source, viewId, opened, stateNames: wanted.states, ask };
        return { subtask, opened, reader: new LiveRowReader(options) };
      }),
    );
    const opened = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const close = async (): Promise<void> => {
      await Promise.all(opened.map(({ reader }) => reader.close()));
    };
    const failed = outcomes.find((each) => each.status === 'rejected');
    if (failed !== undefined) {
      await close();
      throw failed.reason;
    }
    const viewed = { ...described, liveParts: opened };
    return {
      operators: [viewed],
      operator: (asked) => selectOperator([viewed], asked, 'the job'),
      openStateHandle: () => this.openStateHandle(),
      takenAt: Math.max(0, ...opened.map((part) => part.opened.takenAt)),
      endsAt: Math.min(Number.MAX_SAFE_INTEGER, ...opened.map((part) => part.opened.endsAt)),
      close,
    };
  }

  /** The rows of a key in one state, as they are now. @param keyGroup - where it is known */
  async readKey(
    operator: LiveOperator,
    of: { readonly stateName: string; readonly key: Uint8Array; readonly keyGroup: number },
  ): Promise<{ readonly subtask: number; readonly rows: RowPage }> {
    const { operatorId } = operator.described;
    const { stateName, key, keyGroup } = of;
    const part = operator.subtasks.find(
      ({ description: { keyGroups } }) =>
        keyGroups.startKeyGroup <= keyGroup && keyGroup <= keyGroups.endKeyGroup,
    );
    if (part === undefined) {
      throw new TaskError(
        'JOB_NOT_RUNNING',
        `the subtask of ${operator.described.name} that had key group ${keyGroup} has finished: its state is in checkpoints and savepoints alone`,
      );
    }
    const ask = this.asking(operator, part.subtask);
    const rows = await ask({ kind: 'read-key', operatorId, stateName, key });
    return { subtask: part.subtask, rows };
  }

  /** Of each subtask. */
  async hotKeys(operator: LiveOperator, limit: number): Promise<readonly HotKeys[]> {
    const { operatorId } = operator.described;
    return Promise.all(
      operator.subtasks.map(({ subtask }) =>
        this.asking(operator, subtask)({ kind: 'hot-keys', operatorId, limit }),
      ),
    );
  }

  private asking(
    { vertexId }: LiveOperator,
    subtask: number,
  ): <Q extends StateQuery>(query: Q) => Promise<StateAnswer<Q>> {
    return (query) => this.gateway.queryState(this.jobId, { vertexId, subtask }, query);
  }
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
            ttlMs: Object.assign({}, ...parts.map(({ description }) => description.ttlMs)),
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
  for (const { subtask, description } of parts) {
    heads.addKeyed(readKeyedBackendHeaderStart(new DataInputView(description.header)), subtask);
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
    operatorStates: [],
    channelState: { inputHandles: 0, outputHandles: 0, sizeBytes: 0 },
    sizeBytes: 0,
    problems: heads.problems,
    state,
  };
}

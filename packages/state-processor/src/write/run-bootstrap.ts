/**
 * Gives records to operators that fill state, and takes what they hold.
 *
 * Invariants:
 * - A record goes to the subtask that owns its key group, as in a job of the same parallelism.
 * - No record is kept: in memory is the state, as far as its backend keeps it there.
 *
 * Flink: StateBootstrapTransformation.writeOperatorState, SnapshotUtils.snapshot.
 */
import {
  type Clock,
  keyGroupForKeyHash,
  keyGroupRangeForOperatorIndex,
  MIN_TIMESTAMP,
  operatorIndexForKeyGroup,
} from '@millrace/core';
import type { OneInputStreamOperator, Output, StreamOperatorContext } from '@millrace/runtime';
import {
  type CheckpointStreamFactory,
  createOperatorStateBackend,
  type OperatorState,
  type OperatorSubtaskState,
  type StateBackend,
} from '@millrace/state';
import type { OperatorIdentifier } from '../read/operator-identifier.ts';
import { processorOperatorContext } from '../read/processor-operator-context.ts';
import type { StateBootstrapTransformation } from './state-bootstrap-transformation.ts';

export interface BootstrapRun {
  readonly id: OperatorIdentifier;
  /** At least 1, of operators with keys; others have one subtask. */
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly stateBackend: StateBackend;
  readonly clock: Clock;
  readonly checkpointId: number;
  readonly streams: CheckpointStreamFactory;
}

type AnyOperator<T> = OneInputStreamOperator<T, unknown>;

const NOWHERE: Output<unknown> = {
  collect: () => {},
  collectSide: () => {},
  emitWatermark: () => {},
  emitWatermarkStatus: () => {},
  emitLatencyMarker: () => {},
};

export async function runBootstrap<T>(
  transformation: StateBootstrapTransformation<T>,
  run: BootstrapRun,
): Promise<OperatorState> {
  const { id } = run;
  const maxParallelism = transformation.input.maxParallelism ?? run.maxParallelism;
  const isKeyed = transformation.keys !== undefined;
  const parallelism = isKeyed ? Math.min(run.parallelism, maxParallelism) : 1;
  const place = { ...run, parallelism, maxParallelism };
  const operators: AnyOperator<T>[] = [];
  try {
    for (let subtask = 0; subtask < parallelism; subtask++) {
      const operator = transformation.createOperator(id.uid ?? id.operatorId);
      operators.push(operator);
      operator.setup(contextOf(place, subtask), NOWHERE);
      await operator.initializeState();
      await operator.open();
    }
    await processRecords(transformation, operators, maxParallelism);
    const subtaskStates = new Map<number, OperatorSubtaskState>();
    for (const [subtask, operator] of operators.entries()) {
      await operator.prepareSnapshotPreBarrier(run.checkpointId);
      const snapshot = operator.snapshotState(run.checkpointId, run.clock.now(), run.streams);
      subtaskStates.set(subtask, await snapshot.write());
    }
    return {
      operatorId: id.operatorId,
      ...(id.uid === undefined ? {} : { uid: id.uid, name: id.uid }),
      parallelism,
      maxParallelism,
      coordinatorState: undefined,
      fullyFinished: false,
      subtaskStates,
    };
  } finally {
    for (const operator of operators) {
      await operator.close();
    }
  }
}

async function processRecords<T>(
  { input, keys }: StateBootstrapTransformation<T>,
  operators: readonly AnyOperator<T>[],
  maxParallelism: number,
): Promise<void> {
  const parallelism = operators.length;
  const keySerializer = keys?.keyType.createSerializer();
  const subtaskOf = (record: T): number => {
    if (keys === undefined || keySerializer === undefined || parallelism === 1) {
      return 0;
    }
    const key = keys.keySelector(record);
    if (key === undefined || key === null) {
      return 0; // The operator says what is wrong with it.
    }
    const keyGroup = keyGroupForKeyHash(keySerializer.hashCode(key), maxParallelism);
    return operatorIndexForKeyGroup(keyGroup, { parallelism, maxParallelism });
  };
  for await (const record of input.records) {
    const timestamp = input.timestamps?.(record) ?? MIN_TIMESTAMP;
    const operator = operators[subtaskOf(record)] as AnyOperator<T>;
    operator.processElement(record, timestamp);
  }
}

function contextOf(run: BootstrapRun, subtask: number): StreamOperatorContext {
  const { id, parallelism, maxParallelism, stateBackend, clock } = run;
  const names = { operatorName: id.uid ?? id.operatorId, operatorUid: id.uid };
  const openStateHandle = () => Promise.reject(new Error('nothing is restored'));
  return processorOperatorContext({
    id,
    subtask,
    parallelism,
    maxParallelism,
    clock,
    createKeyedStateBackend: (keyType) =>
      stateBackend.createKeyedStateBackend({
        ...names,
        keyType,
        numberOfKeyGroups: maxParallelism,
        keyGroupRange: keyGroupRangeForOperatorIndex(subtask, { parallelism, maxParallelism }),
        stateHandles: [],
        openStateHandle,
        clock,
        snapshotSliceMs: 5,
      }),
    createOperatorStateBackend: () =>
      createOperatorStateBackend({ ...names, stateHandles: [], openStateHandle }),
  });
}

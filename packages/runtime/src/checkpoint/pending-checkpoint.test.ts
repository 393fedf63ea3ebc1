import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMPTY_SUBTASK_STATE, type OperatorSubtaskState } from '@millrace/state';
import { type CheckpointTask, planCheckpoint } from './checkpoint-plan.ts';
import { checkpointProperties } from './checkpoint-properties.ts';
import { PendingCheckpoint } from './pending-checkpoint.ts';

const TASKS: CheckpointTask[] = [0, 1].map((subtask) => ({
  address: { vertexId: 'map', subtask },
  parallelism: 2,
  maxParallelism: 128,
  operatorIds: ['a', 'b'],
  upstream: [],
}));

function pending(finished: readonly string[]): PendingCheckpoint {
  const snapshotType = {
    kind: 'checkpoint',
    name: 'Checkpoint',
    sharingFilesStrategy: 'forward-backward',
  } as const;
  return new PendingCheckpoint({
    checkpointId: 7,
    timestamp: 0,
    properties: checkpointProperties(snapshotType, 'RETAIN_ON_CANCELLATION'),
    plan: planCheckpoint(TASKS, new Set(finished)),
  });
}

function unionState(): OperatorSubtaskState {
  return {
    ...EMPTY_SUBTASK_STATE,
    managedOperatorState: {
      stateNameToPartitionOffsets: new Map([['offsets', { mode: 'union', offsets: [0] }]]),
      delegate: { kind: 'byte-stream', handleName: 'x', data: new Uint8Array(1) },
    },
  };
}

describe('the metadata of a pending checkpoint', () => {
  it('holds each operator of each chain, with the subtasks in order', () => {
    const checkpoint = pending([]);
    checkpoint.putTaskState('map/1', new Map([['a', EMPTY_SUBTASK_STATE]]));
    checkpoint.putTaskState('map/0', new Map([['a', EMPTY_SUBTASK_STATE]]));

    const { operatorStates } = checkpoint.metadata();

    assert.deepEqual(
      operatorStates.map((state) => [state.operatorId, [...state.subtaskStates.keys()]]),
      [
        ['a', [0, 1]],
        ['b', []],
      ],
    );
  });

  it('marks a subtask that has finished, and its operator once all have', () => {
    const partly = pending(['map/1']);
    partly.putTaskState('map/0', new Map([['a', EMPTY_SUBTASK_STATE]]));

    const [someFinished] = partly.metadata().operatorStates;
    const [allFinished] = pending(['map/0', 'map/1']).metadata().operatorStates;

    assert.equal(someFinished!.fullyFinished, false);
    assert.equal(someFinished!.subtaskStates.get(1)!.finished, true);
    assert.equal(allFinished!.fullyFinished, true);
    assert.equal(allFinished!.subtaskStates.size, 0);
  });

  it('refuses union list state while only some subtasks have finished', () => {
    const checkpoint = pending(['map/1']);
    checkpoint.putTaskState('map/0', new Map([['a', unionState()]]));

    assert.throws(() => checkpoint.metadata(), {
      code: 'CHECKPOINT_DECLINED_TASK_CLOSING',
      message:
        'union list state offsets of operator a cannot be stored while only some of its subtasks ' +
        'have finished; let all of them finish together, or use list state',
    });
  });

  // Those would finish with this checkpoint, and the others wait for one for ever.
  it('refuses union list state while the data of only some subtasks has ended', () => {
    const someAtTheirEnd = pending([]);
    someAtTheirEnd.putTaskState('map/0', new Map([['a', unionState()]]), true);
    someAtTheirEnd.putTaskState('map/1', new Map([['a', unionState()]]));
    const allAtTheirEnd = pending([]);
    allAtTheirEnd.putTaskState('map/0', new Map([['a', unionState()]]), true);
    allAtTheirEnd.putTaskState('map/1', new Map([['a', unionState()]]), true);

    assert.throws(() => someAtTheirEnd.metadata(), { code: 'CHECKPOINT_DECLINED_TASK_CLOSING' });
    assert.equal(allAtTheirEnd.metadata().operatorStates[0]!.subtaskStates.size, 2);
  });
});

describe('the properties of a checkpoint', () => {
  const discardedAt = (retention: Parameters<typeof checkpointProperties>[1]) => {
    const { snapshotType } = pending([]).properties;
    const p = checkpointProperties(snapshotType, retention);
    const ends = { finished: p.discardFinished, cancelled: p.discardCancelled };
    return Object.entries({ ...ends, failed: p.discardFailed, suspended: p.discardSuspended })
      .filter(([, discarded]) => discarded)
      .map(([end]) => end);
  };

  it('say at which end of the job it is deleted, by the retention', () => {
    assert.deepEqual(discardedAt('RETAIN_ON_CANCELLATION'), ['finished']);
    assert.deepEqual(discardedAt('DELETE_ON_CANCELLATION'), ['finished', 'cancelled', 'suspended']);
    assert.deepEqual(discardedAt('NO_EXTERNALIZED_CHECKPOINTS'), [
      'finished',
      'cancelled',
      'failed',
      'suspended',
    ]);
  });
});

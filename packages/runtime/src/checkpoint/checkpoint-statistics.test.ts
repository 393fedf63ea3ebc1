import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange } from '@millrace/core';
import {
  EMPTY_SUBTASK_STATE,
  type IncrementalRemoteKeyedStateHandle,
  type OperatorSubtaskState,
  type SnapshotType,
} from '@millrace/state';
import {
  CheckpointStatsTracker,
  type RestoredCheckpointStatistics,
} from './checkpoint-statistics.ts';
import { CHECKPOINT } from './checkpoint-types.ts';
import { savepointType } from './savepoint-types.ts';

function trigger(
  tracker: CheckpointStatsTracker,
  checkpointId: number,
  snapshotType: SnapshotType = CHECKPOINT,
): void {
  const numSubtasksOf = { v: 1 };
  tracker.reportTriggered({
    ...{ checkpointId, triggeredAt: 100, snapshotType, numSubtasks: 1, numSubtasksOf },
  });
}

function restoredFrom(checkpointId: number): RestoredCheckpointStatistics {
  const files = { externalPointer: `file:/s/${checkpointId}`, stateSizeBytes: 70 };
  return { checkpointId, restoredAt: 900, isSavepoint: true, takenAs: 'checkpoint', ...files };
}

/** A meta stream of 5 bytes and a shared file of 1000. */
function incrementalState(of: { readonly checkpointedSizeBytes: number }): OperatorSubtaskState {
  const handle = { kind: 'file', path: 'file:/c/shared/1', sizeBytes: 1000 } as const;
  const managedKeyedState: IncrementalRemoteKeyedStateHandle = {
    kind: 'incremental-remote',
    checkpointId: 2,
    backendId: 'b',
    keyGroupRange: new KeyGroupRange(0, 127),
    meta: { kind: 'byte-stream', handleName: 'meta', data: new Uint8Array(5) },
    shared: [{ localPath: '1.sst', handle }],
    private: [],
    stateHandleId: 'h',
    ...of,
  };
  return { ...EMPTY_SUBTASK_STATE, managedKeyedState };
}

describe('checkpoint statistics', () => {
  it('tell durations and sizes of a completed checkpoint', () => {
    const tracker = new CheckpointStatsTracker(10);
    const stream = { kind: 'byte-stream', handleName: 's', data: new Uint8Array(30) } as const;
    const state = {
      ...EMPTY_SUBTASK_STATE,
      managedOperatorState: { stateNameToPartitionOffsets: new Map(), delegate: stream },
    };
    const metrics = {
      alignmentDurationMs: 1,
      syncDurationMs: 2,
      asyncDurationMs: 3,
      startDelayMs: 4,
    };
    trigger(tracker, 1);

    tracker.reportAcknowledged(1, {
      vertexId: 'map',
      subtask: 0,
      acknowledgedAt: 120,
      metrics,
      states: new Map([['a', state]]),
    });
    tracker.reportCompleted(1, 150, 'file:///chk-1');

    const completed = tracker.latestCompleted!;
    assert.equal(completed.endToEndDurationMs, 50);
    assert.equal(completed.stateSizeBytes, 30);
    assert.equal(completed.checkpointedSizeBytes, 30);
    assert.equal(completed.latestAckAt, 120);
    assert.deepEqual(completed.subtasks, [
      {
        vertexId: 'map',
        subtask: 0,
        acknowledgedAt: 120,
        endToEndDurationMs: 20,
        checkpointedSizeBytes: 30,
        stateSizeBytes: 30,
        ...metrics,
      },
    ]);
  });

  it('tell apart what an incremental checkpoint wrote and all that it holds', () => {
    const tracker = new CheckpointStatsTracker(10);
    trigger(tracker, 2);

    tracker.reportAcknowledged(2, {
      vertexId: 'map',
      subtask: 0,
      acknowledgedAt: 120,
      metrics: { alignmentDurationMs: 0, syncDurationMs: 0, asyncDurationMs: 0, startDelayMs: 0 },
      states: new Map([
        ['known', incrementalState({ checkpointedSizeBytes: 7 })],
        ['unknown', incrementalState({ checkpointedSizeBytes: -1 })],
      ]),
    });

    const [inProgress] = tracker.history;
    assert.equal(inProgress?.checkpointedSizeBytes, 7 + 1005);
    assert.equal(inProgress?.stateSizeBytes, 2 * 1005);
    assert.equal(inProgress?.subtasks[0]?.checkpointedSizeBytes, 7 + 1005);
  });

  it('say whether a checkpoint was unaligned anywhere, and how much was in flight', () => {
    const tracker = new CheckpointStatsTracker(10);
    trigger(tracker, 1);
    const durations = {
      alignmentDurationMs: 0,
      syncDurationMs: 0,
      asyncDurationMs: 0,
      startDelayMs: 0,
    };
    const unaligned = {
      ...durations,
      unalignedCheckpoint: true,
      bytesProcessedDuringAlignment: 10,
      bytesPersistedDuringAlignment: 30,
    };

    for (const [subtask, metrics] of [durations, unaligned, unaligned].entries()) {
      const ack = { vertexId: 'map', subtask, acknowledgedAt: 120, metrics, states: new Map() };
      tracker.reportAcknowledged(1, ack);
    }

    const [inProgress] = tracker.history;
    assert.equal(inProgress?.unalignedCheckpoint, true);
    assert.equal(inProgress?.bytesProcessedDuringAlignment, 20);
    assert.equal(inProgress?.bytesPersistedDuringAlignment, 60);
  });

  it('count each checkpoint once, as what it is now', () => {
    const tracker = new CheckpointStatsTracker(10);
    for (const id of [1, 2, 3]) {
      trigger(tracker, id);
    }

    tracker.reportCompleted(1, 150, 'file:///chk-1');
    tracker.reportFailed(2, 150, 'the disk is full');
    tracker.reportFailed(2, 160, 'told twice');

    assert.deepEqual(tracker.counts, {
      restored: 0,
      total: 3,
      inProgress: 1,
      completed: 1,
      failed: 1,
    });
    assert.equal(tracker.latestFailed?.failureMessage, 'the disk is full');
  });

  it('are one picture until something changes, whatever it is', () => {
    const tracker = new CheckpointStatsTracker(10);
    const metrics = {
      alignmentDurationMs: 1,
      syncDurationMs: 2,
      asyncDurationMs: 3,
      startDelayMs: 4,
    };
    const states = new Map<string, OperatorSubtaskState>();
    const subtask = { vertexId: 'v', subtask: 0, acknowledgedAt: 110, metrics, states };
    const restored = restoredFrom(1);
    const changes: readonly (() => void)[] = [
      () => trigger(tracker, 1),
      () => tracker.reportAcknowledged(1, subtask),
      () => tracker.reportCompleted(1, 150, 'file:///chk-1'),
      () => tracker.reportDiscarded(1),
      () => trigger(tracker, 2),
      () => tracker.reportFailed(2, 160, 'it was late'),
      () => tracker.reportRestored(restored),
    ];

    const pictures = changes.map((change) => {
      change();
      return [tracker.snapshot(), tracker.snapshot()] as const;
    });

    assert.ok(pictures.every(([picture, again]) => picture === again));
    assert.equal(new Set(pictures.map(([picture]) => picture)).size, changes.length);
    assert.deepEqual(pictures.at(-1)?.[0].counts, tracker.counts);
    assert.deepEqual(pictures.at(-1)?.[0].history, tracker.history);
    assert.equal(pictures.at(-1)?.[0].latestRestored, restored);
  });

  it('forget the oldest beyond the history, but none in progress', () => {
    const tracker = new CheckpointStatsTracker(2);
    for (const id of [1, 2, 3, 4, 5]) {
      trigger(tracker, id);
    }

    for (const id of [2, 3, 4, 5]) {
      tracker.reportCompleted(id, 150, `file:///chk-${id}`);
    }

    assert.deepEqual(
      tracker.history.map((c) => c.checkpointId),
      [5, 4, 1],
    );
  });

  it('keep savepoints, and what the job was restored from, beyond the history', () => {
    const tracker = new CheckpointStatsTracker(1);
    tracker.reportRestored(restoredFrom(1));
    for (const [id, type] of [
      [2, savepointType('CANONICAL', 'none')],
      [3, CHECKPOINT],
      [4, CHECKPOINT],
    ] as const) {
      trigger(tracker, id, type);
      tracker.reportCompleted(id, 150, `file:/s/${id}`);
    }
    tracker.reportRestored(restoredFrom(4));

    const { history, kept } = tracker.snapshot();

    assert.deepEqual(
      history.map(({ checkpointId }) => checkpointId),
      [4],
    );
    assert.deepEqual(kept, [
      {
        ...{ checkpointId: 1, kind: 'checkpoint', externalPointer: 'file:/s/1' },
        ...{ stateSizeBytes: 70, triggeredAt: undefined },
      },
      {
        ...{ checkpointId: 2, kind: 'savepoint', externalPointer: 'file:/s/2' },
        ...{ stateSizeBytes: 0, triggeredAt: 100 },
      },
    ]);
  });

  it('keep the latest hundred, and none that is discarded', () => {
    const tracker = new CheckpointStatsTracker(1);
    for (let id = 1; id <= 102; id++) {
      trigger(tracker, id, savepointType('CANONICAL', 'none'));
      tracker.reportCompleted(id, 150, `file:/s/${id}`);
    }

    tracker.reportDiscarded(50);

    const ids = tracker.snapshot().kept.map(({ checkpointId }) => checkpointId);
    assert.deepEqual([ids.length, ids[0], ids.includes(50)], [99, 3, false]);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorCode, GenericMetricGroup, SystemClock } from '@millrace/core';
import { SourceCoordinator, type SourceCoordinatorOptions } from './source-coordinator.ts';
import { StepClock, splitSource } from './source-fixture.ts';
import { WatermarkAlignmentGroup } from './watermark-alignment.ts';

function coordinatorOf(
  names: readonly string[],
  options: Partial<SourceCoordinatorOptions> = {},
): {
  coordinator: SourceCoordinator;
  sent: string[];
  failures: unknown[];
} {
  const sent: string[] = [];
  const failures: unknown[] = [];
  const coordinator = new SourceCoordinator({
    operatorId: 'numbers',
    operatorName: 'numbers',
    source: splitSource(names),
    parallelism: 1,
    clock: new SystemClock(),
    metricGroup: new GenericMetricGroup('coordinator'),
    targets: {
      addSplits: (subtask, splits) =>
        sent.push(`${subtask}: ${splits.map((split) => new TextDecoder().decode(split))}`),
      noMoreSplits: (subtask) => sent.push(`${subtask}: no more`),
      alignWatermark: (subtask, maxDesired) => sent.push(`${subtask}: up to ${maxDesired}`),
    },
    fail: (error) => failures.push(error),
    ...options,
  });
  return { coordinator, sent, failures };
}

describe('a source coordinator', () => {
  it('sends splits to the reader that asks, then that there are no more', () => {
    const { coordinator, sent } = coordinatorOf(['a']);
    coordinator.start(undefined);
    coordinator.registerReader(0);

    coordinator.sendSplitRequest(0);
    coordinator.sendSplitRequest(0);

    assert.deepEqual(sent, ['0: {"splitId":"a"}', '0: no more']);
  });

  it('holds back what it assigns after its checkpoint until the barrier of the reader is sent', () => {
    const { coordinator, sent } = coordinatorOf(['a']);
    coordinator.start(undefined);
    coordinator.registerReader(0);
    coordinator.checkpointCoordinator(1);

    coordinator.sendSplitRequest(0);
    const before = [...sent];
    coordinator.barrierSent(0, 1);

    assert.deepEqual(before, []);
    assert.deepEqual(sent, ['0: {"splitId":"a"}']);
  });

  it('sends what it held back when the checkpoint is aborted before its barrier', () => {
    const { coordinator, sent } = coordinatorOf(['a']);
    coordinator.start(undefined);
    coordinator.registerReader(0);
    coordinator.checkpointCoordinator(1);
    coordinator.sendSplitRequest(0);

    coordinator.notifyCheckpointAborted(1);

    assert.deepEqual(sent, ['0: {"splitId":"a"}']);
  });

  it('goes on after a restore with the splits that were open at its checkpoint', () => {
    const first = coordinatorOf(['a', 'b']);
    first.coordinator.start(undefined);
    first.coordinator.registerReader(0);
    first.coordinator.sendSplitRequest(0);
    const state = first.coordinator.checkpointCoordinator(1);

    const second = coordinatorOf([]);
    second.coordinator.start(state);
    second.coordinator.registerReader(0);
    second.coordinator.sendSplitRequest(0);

    assert.deepEqual(second.sent, ['0: {"splitId":"b"}']);
  });

  it('refuses coordinator state of another version', () => {
    const { coordinator } = coordinatorOf([]);
    const state = Uint8Array.from([0, 0, 0, 9]);

    assert.throws(
      () => coordinator.start(state),
      (error) => errorCode(error) === 'SNAPSHOT_VERSION_UNSUPPORTED',
    );
  });

  it('announces each interval how far its alignment group goes, to the readers that reported', () => {
    const clock = new StepClock();
    const group = new WatermarkAlignmentGroup();
    const params = {
      watermarkGroup: 'group',
      maxAllowedWatermarkDriftMs: 100,
      updateIntervalMs: 1000,
    };
    const { coordinator, sent } = coordinatorOf([], { clock, alignment: { params, group } });
    coordinator.start(undefined);
    coordinator.registerReader(0);

    clock.fireNext();
    coordinator.reportWatermark(0, 500);
    group.report('another source', 3, 300);
    clock.fireNext();

    assert.deepEqual(sent, ['0: up to 400']);
    assert.deepEqual(
      clock.timers.map(({ delayMs }) => delayMs),
      [1000],
    );
  });

  it('announces nothing more to a reader that has ended, whose last report still counts', () => {
    const clock = new StepClock();
    const group = new WatermarkAlignmentGroup();
    const params = { watermarkGroup: 'g', maxAllowedWatermarkDriftMs: 100, updateIntervalMs: 1000 };
    const { coordinator, sent } = coordinatorOf([], { clock, alignment: { params, group } });
    coordinator.start(undefined);
    coordinator.registerReader(0);
    coordinator.registerReader(1);
    coordinator.reportWatermark(0, 500);
    coordinator.reportWatermark(1, 700);

    coordinator.readerEnded(0);
    clock.fireNext();

    assert.deepEqual(sent, ['1: up to 600']);
  });

  it('announces nothing once it is closed', async () => {
    const clock = new StepClock();
    const params = { watermarkGroup: 'g', maxAllowedWatermarkDriftMs: 0, updateIntervalMs: 1000 };
    const alignment = { params, group: new WatermarkAlignmentGroup() };
    const { coordinator } = coordinatorOf([], { clock, alignment });
    coordinator.start(undefined);

    await coordinator.close();

    assert.deepEqual(clock.timers, []);
  });
});

describe('a reader that fails while the others go on', () => {
  function failing() {
    const told = coordinatorOf(['a', 'b', 'c'], { parallelism: 2, tracksAssignments: true });
    const { coordinator } = told;
    coordinator.start(undefined);
    coordinator.registerReader(0);
    coordinator.registerReader(1);
    coordinator.sendSplitRequest(0);
    coordinator.checkpointCoordinator(1);
    coordinator.barrierSent(0, 1);
    coordinator.barrierSent(1, 1);
    coordinator.notifyCheckpointComplete(1);
    coordinator.sendSplitRequest(0);
    told.sent.length = 0;
    return told;
  }

  it('gives the splits back that it got since the checkpoint, and another may get them', () => {
    const { coordinator, sent } = failing();

    coordinator.readerFailed(0);
    coordinator.subtaskReset(0, 1);
    coordinator.sendSplitRequest(1);
    coordinator.sendSplitRequest(1);
    coordinator.sendSplitRequest(1);

    assert.deepEqual(sent, ['1: {"splitId":"b"}', '1: {"splitId":"c"}', '1: no more']);
  });

  it('gets nothing until it has registered anew: the enumerator that assigns to it fails', () => {
    const { coordinator, sent, failures } = failing();

    coordinator.readerFailed(0);
    coordinator.sendSplitRequest(0);
    coordinator.subtaskReset(0, 1);
    coordinator.sendSplitRequest(0);

    assert.deepEqual(sent, []);
    assert.deepEqual(failures.map(errorCode), ['SOURCE_FAILED', 'SOURCE_FAILED']);
    assert.match(String(failures[0]), /reader 0, which is not registered/);
  });

  it('is not registered until it begins again, and hears anew that there are no more splits', () => {
    const registered: number[][] = [];
    const told = coordinatorOf([], {
      source: {
        ...splitSource([]),
        createEnumerator: (context) => ({
          ...splitSource([]).createEnumerator(context),
          addReader: (subtask) => {
            registered.push([...context.registeredReaders]);
            context.signalNoMoreSplits(subtask);
          },
          handleSplitRequest: () => void registered.push([...context.registeredReaders]),
        }),
      },
      parallelism: 2,
      tracksAssignments: true,
    });
    const { coordinator, sent } = told;
    coordinator.start(undefined);
    coordinator.registerReader(0);
    coordinator.registerReader(1);

    coordinator.readerFailed(0);
    coordinator.sendSplitRequest(1);
    coordinator.subtaskReset(0, undefined);
    coordinator.sendSplitRequest(1);
    coordinator.registerReader(0);

    assert.deepEqual(registered, [[0], [0, 1], [1], [1], [1, 0]]);
    assert.deepEqual(sent, ['0: no more', '1: no more', '0: no more']);
  });

  it('holds up checkpoints until what it lost is with the enumerator again', () => {
    const { coordinator } = failing();

    coordinator.readerFailed(0);

    assert.throws(() => coordinator.checkpointCoordinator(2), /before a checkpoint begins/);
    coordinator.subtaskReset(0, 1);
    const state = new TextDecoder().decode(coordinator.checkpointCoordinator(2));
    assert.match(state, /\["b","c"\]/);
  });

  it('is not told how far it may go while it is down', () => {
    const clock = new StepClock();
    const params = { watermarkGroup: 'g', maxAllowedWatermarkDriftMs: 100, updateIntervalMs: 1000 };
    const alignment = { params, group: new WatermarkAlignmentGroup() };
    const { coordinator, sent } = coordinatorOf([], { clock, alignment });
    coordinator.start(undefined);
    coordinator.registerReader(0);
    coordinator.reportWatermark(0, 500);

    coordinator.readerFailed(0);
    clock.fireNext();

    assert.deepEqual(sent, []);
  });

  it('loses nothing of what was on its way to it when it failed', () => {
    const { coordinator, sent } = failing();
    coordinator.checkpointCoordinator(2);
    coordinator.sendSplitRequest(0);

    coordinator.readerFailed(0);
    coordinator.notifyCheckpointAborted(2);
    coordinator.subtaskReset(0, 1);
    coordinator.registerReader(0);
    coordinator.sendSplitRequest(0);
    coordinator.sendSplitRequest(0);

    assert.deepEqual(sent, ['0: {"splitId":"b"}', '0: {"splitId":"c"}']);
  });
});

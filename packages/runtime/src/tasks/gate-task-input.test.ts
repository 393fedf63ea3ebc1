import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_TIMESTAMP } from '@millrace/core';
import { BarrierAlignment } from '../checkpoint/barrier-alignment.ts';
import type { CheckpointBarrier, CheckpointingMode } from '../checkpoint/checkpoint-options.ts';
import { InputGate } from '../network/input-gate.ts';
import { LocalChannel } from '../network/local-channel.ts';
import type { Input } from '../operators/stream-operator.ts';
import { GateTaskInput } from './gate-task-input.ts';

const SNAPSHOT = {
  kind: 'checkpoint',
  name: 'Checkpoint',
  sharingFilesStrategy: 'forward',
} as const;

function barrier(checkpointId: number): { kind: 'barrier'; barrier: CheckpointBarrier } {
  return { kind: 'barrier', barrier: { checkpointId, timestamp: 0, snapshotType: SNAPSHOT } };
}

/** Two inputs: `left` has two channels, the second from another slot, `right` has one. Records and events are written down. */
function twoInputs(mode: CheckpointingMode = 'EXACTLY_ONCE') {
  const seen: string[] = [];
  const input = (name: string): Input<unknown> => ({
    processElement: (value) => seen.push(`${name} ${value}`),
    processWatermark: (watermark) => seen.push(`${name} watermark ${watermark}`),
    processWatermarkStatus: (status) => seen.push(`${name} ${status}`),
    processLatencyMarker: ({ markedTime }) => seen.push(`${name} marker ${markedTime}`),
  });
  const left = [new LocalChannel(64), new LocalChannel(64)] as const;
  const right = new LocalChannel(64);
  const channels = [left[0], right, left[1]];
  const gate = new InputGate(channels, () => {});
  const taskInput = new GateTaskInput(gate, [input('left'), input('right')], {
    inputIndexes: [0, 1, 0],
    areOfSlot: [true, true, false],
    alignment: new BarrierAlignment({ numberOfChannels: channels.length, mode }),
    hooks: {
      now: () => 0,
      startCheckpoint: ({ checkpointId }) => seen.push(`checkpoint ${checkpointId}`),
      abortCheckpoint: (id, reason) => seen.push(`abort ${id}: ${reason}`),
      runSoon: (action) => action(),
      runAt: () => ({ cancel: () => {} }),
      isSuspended: () => false,
    },
  });
  /** Takes what there is, at most `batch` records at a time. */
  const drain = (batch = 4): string => {
    let result = taskInput.processBatch(batch);
    while (result === 'more-available') {
      result = taskInput.processBatch(batch);
    }
    return result;
  };
  return { left, right, seen, taskInput, drain };
}

describe('the input of a task with two inputs', () => {
  it('gives each record to the input that its channel belongs to', () => {
    const { left, right, seen, drain } = twoInputs();
    left[0].push('a', 1);
    right.push('b', 1);
    left[1].push('c', 1);

    drain();

    assert.deepEqual(seen, ['left a', 'right b', 'left c']);
  });

  it('takes no input for long while the other one has records', () => {
    const { left, right, seen, drain } = twoInputs();
    for (let i = 0; i < 50; i++) {
      left[0].push(i, 1);
      left[1].push(i, 1);
      right.push(i, 1);
    }

    drain(10);

    const share = seen.slice(0, 60).filter((record) => record.startsWith('right')).length;
    assert.equal(share, 20);
  });

  it('fills a batch from several channels when few records lie in each', () => {
    const { left, right, seen, taskInput } = twoInputs();
    left[0].push('a', 1);
    left[0].push('b', 1);
    right.push('c', 1);
    left[1].push('d', 1);
    left[1].push('e', 1);

    assert.equal(taskInput.processBatch(4), 'more-available');

    assert.deepEqual(seen, ['left a', 'left b', 'right c', 'left d']);
  });

  it('gives an input the smallest watermark over its own channels only', () => {
    const { left, right, seen, taskInput, drain } = twoInputs();
    left[0].pushEvent({ kind: 'watermark', watermark: 10 });
    right.pushEvent({ kind: 'watermark', watermark: 3 });
    left[1].pushEvent({ kind: 'watermark', watermark: 7 });

    drain();

    assert.deepEqual(seen, ['right watermark 3', 'left watermark 7']);
    assert.equal(taskInput.currentWatermark, 3);
  });

  it('knows when what it took from its own slot is behind what it took from others', () => {
    const { left, right, taskInput, drain } = twoInputs();
    left[0].push('own', 100);
    left[1].push('of another slot', 100);
    right.push('of another input', 900);
    drain();
    assert.equal(taskInput.isSlotBehind, false);

    left[1].push('of another slot', 150);
    left[1].pushEvent({ kind: 'watermark', watermark: 120 });
    left[0].pushEvent({ kind: 'watermark', watermark: 90 });
    drain();
    assert.equal(taskInput.isSlotBehind, true);

    left[0].push('own', 110);
    left[0].pushEvent({ kind: 'watermark', watermark: 120 });
    drain();
    assert.equal(taskInput.isSlotBehind, false);

    left[0].push('own', 130);
    drain();
    assert.equal(taskInput.isSlotBehind, true);

    left[0].pushEvent({ kind: 'watermark-status', status: 'idle' });
    drain();
    assert.equal(taskInput.isSlotBehind, false);

    left[0].pushEvent({ kind: 'watermark-status', status: 'active' });
    drain();
    assert.equal(taskInput.isSlotBehind, true);

    left[0].pushEvent({ kind: 'end-of-data' });
    drain();
    assert.equal(taskInput.isSlotBehind, false);
  });

  it('takes latency markers to the operator in order with the records of their channel', () => {
    const { left, seen, drain } = twoInputs();
    const marker = { markedTime: 5, operatorId: 'source', subtaskIndex: 0 };
    left[0].push('before', 1);
    left[0].pushEvent({ kind: 'latency-marker', marker });
    left[0].push('after', 2);

    drain();

    assert.deepEqual(seen, ['left before', 'left marker 5', 'left after']);
  });

  it('calls an input idle when all of its own channels are', () => {
    const { left, right, seen, drain } = twoInputs();
    right.pushEvent({ kind: 'watermark-status', status: 'idle' });
    left[0].pushEvent({ kind: 'watermark-status', status: 'idle' });
    drain();
    const withOneChannel = [...seen];

    left[1].pushEvent({ kind: 'watermark-status', status: 'idle' });
    drain();

    assert.deepEqual(withOneChannel, ['right idle']);
    assert.deepEqual(seen, ['right idle', 'left idle']);
  });

  it('exactly once: reads no channel of either input past its barrier before the last one', () => {
    const { left, right, seen, drain } = twoInputs();
    right.pushEvent(barrier(1));
    right.push('after', 1);
    left[0].pushEvent(barrier(1));
    left[0].push('after', 1);
    left[1].push('before', 1);
    drain();
    const whileAligning = [...seen];

    left[1].pushEvent(barrier(1));
    drain();

    assert.deepEqual(whileAligning, ['left before']);
    assert.deepEqual(seen.slice(0, 2), ['left before', 'checkpoint 1']);
    assert.deepEqual(seen.slice(2).sort(), ['left after', 'right after']);
  });

  it('at least once: blocks no input and starts the checkpoint at the last barrier', () => {
    const { left, right, seen, drain } = twoInputs('AT_LEAST_ONCE');
    right.pushEvent(barrier(1));
    right.push('after', 1);
    left[0].pushEvent(barrier(1));
    drain();

    left[1].pushEvent(barrier(1));
    drain();

    assert.deepEqual(seen, ['right after', 'checkpoint 1']);
  });

  it('goes on with one input when the other has ended', () => {
    const { left, right, seen, drain } = twoInputs();
    right.pushEvent({ kind: 'watermark', watermark: MAX_TIMESTAMP });
    right.pushEvent({ kind: 'end-of-data' });
    left[0].push('a', 1);

    const result = drain();

    assert.equal(result, 'nothing-available');
    assert.deepEqual(seen.sort(), ['left a', 'right watermark Infinity']);
  });

  it('does not wait for the barrier of an input that has ended', () => {
    const { left, right, seen, drain } = twoInputs();
    right.pushEvent({ kind: 'end-of-data' });
    right.pushEvent({ kind: 'end-of-partition' });
    left[0].pushEvent(barrier(2));
    left[1].pushEvent(barrier(2));

    drain();

    assert.deepEqual(seen, ['checkpoint 2']);
  });

  it('has ended when all of its inputs have', () => {
    const { left, right, drain } = twoInputs();
    right.pushEvent({ kind: 'end-of-data' });
    left[0].pushEvent({ kind: 'end-of-data' });
    const before = drain();

    left[1].pushEvent({ kind: 'end-of-data' });

    assert.deepEqual([before, drain()], ['nothing-available', 'end-of-data']);
  });
});

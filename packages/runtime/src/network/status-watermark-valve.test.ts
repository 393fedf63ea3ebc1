import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '@millrace/core';
import type { WatermarkStatus } from '../operators/output.ts';
import { StatusWatermarkValve } from './status-watermark-valve.ts';

function valveWith(channels: number): {
  valve: StatusWatermarkValve;
  emitted: (number | WatermarkStatus)[];
} {
  const emitted: (number | WatermarkStatus)[] = [];
  const valve = new StatusWatermarkValve(channels, {
    processWatermark: (watermark) => emitted.push(watermark),
    processWatermarkStatus: (status) => emitted.push(status),
  });
  return { valve, emitted };
}

describe('the watermark of a task with several inputs', () => {
  it('is the smallest over its channels', () => {
    const { valve, emitted } = valveWith(2);

    valve.inputWatermark(10, 0);
    valve.inputWatermark(5, 1);
    valve.inputWatermark(20, 1);

    assert.deepEqual(emitted, [5, 10]);
  });

  it('ignores a smaller watermark on a channel', () => {
    const { valve, emitted } = valveWith(1);

    valve.inputWatermark(10, 0);
    valve.inputWatermark(7, 0);

    assert.deepEqual(emitted, [10]);
  });

  it('does not wait for an idle channel', () => {
    const { valve, emitted } = valveWith(2);

    valve.inputWatermark(10, 0);
    valve.inputWatermarkStatus('idle', 1);

    assert.deepEqual(emitted, [10]);
  });

  it('counts a channel that comes back only once it has caught up with the output', () => {
    const { valve, emitted } = valveWith(2);
    valve.inputWatermarkStatus('idle', 1);
    valve.inputWatermark(10, 0);

    valve.inputWatermarkStatus('active', 1);
    valve.inputWatermark(8, 1);
    valve.inputWatermark(20, 0);
    valve.inputWatermark(25, 1);
    valve.inputWatermark(30, 0);

    assert.deepEqual(emitted, [10, 20, 25]);
  });

  it('gives out the largest watermark before it becomes idle with its last channel', () => {
    const { valve, emitted } = valveWith(2);
    valve.inputWatermark(10, 0);
    valve.inputWatermark(20, 1);

    valve.inputWatermarkStatus('idle', 1);
    valve.inputWatermarkStatus('idle', 0);

    assert.deepEqual(emitted, [10, 20, 'idle']);
  });

  it('becomes idle without more when its last channel did not hold the output back', () => {
    const { valve, emitted } = valveWith(2);
    valve.inputWatermark(10, 0);
    valve.inputWatermark(20, 1);

    valve.inputWatermarkStatus('idle', 0);
    valve.inputWatermark(15, 0);
    valve.inputWatermarkStatus('active', 0);
    valve.inputWatermarkStatus('idle', 1);
    valve.inputWatermarkStatus('idle', 0);

    // Channel 0 came back behind the output, so at its end nothing is held back any more.
    assert.deepEqual(emitted, [10, 20, 'idle']);
  });

  it('starts at MIN_TIMESTAMP, Flink’s Long.MIN_VALUE, and ends with the final MAX_TIMESTAMP', () => {
    const { valve, emitted } = valveWith(2);
    const first = valve.currentWatermark;

    valve.inputWatermark(MAX_TIMESTAMP, 0);
    valve.inputWatermark(MAX_TIMESTAMP, 1);

    assert.equal(first, MIN_TIMESTAMP);
    assert.deepEqual(emitted, [MAX_TIMESTAMP]);
  });

  it('becomes active with the first channel that does', () => {
    const { valve, emitted } = valveWith(2);
    valve.inputWatermarkStatus('idle', 0);
    valve.inputWatermarkStatus('idle', 1);

    valve.inputWatermarkStatus('active', 1);
    valve.inputWatermarkStatus('active', 0);

    assert.deepEqual(emitted, ['idle', 'active']);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '@millrace/core';
import { CombinedWatermarkStatus } from './combined-watermark-status.ts';

describe('the watermark of an operator with several inputs', () => {
  it('is the smallest over its inputs', () => {
    const combined = new CombinedWatermarkStatus(3);

    const advanced = [
      combined.updateWatermark(0, 10),
      combined.updateWatermark(1, 20),
      combined.updateWatermark(2, 5),
    ];

    assert.deepEqual(advanced, [false, false, true]);
    assert.equal(combined.combinedWatermark, 5);
  });

  it('waits for an input that has said nothing yet', () => {
    const combined = new CombinedWatermarkStatus(2);

    combined.updateWatermark(0, 10);

    assert.equal(combined.combinedWatermark, MIN_TIMESTAMP);
  });

  it('does not wait for an idle input', () => {
    const combined = new CombinedWatermarkStatus(2);
    combined.updateWatermark(0, 10);

    const advanced = combined.updateStatus(1, true);

    assert.equal(advanced, true);
    assert.equal(combined.combinedWatermark, 10);
    assert.equal(combined.isIdle, false);
  });

  it('is idle only when all inputs are, and stays where it was', () => {
    const combined = new CombinedWatermarkStatus(2);
    combined.updateWatermark(0, 10);
    combined.updateStatus(0, true);
    const withOne = combined.isIdle;

    const advanced = combined.updateStatus(1, true);

    assert.deepEqual([withOne, combined.isIdle, advanced], [false, true, false]);
    assert.equal(combined.combinedWatermark, MIN_TIMESTAMP);
  });

  it('does not go back for an input that comes back from idle with an older watermark', () => {
    const combined = new CombinedWatermarkStatus(2);
    combined.updateWatermark(1, 3);
    combined.updateStatus(1, true);
    combined.updateWatermark(0, 10);

    combined.updateStatus(1, false);
    const advanced = [combined.updateWatermark(0, 20), combined.updateWatermark(1, 15)];

    assert.deepEqual(advanced, [false, true]);
    assert.equal(combined.combinedWatermark, 15);
  });

  it('goes on with the other input when one has ended', () => {
    const combined = new CombinedWatermarkStatus(2);
    combined.updateWatermark(0, MAX_TIMESTAMP);

    combined.updateWatermark(1, 7);

    assert.equal(combined.combinedWatermark, 7);
  });
});

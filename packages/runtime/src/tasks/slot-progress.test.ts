import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '@millrace/core';
import { SlotProgress } from './slot-progress.ts';

/** Channel 0 is of the slot, 1 and 2 are not. */
function oneInput(): SlotProgress {
  return new SlotProgress([0, 0, 0], [true, false, false]);
}

describe('the progress of a slot', () => {
  it('is behind while another one is further in event time', () => {
    const progress = oneInput();
    progress.tookRecord(0, 100);
    progress.tookRecord(1, 100);
    assert.equal(progress.isBehind, false);

    progress.tookRecord(2, 101);
    assert.equal(progress.isBehind, true);

    progress.tookRecord(0, 102);
    assert.equal(progress.isBehind, false);
  });

  it('is where its watermark is when no record has come so far', () => {
    const progress = oneInput();
    progress.tookRecord(1, 500);
    progress.tookWatermark(0, 600);
    assert.equal(progress.isBehind, false);

    progress.tookRecord(0, 400);
    progress.tookWatermark(0, 300);
    assert.equal(progress.isBehind, true);
  });

  it('is not known by records without timestamps', () => {
    const progress = oneInput();
    progress.tookRecord(0, MIN_TIMESTAMP);
    progress.tookRecord(1, MIN_TIMESTAMP);
    assert.equal(progress.isBehind, false);

    progress.tookRecord(1, 5);
    progress.tookRecord(0, 7);
    progress.tookRecord(0, MIN_TIMESTAMP);
    assert.equal(progress.isBehind, false);
  });

  it('is not held by a channel that has ended', () => {
    const ended = oneInput();
    ended.tookRecord(0, 1);
    ended.tookRecord(1, 10);
    ended.ended(0);
    assert.equal(ended.isBehind, false);

    const ahead = oneInput();
    ahead.tookRecord(0, 1);
    ahead.tookWatermark(1, MAX_TIMESTAMP);
    ahead.ended(1);
    assert.equal(ahead.isBehind, false);
  });

  it('does not compare one input with another', () => {
    const progress = new SlotProgress([0, 1, 1], [true, true, false]);
    progress.tookRecord(0, 1);
    progress.tookRecord(1, 50);
    progress.tookRecord(2, 50);
    assert.equal(progress.isBehind, false);

    progress.tookRecord(2, 51);
    assert.equal(progress.isBehind, true);
  });

  it('is never behind where all channels are of the slot, or none is', () => {
    for (const isOfSlot of [true, false]) {
      const progress = new SlotProgress([0, 0], [isOfSlot, isOfSlot]);
      progress.tookRecord(1, 5);
      assert.equal(progress.isBehind, false);
    }
  });
});

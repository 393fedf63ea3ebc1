import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '@millrace/core';
import { SlotProgress } from './slot-progress.ts';

/** Channel 0 is of the slot, 1 and 2 are not. */
function oneEdge(): SlotProgress {
  return new SlotProgress([0, 0, 0], [true, false, false]);
}

describe('the progress of a slot', () => {
  it('is behind while all others are further in event time', () => {
    const progress = oneEdge();
    progress.tookRecord(0, 100);
    progress.tookRecord(1, 100);
    progress.tookRecord(2, 101);
    assert.equal(progress.isBehind, false);

    progress.tookRecord(1, 101);
    assert.equal(progress.isBehind, true);

    progress.tookRecord(0, 102);
    assert.equal(progress.isBehind, false);
  });

  it('is told by watermarks where these have passed its records', () => {
    const progress = oneEdge();
    for (const channel of [0, 1]) {
      progress.tookRecord(channel, 100);
      progress.tookWatermark(channel, 90);
    }
    progress.tookRecord(1, 150);
    assert.equal(progress.isBehind, true);

    progress.tookWatermark(0, 140);
    progress.tookWatermark(1, 140);
    assert.equal(progress.isBehind, false);

    progress.tookRecord(0, 120); // A late one.
    assert.equal(progress.isBehind, false);

    progress.tookWatermark(1, 141);
    assert.equal(progress.isBehind, true);
  });

  it('is not behind where nothing has come from its own source, or watermarks alone as far as others', () => {
    const progress = oneEdge();
    progress.tookRecord(1, 100);
    progress.tookWatermark(1, 90);
    assert.equal(progress.isBehind, false);

    progress.tookWatermark(0, 90);
    assert.equal(progress.isBehind, false);

    progress.tookWatermark(1, 91);
    assert.equal(progress.isBehind, true);
  });

  it('is not known by records without timestamps', () => {
    const progress = oneEdge();
    progress.tookRecord(0, MIN_TIMESTAMP);
    progress.tookRecord(1, 5);
    assert.equal(progress.isBehind, false);

    progress.tookRecord(0, 7);
    progress.tookRecord(0, MIN_TIMESTAMP);
    assert.equal(progress.isBehind, false);
  });

  it('is not held by a channel that is idle, or has ended', () => {
    const own = oneEdge();
    own.tookRecord(0, 1);
    own.tookRecord(1, 10);
    own.tookStatus(0, false);
    assert.equal(own.isBehind, false);

    own.tookStatus(0, true);
    assert.equal(own.isBehind, true);

    const other = oneEdge();
    other.tookRecord(0, 1);
    other.tookWatermark(0, 1);
    other.tookWatermark(1, MAX_TIMESTAMP);
    other.tookStatus(1, false);
    assert.equal(other.isBehind, false);
  });

  it('does not compare one edge with another', () => {
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
      progress.tookRecord(0, 1);
      progress.tookRecord(1, 5);
      assert.equal(progress.isBehind, false);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECORDS_PER_SLICE_MAX, SliceSize } from './slice-size.ts';

/** What a task comes to whose records take so long each. */
function settled(msPerRecord: number): number {
  const size = new SliceSize();
  for (let slice = 0; slice < 20; slice++) {
    size.observe(Math.floor(size.records * msPerRecord));
  }
  return size.records;
}

describe('the size of a slice', () => {
  it('is the largest for a task whose slices are short', () => {
    assert.equal(settled(0.001), RECORDS_PER_SLICE_MAX);
  });

  it('settles where a slice of slow records takes a few milliseconds', () => {
    const records = settled(0.2);

    assert.ok(records * 0.2 <= 5 && records >= 8, `${records} records`);
  });

  it('is one record where a record takes longer than a slice should', () => {
    assert.equal(settled(500), 1);
  });

  it('is whole again soon after one long pause', () => {
    const size = new SliceSize();

    size.observe(1000);
    size.observe(0);

    assert.equal(size.records, RECORDS_PER_SLICE_MAX);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge, RECORDS_PER_LANE, tickOf } from './soak-records.ts';

/** Two whole windows of ten and one of four records, of lane 0. */
const WHOLE = ['0,9,10,45', '0,19,10,145', '0,23,4,86'];

describe('the oracle of the soak', () => {
  it('finds no fault in windows that follow each other whole, but for the last one', () => {
    const verdict = judge([...WHOLE].reverse(), 10, [24]);

    assert.deepEqual(verdict, { records: 24, windows: 3, faults: [] });
  });

  it('finds a window that lacks, or is there twice', () => {
    const lacking = judge([WHOLE[0]!, WHOLE[2]!], 10, [14]);
    const twice = judge([...WHOLE, WHOLE[1]!], 10, [34]);

    assert.equal(lacking.faults.length, 1);
    assert.equal(twice.faults.length, 2);
  });

  it('finds a record that lacks, came twice, or came in the place of another', () => {
    const lacking = judge(['0,9,9,40', ...WHOLE.slice(1)], 10, [23]);
    const twice = judge(['0,9,11,50', ...WHOLE.slice(1)], 10, [25]);
    const exchanged = judge([...WHOLE.slice(0, 2), '0,23,4,85'], 10, [24]);

    assert.deepEqual(lacking.faults, ['lane 0, window 0: 9 records instead of 10']);
    assert.deepEqual(twice.faults, ['lane 0, window 0: 11 records instead of 10']);
    assert.deepEqual(exchanged.faults, ['lane 0, window 2: its numbers come to 85 instead of 86']);
  });

  it('finds an end that lacks, and a lane of which nothing came', () => {
    const noEnd = judge(WHOLE.slice(0, 2), 10, [24]);
    const noLane = judge(WHOLE, 10, [24, 7]);

    assert.deepEqual(noEnd.faults, ['lane 0: 20 records came of 24 that were sent']);
    assert.deepEqual(noLane.faults, ['lane 1: 0 records came of 7 that were sent']);
  });

  it('numbers the records of each lane from 0, its keys in turn', () => {
    assert.deepEqual(tickOf(0, 5), { key: 0, lane: 0, n: 0 });
    assert.deepEqual(tickOf(RECORDS_PER_LANE + 7, 5), { key: 7, lane: 1, n: 7 });
  });
});

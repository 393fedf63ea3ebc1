import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BigStateRecords, filledValue } from './big-state-records.ts';

/** What a plain map holds at each read. */
function readsOf(records: BigStateRecords): { found: number[]; expected: number[] } {
  const state = new Map<number, number>();
  const found: number[] = [];
  const expected: number[] = [];
  for (let index = 0; index < records.count; index++) {
    const record = records.recordOf(index);
    const value = state.get(record.key);
    if (record.action === 'read') {
      found.push(value ?? Number.NaN);
      expected.push(record.expected);
    } else {
      state.set(record.key, record.action === 'fill' ? filledValue(record.key) : (value ?? 0) + 1);
    }
  }
  return { found, expected };
}

describe('the records of the big-state job', () => {
  it('say of each read what a map holds then', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 2_000 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (entries, share) => {
          const touches = Math.floor(entries * share);

          const { found, expected } = readsOf(new BigStateRecords({ entries, touches, reads: 50 }));

          assert.equal(found.length, 100);
          assert.deepEqual(found, expected);
        },
      ),
    );
  });

  it('read keys that were touched and keys that were not', () => {
    const records = new BigStateRecords({ entries: 1_000, touches: 100, reads: 50 });

    const [first] = records.readingsBegin;
    const reads = Array.from({ length: 50 }, (_, i) => records.recordOf(first + i));

    const touched = reads.filter(({ key, expected }) => expected !== filledValue(key));
    assert.ok(touched.length > 20 && touched.length < 40, `${touched.length}`);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RETIRED_CHUNK_ROWS, RetiredRows } from './retired-rows.ts';

const step = fc.record({
  added: fc.nat(3 * RETIRED_CHUNK_ROWS),
  taken: fc.nat(4 * RETIRED_CHUNK_ROWS),
  /** The version of what is taken, before that of what was added last. */
  before: fc.nat(3),
});

describe('rows that are retired', () => {
  it('come out in the order in which they went, up to a version, from little more room than they need', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const retired = new RetiredRows();
        const expected: [row: number, version: number][] = [];
        let row = 0;
        for (const [version, { added, taken, before }] of steps.entries()) {
          for (let i = 0; i < added; i++, row++) {
            retired.add(row, version);
            expected.push([row, version]);
          }
          const until = version - before;
          const due = expected.filter(([, wentAt]) => wentAt <= until).map(([each]) => each);
          const out = expected.splice(0, Math.min(taken, due.length)).map(([each]) => each);

          const given = Array.from({ length: taken }, () => retired.take(until));

          assert.deepEqual(given.slice(0, out.length), out);
          assert.ok(given.slice(out.length).every((each) => each === -1));
          assert.equal(retired.size, expected.length);
          assert.ok(retired.room <= retired.size + 2 * (RETIRED_CHUNK_ROWS - 1));
        }
      }),
      { numRuns: 50 },
    );
  });
});

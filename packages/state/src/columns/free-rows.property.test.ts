/** Free rows against a set of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FreeRows } from './free-rows.ts';

const ROWS = 200;
const STEP = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), row: fc.nat(ROWS) }),
  fc.record({ kind: fc.constant('take' as const) }),
);

describe('free rows', () => {
  it('are taken once each, until none is left', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 300, size: 'max' }), (steps) => {
        const rows = new FreeRows();
        const free = new Set<number>();
        for (const step of steps) {
          if (step.kind === 'add') {
            if (!free.has(step.row)) {
              free.add(step.row);
              rows.add(step.row);
            }
          } else if (free.size === 0) {
            assert.equal(rows.take(), -1);
          } else {
            assert.ok(free.delete(rows.take()));
          }
        }
        while (free.size > 0) {
          assert.ok(free.delete(rows.take()));
        }
        assert.equal(rows.take(), -1);
      }),
    );
  });

  it('that follow one another are taken in their order, in whatever order they came', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 256 }, (_, row) => row),
          { minLength: 256 },
        ),
        (order) => {
          const rows = new FreeRows();
          for (const row of order) {
            rows.add(row);
          }

          const taken = order.map(() => rows.take());

          const steps = taken.filter((row, i) => i > 0 && row !== (taken[i - 1] as number) + 1);
          assert.ok(steps.length < 256 / 32, `${taken}`);
        },
      ),
    );
  });
});

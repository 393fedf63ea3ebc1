import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NumberColumn } from './number-column.ts';

/** A NaN with any bits, as one that was read from bytes has. */
function nanOf(low: number, high: number): number {
  return new Float64Array(new Int32Array([low, 0x7ff80000 | high]).buffer)[0] as number;
}

const VALUE = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom<unknown>(0, -0, Number.NaN, Number.NEGATIVE_INFINITY, 5n, '5', false, null),
  fc.tuple(fc.integer(), fc.integer({ min: 0, max: 0x7ffff })).map(([a, b]) => nanOf(a, b)),
);

describe('a column of numbers', () => {
  it('gives what was set, whatever it is, and nothing where it was removed', () => {
    const row = fc.integer({ min: 0, max: 70_000 }); // in three chunks, the first of which grows
    const step = fc.tuple(row, fc.option(VALUE, { nil: undefined }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const column = new NumberColumn();
        const model = new Map<number, unknown>();
        for (const [row, value] of steps) {
          column.reserve(row + 1);
          if (value === undefined) {
            column.remove(row);
            model.delete(row);
          } else {
            column.set(row, value);
            model.set(row, value);
          }
        }
        for (const [row] of steps) {
          assert.equal(column.has(row), model.has(row));
          assert.ok(Object.is(column.get(row), model.get(row)));
          assert.ok(column.is(row, model.get(row)));
          assert.equal(column.is(row, 'another'), false);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('holds nothing in rows that were reserved alone', () => {
    const column = new NumberColumn();
    column.reserve(40_000);

    const found = [0, 31, 32, 32_767, 32_768, 39_999].map((row) => [
      column.has(row),
      column.get(row),
    ]);

    assert.ok(found.every(([has, value]) => has === false && value === undefined));
  });
});

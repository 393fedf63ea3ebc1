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

const NUMBER = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double());
const RUN = fc.array(fc.oneof(NUMBER, VALUE), { minLength: 1, maxLength: 20 });
/** Where a page begins, in any chunk. */
const PLACE = fc.integer({ min: 0, max: 500 }).map((page) => 64 * page);

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

  it('reads and copies runs of values as single ones', () => {
    fc.assert(
      fc.property(RUN, PLACE, PLACE, (values, from, to) => {
        const column = columnWith(values, 2 * from);

        column.copy(2 * from, 2 * to + 64, values.length);
        column.release(2 * from, values.length);

        assert.deepEqual(column.slice(2 * to + 64, values.length), values);
      }),
      { numRuns: 60 },
    );
  });

  it('finds user keys in a run, some places apart, where numbers are in their order and others behind them', () => {
    const userKey = fc.oneof(
      NUMBER.filter((number) => !Number.isNaN(number)),
      fc.constantFrom<unknown>('5', '-1', 'text'),
    );
    const userKeys = fc.uniqueArray(userKey, {
      minLength: 1,
      maxLength: 20,
      comparator: 'SameValueZero', // As keys of a map are the same.
    });
    fc.assert(
      fc.property(userKeys, PLACE, NUMBER, (userKeys, from, other) => {
        const column = columnWith(new Array(2 * userKeys.length).fill(other), from);
        for (const [count, userKey] of userKeys.entries()) {
          insert(column, userKey, { from, count });
        }

        const numbers = userKeys.filter((userKey) => typeof userKey === 'number');
        const others = userKeys.filter((userKey) => typeof userKey !== 'number');
        const ordered = [...numbers.sort((a, b) => a - b), ...others];
        for (const wanted of [...userKeys, other]) {
          const index = ordered.indexOf(wanted);
          const found = column.rowOfUserKey(wanted, from, userKeys.length, 2);

          assert.equal(found, index < 0 ? -1 : from + 2 * index);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** As a map does, whose user keys are two places apart. */
function insert(
  column: NumberColumn,
  userKey: unknown,
  { from, count }: { readonly from: number; readonly count: number },
): void {
  const place = column.placeOfUserKey(userKey, from, count, 2);
  for (let i = count; i > place; i--) {
    column.copy(from + 2 * (i - 1), from + 2 * i, 1);
  }
  column.set(from + 2 * place, userKey);
}

function columnWith(values: readonly unknown[], from: number): NumberColumn {
  const column = new NumberColumn();
  column.reserve(100_000);
  for (const [i, value] of values.entries()) {
    column.set(from + i, value);
  }
  return column;
}

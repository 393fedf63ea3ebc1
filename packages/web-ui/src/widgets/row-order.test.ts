import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextRow, sortRows } from './row-order.ts';

describe('rows of a table', () => {
  it('sort numbers by size, with what is no number last either way', () => {
    const rows = [3, Number.NaN, 10, 1];

    assert.deepEqual(sortRows(rows, Number, false), [1, 3, 10, Number.NaN]);
    assert.deepEqual(sortRows(rows, Number, true), [10, 3, 1, Number.NaN]);
  });

  it('sort names with numbers in them as a person does', () => {
    assert.deepEqual(sortRows(['map-10', 'map-9'], String, false), ['map-9', 'map-10']);
  });

  it('keep their order where they are equal', () => {
    const rows = [
      { name: 'b', size: 1 },
      { name: 'a', size: 1 },
    ];

    assert.deepEqual(
      sortRows(rows, ({ size }) => size, true),
      rows,
    );
  });

  it('are walked by keys without leaving the table', () => {
    const reached = ['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End', 'x'].map((key) =>
      nextRow(key, 2, 5),
    );

    assert.deepEqual(reached, [3, 1, 4, 0, 0, 4, undefined]);
    assert.equal(nextRow('ArrowDown', 0, 0), undefined);
  });
});

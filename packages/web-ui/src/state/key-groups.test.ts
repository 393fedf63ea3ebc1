import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { keyGroupCells, skewOf } from './key-groups.ts';

const SIZES = [0, 1, 2, 3].map((keyGroup) => ({
  keyGroup,
  subtask: keyGroup < 2 ? 0 : 1,
  entries: 1,
  bytes: keyGroup * 10,
}));

describe('sizes by key group', () => {
  it('are a cell each where there is room', () => {
    const cells = keyGroupCells(SIZES, 10);

    assert.deepEqual(
      cells.map(({ first, last }) => [first, last]),
      [
        [0, 0],
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    );
    assert.equal(cells[3]?.heat, 1);
  });

  it('are gathered without crossing from one subtask to the next', () => {
    const cells = keyGroupCells(SIZES, 2);

    assert.deepEqual(cells, [
      { first: 0, last: 1, subtask: 0, entries: 2, bytes: 10, heat: 0.2 },
      { first: 2, last: 3, subtask: 1, entries: 2, bytes: 50, heat: 1 },
    ]);
  });

  it('lose nothing when they are gathered', () => {
    const size = fc.record({
      keyGroup: fc.nat(400),
      subtask: fc.nat(3),
      entries: fc.nat(9),
      bytes: fc.nat(99),
    });

    fc.assert(
      fc.property(fc.array(size), fc.integer({ min: 1, max: 300 }), (sizes, cellsMax) => {
        const sum = (all: readonly { bytes: number }[]): number =>
          all.reduce((total, { bytes }) => total + bytes, 0);
        assert.equal(sum(keyGroupCells(sizes, cellsMax)), sum(sizes));
      }),
    );
  });

  it('are uneven by how much the fullest subtask has more than the mean', () => {
    assert.equal(skewOf(SIZES), 50 / 30);
    assert.equal(skewOf([]), undefined);
  });

  it('have no fullest subtask in a snapshot, which has none', () => {
    const sizes = SIZES.map((size) => ({ ...size, subtask: null }));

    assert.equal(skewOf(sizes), undefined);
    assert.equal(keyGroupCells(sizes, 1).length, 1);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange } from '@millrace/core';
import { chooseBase, isSameRange } from './base-database.ts';
import type { SnapshotPart } from './snapshot-parts.ts';

function database(start: number, end: number): SnapshotPart {
  const keyGroupRange = new KeyGroupRange(start, end);
  return { reader: { keyGroupRange }, files: { keyGroupRange } } as SnapshotPart;
}

function rows(start: number, end: number): SnapshotPart {
  return { ...database(start, end), files: undefined };
}

describe('the database that others are added to', () => {
  it('is the one with the most key groups that are wanted', () => {
    const [small, large] = [database(0, 3), database(4, 9)];

    assert.equal(chooseBase([small, large], new KeyGroupRange(0, 9), 0), large);
  });

  it('is, of several with as many, the one with the least beside them', () => {
    const [whole, half] = [database(0, 9), database(10, 14)];

    assert.equal(chooseBase([whole, half], new KeyGroupRange(5, 14), 0), half);
  });

  it('is none whose share of wanted key groups is below the threshold', () => {
    const parts = [database(0, 9), database(10, 19)];

    assert.equal(chooseBase(parts, new KeyGroupRange(6, 12), 0.5), undefined);
    assert.equal(chooseBase(parts, new KeyGroupRange(6, 12), 0.4), parts[0]);
  });

  it('is none that is only rows, or that has nothing that is wanted', () => {
    assert.equal(chooseBase([rows(0, 9), database(10, 19)], new KeyGroupRange(0, 9), 0), undefined);
  });

  it('keeps its name only for the very same key groups, with nothing but timers beside it', () => {
    const range = new KeyGroupRange(0, 9);

    assert.equal(isSameRange([database(0, 9), rows(0, 9)], range), true);
    assert.equal(isSameRange([database(0, 19)], range), false);
    assert.equal(isSameRange([database(0, 4), database(5, 9)], range), false);
    assert.equal(isSameRange([rows(0, 9)], range), false);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Types } from '@millrace/core';
import { Epochs } from './epochs.ts';
import { KeyRows } from './key-rows.ts';
import { RETIRED_CHUNK_ROWS } from './retired-rows.ts';

function rowsOf(epochs: Epochs): { rows: KeyRows<string>; add: (key: string) => number } {
  const rows = new KeyRows(Types.STRING.createSerializer(), epochs);
  return { rows, add: (key) => rows.add(key, key, 0, 0) };
}

describe('the row of a key that went', () => {
  it('is the next one that a key gets', () => {
    const { rows, add } = rowsOf(new Epochs());
    const [a, b] = [add('a'), add('b')];
    rows.remove(a);

    const c = add('c');

    assert.deepEqual([a, b, c], [0, 1, 0]);
    assert.equal(rows.keyOf(c), 'c');
  });

  it('keeps its key until the snapshots that began before are over, not those after', () => {
    const epochs = new Epochs();
    const { rows, add } = rowsOf(epochs);
    add('a');
    epochs.begin(); // version 0
    rows.remove(0);
    epochs.begin(); // version 1: without the key

    const during = add('b');
    const kept = rows.keyOf(0);
    epochs.end(0);
    const after = add('c');

    assert.deepEqual([during, kept, after], [1, 'a', 0]);
  });

  it('lets go of the key itself when it is free', () => {
    const { rows, add } = rowsOf(new Epochs());
    add('a');

    rows.remove(0);

    assert.equal(rows.identities.get(0), undefined);
  });
});

describe('keys that come and go under one snapshot after the other', () => {
  const perSnapshot = 3000;
  const snapshots = 20;

  /** Calls `check` at the end of each snapshot. */
  function comeAndGo(atOnce: number, check: (rows: KeyRows<string>, row: number) => void): void {
    const epochs = new Epochs();
    const { rows, add } = rowsOf(epochs);
    let row = add('first');
    for (let version = 0; version < snapshots; version++) {
      epochs.begin();
      epochs.end(version - atOnce);
      for (let i = 0; i < perSnapshot; i++) {
        const next = add(`${version} ${i}`);
        rows.remove(row);
        row = next;
      }
      check(rows, row);
    }
  }

  for (const atOnce of [1, 2]) {
    it(`keep the queue of retired rows no longer than the rows that are retired, ${atOnce} at once`, () => {
      comeAndGo(atOnce, ({ waiting }) => {
        assert.ok(waiting.size <= atOnce * perSnapshot, `${waiting.size} wait`);
        assert.ok(waiting.room < waiting.size + 2 * RETIRED_CHUNK_ROWS, `room for ${waiting.room}`);
      });
    });

    it(`get the rows of those that went before, ${atOnce} at once`, () => {
      comeAndGo(atOnce, (_, row) => {
        assert.ok(row <= (atOnce + 1) * perSnapshot, `row ${row}`);
      });
    });
  }
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange } from '@millrace/core';
import type { RocksDatabase } from '../database/rocks-database.ts';
import { StateRowCursor } from './state-row-cursor.ts';

describe('a cursor of rows', () => {
  it('whose first rows cannot be read gives its iterator back', () => {
    const open = new Set<number>();
    const database = {
      createIterator: () => {
        open.add(1);
        return 1;
      },
      next: () => {
        throw new Error('the disk is gone');
      },
      closeIterator: (iterator: number) => open.delete(iterator),
    } as unknown as RocksDatabase;
    const options = {
      columnFamily: 0,
      keyGroupRange: new KeyGroupRange(0, 3),
      numberOfKeyGroups: 4,
      snapshot: undefined,
    };

    assert.throws(() => new StateRowCursor(database, options), /the disk is gone/);

    assert.equal(open.size, 0);
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { errorCode, SystemClock } from '@millrace/core';
import { DatabaseBarrier } from '../barrier/database-barrier.ts';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { RocksDatabase } from './rocks-database.ts';
import { WriteBatch } from './write-batch.ts';

describe('a write to a database that fails', { skip: whyNoNativeAddon() ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-database-'));
  after(() => rmSync(folder, { recursive: true }));

  for (const [what, fail] of [
    [
      'a batch',
      (database: RocksDatabase) => {
        const batch = new WriteBatch();
        batch.put(0, Uint8Array.of(1, 2), 0, 1, 2);
        database.write(batch);
      },
    ],
    [
      'a deletion of a range',
      (database: RocksDatabase) => database.deleteRange(0, Uint8Array.of(1), Uint8Array.of(2)),
    ],
  ] as const) {
    it(`is told to the next barrier whoever wrote: ${what}`, async () => {
      const database = await RocksDatabase.open(mkdtempSync(join(folder, 'db-')), {
        dbOptions: 'create_if_missing=true',
        columnFamilies: [{ name: 'count', options: '' }],
        statistics: false,
      });
      const clock = new SystemClock();
      const barrier = new DatabaseBarrier({ database, clock, snapshotSliceMs: 1 });
      fail(database);
      assert.ok(barrier.failure === undefined);
      await database.close();

      assert.throws(() => fail(database), { code: 'ROCKSDB_FAILED' });

      assert.equal(errorCode(barrier.failure), 'ROCKSDB_FAILED');
      assert.throws(() => barrier.complete(), { code: 'ROCKSDB_FAILED' });
    });
  }
});

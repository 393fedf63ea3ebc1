/** What one large value needed is given back after it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { RocksDatabase } from './rocks-database.ts';
import { WriteBatch } from './write-batch.ts';

const MIB = 1024 * 1024;

/** A key of one byte, and a value of `bytes`. */
function row(key: number, bytes: number): Uint8Array {
  return new Uint8Array(1 + bytes).fill(key);
}

function put(batch: WriteBatch, source: Uint8Array): void {
  batch.put(0, source, 0, 1, source.length);
}

describe('a batch', () => {
  it('that held a large value gives its bytes back when it is cleared', () => {
    const batch = new WriteBatch(100);
    put(batch, row(1, 9 * MIB));

    batch.clear();

    assert.equal(batch.bytes.length, 100);
    put(batch, row(2, 500));
    assert.equal(batch.bytes[13], 2);
    assert.equal(batch.count, 1);
  });

  it('keeps what batches of the usual size need', () => {
    const batch = new WriteBatch(100);
    put(batch, row(1, 2 * MIB));
    const { bytes } = batch;

    batch.clear();

    assert.equal(batch.bytes, bytes);
  });
});

describe('the array of results', { skip: whyNoNativeAddon() ?? false }, () => {
  it('is as large as a large value for that one result only', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-rocksdb-'));
    const database = await RocksDatabase.open(folder, {
      dbOptions: '',
      columnFamilies: [{ name: 'a', options: '' }],
      sharedMemory: undefined,
      statistics: false,
    });
    const sizes = [3, 9 * MIB, 3, 2 * MIB, 9 * MIB, 5];
    const batch = new WriteBatch();
    sizes.forEach((bytes, key) => void put(batch, row(key, bytes)));
    database.write(batch);

    for (const [key, bytes] of sizes.entries()) {
      assert.equal(database.get(0, new Uint8Array([key]), 0, 1), bytes);

      assert.deepEqual(database.result.subarray(0, bytes), row(key, bytes).subarray(1));
      assert.ok(database.result.length <= Math.max(bytes, 4 * MIB));
    }
    assert.equal(database.get(0, new Uint8Array([99]), 0, 1), -1);
    await database.close();
    rmSync(folder, { recursive: true });
  });
});

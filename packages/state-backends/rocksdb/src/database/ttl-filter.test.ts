import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { RocksDatabase } from './rocks-database.ts';
import { WriteBatch } from './write-batch.ts';

const TTL_MS = 100;
const folder = mkdtempSync(join(tmpdir(), 'millrace-ttl-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function timestamp(ms: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(ms));
  return bytes;
}

async function openWith(rows: Record<string, Buffer>): Promise<RocksDatabase> {
  const database = await RocksDatabase.open(mkdtempSync(join(folder, 'db-')), {
    dbOptions: '',
    columnFamilies: [{ name: 'state', options: '' }],
    statistics: false,
  });
  const batch = new WriteBatch();
  for (const [key, value] of Object.entries(rows)) {
    const bytes = Buffer.concat([Buffer.from(key), value]);
    batch.put(0, bytes, 0, key.length, bytes.length);
  }
  database.write(batch);
  await database.flush();
  return database;
}

function storedValue(database: RocksDatabase, key: string): string | undefined {
  const length = database.get(0, Buffer.from(key), 0, key.length);
  return length < 0 ? undefined : Buffer.from(database.result.subarray(0, length)).toString('hex');
}

describe('a compaction', { skip: whyNoNativeAddon() ?? false }, () => {
  it('drops what is expired of a column family that was opened without a time to live', async () => {
    const database = await openWith({ old: timestamp(0), young: timestamp(50) });

    database.setTtlTime(120);
    await database.compactRange(0);
    const before = storedValue(database, 'old');
    database.setTtl(0, { kind: 'value', ttlMs: TTL_MS, elementBytes: 0 });
    await database.compactRange(0);

    assert.equal(before, timestamp(0).toString('hex'));
    assert.equal(storedValue(database, 'old'), undefined);
    assert.equal(storedValue(database, 'young'), timestamp(50).toString('hex'));
    await database.close();
  });

  it('drops nothing as long as no time was told', async () => {
    const database = await openWith({ old: timestamp(0) });

    database.setTtl(0, { kind: 'value', ttlMs: TTL_MS, elementBytes: 0 });
    await database.compactRange(0);

    assert.equal(storedValue(database, 'old'), timestamp(0).toString('hex'));
    await database.close();
  });

  it('drops map entries by the time after their null flag', async () => {
    const flag = Buffer.of(0);
    const database = await openWith({
      old: Buffer.concat([flag, timestamp(0)]),
      young: Buffer.concat([flag, timestamp(90)]),
    });

    database.setTtl(0, { kind: 'map', ttlMs: TTL_MS, elementBytes: 0 });
    database.setTtlTime(100);
    await database.compactRange(0);

    assert.equal(storedValue(database, 'old'), undefined);
    assert.notEqual(storedValue(database, 'young'), undefined);
    await database.close();
  });

  it('drops the expired elements that a list begins with', async () => {
    const comma = Buffer.from(',');
    const [old, young] = [timestamp(0), timestamp(90)];
    const database = await openWith({
      list: Buffer.concat([old, comma, old, comma, young, comma, old]),
    });

    database.setTtl(0, { kind: 'list', ttlMs: TTL_MS, elementBytes: 8 });
    database.setTtlTime(100);
    await database.compactRange(0);

    assert.equal(storedValue(database, 'list'), Buffer.concat([young, comma, old]).toString('hex'));
    await database.close();
  });
});

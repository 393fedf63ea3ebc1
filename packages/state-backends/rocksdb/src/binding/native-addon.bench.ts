/** What a call costs: what Node-API takes of it, and what RocksDB does in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchSuite } from '@millrace/core/bench';
import { loadNativeAddon, whyNoNativeAddon } from './load-native-addon.ts';
import { BatchOperation, type NativeDatabase } from './native-addon.ts';

const KEY_BYTES = 16;
const VALUE_BYTES = 16;
const MULTI_GET = 64;
const BATCH = 1000;
/** Odd and larger than the square root, so that keys come in no order. */
const STEP = 2_654_435_761;

const row = new Uint8Array(KEY_BYTES + VALUE_BYTES);
const rowView = new DataView(row.buffer);

/** [u16 key group][u64 id][6 zero bytes]. */
function setKey(view: DataView, at: number, id: number): void {
  view.setUint16(at, id & 127);
  view.setUint32(at + 6, id);
}

function nextId(i: number, keys: number): number {
  return (i * STEP) % keys;
}

function putAll(database: NativeDatabase, keys: number): number {
  for (let i = 0; i < keys; i++) {
    setKey(rowView, 0, nextId(i, keys));
    database.put(0, row, 0, KEY_BYTES, KEY_BYTES + VALUE_BYTES);
  }
  return keys;
}

function writeAll(database: NativeDatabase, keys: number): number {
  const size = 13 + KEY_BYTES + VALUE_BYTES;
  const bytes = new Uint8Array(BATCH * size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < BATCH; i++) {
    bytes[i * size] = BatchOperation.PUT;
    view.setUint32(i * size + 5, KEY_BYTES, true);
    view.setUint32(i * size + 9, VALUE_BYTES, true);
  }
  for (let i = 0; i < keys; ) {
    let end = 0;
    for (; end < bytes.length && i < keys; i++, end += size) {
      setKey(view, end + 13, nextId(i, keys));
    }
    database.write(bytes, end);
  }
  return keys;
}

function getAll(database: NativeDatabase, keys: number, offset: number): number {
  let bytes = 0;
  for (let i = 0; i < keys; i++) {
    setKey(rowView, 0, nextId(i, keys) + offset);
    bytes += database.get(0, row, 0, KEY_BYTES);
  }
  return bytes;
}

function multiGetAll(database: NativeDatabase, keys: number): number {
  const size = 4 + KEY_BYTES;
  const bytes = new Uint8Array(MULTI_GET * size);
  const view = new DataView(bytes.buffer);
  let total = 0;
  for (let i = 0; i < keys; ) {
    let count = 0;
    for (; count < MULTI_GET && i < keys; i++, count++) {
      view.setUint32(count * size, KEY_BYTES, true);
      setKey(view, count * size + 4, nextId(i, keys));
    }
    total += database.multiGet(0, bytes, count * size, count) - count * 4;
  }
  return total;
}

export async function bench(suite: BenchSuite): Promise<void> {
  if (whyNoNativeAddon() !== undefined) {
    return;
  }
  const keys = suite.size(200_000, 500);
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const table = '{filter_policy=bloomfilter:10:false;block_cache=128M}';
  const database = await loadNativeAddon().open(folder, {
    dbOptions: 'avoid_flush_during_shutdown=true',
    columnFamilies: [{ name: 'state', options: `block_based_table_factory=${table}` }],
    statistics: false,
  });
  database.setResultBuffer(new Uint8Array(64 * 1024));
  await suite.compare(`writes of ${keys} entries by the addon`, {
    baseline: 'put',
    operations: keys,
    turns: 3,
    variants: {
      put: { run: () => putAll(database, keys) },
      [`batches of ${BATCH}`]: { run: () => writeAll(database, keys) },
    },
  });
  await database.compactRange(0, undefined, undefined);
  await suite.compare(`reads of ${keys} entries by the addon`, {
    baseline: 'a call without RocksDB',
    operations: keys,
    sameChecksum: false,
    turns: 3,
    variants: {
      'a call without RocksDB': {
        run: () => {
          for (let i = 0; i < keys; i++) {
            database.waitForCheckpoint();
          }
          return keys;
        },
      },
      'get, present': { run: () => getAll(database, keys, 0) },
      'get, absent': { run: () => getAll(database, keys, keys) },
      [`multiGet of ${MULTI_GET}`]: { run: () => multiGetAll(database, keys) },
    },
  });
  await database.close();
  rmSync(folder, { recursive: true, force: true });
}

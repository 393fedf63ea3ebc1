/** Does one thing many times, and prints by how many bytes the process grew after a warm-up. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { loadNativeAddon } from './load-native-addon.ts';
import type { NativeDatabase } from './native-addon.ts';

const WARM_UP = 40;
const ROUNDS = 200;
const WORKERS_A_ROUND = 1 / 10;
const LARGE = 1024 * 1024;

const addon = loadNativeAddon();
const folder = mkdtempSync(join(tmpdir(), 'millrace-leak-'));
const bytes = new Uint8Array(8 + LARGE);
const lowest = new Uint8Array(0);
let opened = 0;

async function open(): Promise<NativeDatabase> {
  // The first is open all the time; the others are opened again and again.
  const name = opened++ === 0 ? 'first' : 'other';
  const native = await addon.open(join(folder, name), {
    dbOptions: 'avoid_flush_during_shutdown=true;keep_log_file_num=1',
    columnFamilies: [{ name: 'a', options: 'merge_operator=stringappendtest' }],
    statistics: true,
  });
  native.setResultBuffer(new Uint8Array(1000));
  return native;
}

const WORKER = `
  const addon = require(require('node:worker_threads').workerData);
  addon.acquireSharedMemory('leak', { cacheBytes: 1e6, writeBufferBytes: 1e6, highPriorityPoolRatio: 0 });
`;

const ROUND: Readonly<
  Record<string, (database: NativeDatabase, round: number) => Promise<void> | void>
> = {
  databases: async () => {
    const database = await open();
    database.put(0, bytes, 0, 8, 1000);
    database.createIterator(0, lowest, undefined, database.createSnapshot());
    database.createColumnFamily({ name: 'b', options: '' });
    database.dropColumnFamily(1);
    await database.close();
  },
  'iterators and snapshots': (database) => {
    for (let i = 0; i < 100; i++) {
      const snapshot = database.createSnapshot();
      const iterator = database.createIterator(0, lowest, bytes.subarray(0, 1), snapshot);
      database.next(iterator, 1);
      database.closeIterator(iterator);
      database.releaseSnapshot(snapshot);
    }
  },
  results: (database, round) => {
    if (round === 0) {
      database.put(0, bytes, 0, 8, 8 + LARGE);
    }
    // Each is larger than the buffer, and is never taken.
    database.get(0, bytes, 0, 8);
    database.setResultBuffer(new Uint8Array(1000));
  },
  failures: async (database) => {
    for (let i = 0; i < 100; i++) {
      try {
        database.get(77, bytes, 0, 8);
      } catch {
        // What counts is what is left of it.
      }
    }
    await addon
      .open('/nowhere/db', { dbOptions: '', columnFamilies: [], statistics: true })
      .catch(() => {});
  },
  workers: async (_database, round) => {
    if (round * WORKERS_A_ROUND === Math.floor(round * WORKERS_A_ROUND)) {
      const path = new URL('../../native/build/millrace_rocksdb.node', import.meta.url).pathname;
      const worker = new Worker(WORKER, {
        eval: true,
        workerData: process.env.MILLRACE_ROCKSDB_ADDON ?? path,
      });
      await new Promise((ended) => worker.once('exit', ended));
    }
  },
};

async function main(): Promise<void> {
  const round = ROUND[process.argv[2] ?? ''];
  if (round === undefined) {
    throw new Error(`there is no '${process.argv[2]}'`);
  }
  const database = await open();
  let before = 0;
  for (let i = 0; i < WARM_UP + ROUNDS; i++) {
    if (i === WARM_UP) {
      globalThis.gc?.();
      before = process.memoryUsage.rss();
    }
    await round(database, i);
  }
  globalThis.gc?.();
  process.stdout.write(String(process.memoryUsage.rss() - before));
  await database.close();
  rmSync(folder, { recursive: true, force: true });
}

await main();

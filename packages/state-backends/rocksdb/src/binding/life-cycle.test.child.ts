/**
 * What the tests of the life-cycle run in a process of its own: goes to a stage and ends there.
 *
 *     node life-cycle.test.child.js STAGE END FOLDER
 */
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { loadNativeAddon } from './load-native-addon.ts';
import type { NativeDatabase, NativeOpenSpec } from './native-addon.ts';

interface Job {
  readonly stage: string;
  readonly folder: string;
}

const ENTRIES = 20_000;
/** (kind, column family, key length, value length), key, value. */
const ENTRY_BYTES = 13 + 8 + 100;

const addon = loadNativeAddon();

function specOf(): NativeOpenSpec {
  return {
    dbOptions: 'max_background_jobs=2',
    columnFamilies: [{ name: 'a', options: 'merge_operator=stringappendtest' }],
    sharedMemory: addon.acquireSharedMemory('life-cycle', {
      cacheBytes: 8 * 1024 * 1024,
      writeBufferBytes: 4 * 1024 * 1024,
      highPriorityPoolRatio: 0.1,
    }),
    statistics: true,
  };
}

function batchOf(entries: number): Uint8Array {
  const bytes = new Uint8Array(entries * ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < entries; i++) {
    const at = i * ENTRY_BYTES;
    bytes[at] = 1;
    view.setUint32(at + 5, 8, true);
    view.setUint32(at + 9, 100, true);
    view.setUint32(at + 13 + 4, i);
  }
  return bytes;
}

async function filled(folder: string): Promise<NativeDatabase> {
  const database = await addon.open(join(folder, 'db'), specOf());
  const batch = batchOf(ENTRIES);
  database.setResultBuffer(new Uint8Array(64 * 1024));
  database.write(batch, batch.length);
  return database;
}

const LOWEST = new Uint8Array(0);

/** Each leaves behind what its name says. Promises are left alone on purpose. */
const STAGES: Readonly<Record<string, (folder: string) => Promise<void> | void>> = {
  'addon loaded': () => {},
  'shared memory held': () => {
    specOf();
  },
  'opening running': (folder) => {
    void addon.open(join(folder, 'db'), specOf());
  },
  'database open': async (folder) => {
    await addon.open(join(folder, 'db'), specOf());
  },
  'entries in memory': async (folder) => {
    await filled(folder);
  },
  'iterator open': async (folder) => {
    const database = await filled(folder);
    database.next(database.createIterator(0, LOWEST, undefined, undefined), 10);
  },
  'snapshot open': async (folder) => {
    (await filled(folder)).createSnapshot();
  },
  'writer open': async (folder) => {
    (await filled(folder)).createSstFileWriter(0, join(folder, 'written.sst'));
  },
  'flush running': async (folder) => {
    void (await filled(folder)).flush();
  },
  'compaction running': async (folder) => {
    void (await filled(folder)).compactRange(0, undefined, undefined);
  },
  'checkpoint running': async (folder) => {
    void (await filled(folder)).createCheckpoint(join(folder, 'copy'));
  },
  'everything running': async (folder) => {
    const database = await filled(folder);
    database.createIterator(0, LOWEST, undefined, database.createSnapshot());
    void database.createCheckpoint(join(folder, 'copy'));
    // More than the pool has threads.
    for (let i = 0; i < 8; i++) {
      void database.flush();
    }
    // Given up by the closing.
    database.compactRange(0, undefined, undefined).catch(() => {});
    void database.close();
  },
  'closing running': async (folder) => {
    void (await filled(folder)).close();
  },
  'database closed': async (folder) => {
    await (await filled(folder)).close();
  },
};

async function goTo({ stage, folder }: Job): Promise<void> {
  const go = STAGES[stage];
  if (go === undefined) {
    throw new Error(`there is no stage '${stage}'`);
  }
  await go(folder);
}

/** Reads without end, as a task does. */
async function readOn(folder: string): Promise<void> {
  const database = await filled(folder);
  const key = new Uint8Array(8);
  parentPort?.postMessage('there');
  for (;;) {
    database.get(0, key, 0, 8);
  }
}

async function inWorker(folder: string, stage: string): Promise<Worker> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { stage, folder } });
  await new Promise((there, failed) => {
    worker.once('message', there);
    worker.once('error', failed);
  });
  return worker;
}

const ENDS: Readonly<Record<string, (job: Job) => Promise<void>>> = {
  // The event loop has nothing left to do.
  'by itself': goTo,
  'by process.exit': async (job) => {
    await goTo(job);
    process.exit(0);
  },
  // As a program does that took away the listener for the exit.
  'by process.reallyExit': async (job) => {
    await goTo(job);
    (process as unknown as { reallyExit(code: number): void }).reallyExit(0);
  },
  'by an exception': async (job) => {
    await goTo(job);
    throw new Error('on purpose');
  },
  'of its worker': async ({ folder, stage }) => {
    const worker = await inWorker(folder, stage);
    await worker.terminate();
    // Refused while the other still holds its lock.
    await (await addon.open(join(folder, 'db'), specOf())).close();
  },
  'with a worker that reads': async ({ folder }) => {
    await inWorker(folder, 'reads');
    process.exit(0);
  },
};

async function main(): Promise<void> {
  const [stage = '', end = '', folder = ''] = process.argv.slice(2);
  await ENDS[end]?.({ stage, folder });
}

if (isMainThread) {
  await main();
} else {
  const job = workerData as Job;
  if (job.stage === 'reads') {
    await readOn(job.folder);
  } else {
    // Alive until it is terminated.
    parentPort?.on('message', () => {});
    await goTo(job);
    parentPort?.postMessage('there');
  }
}

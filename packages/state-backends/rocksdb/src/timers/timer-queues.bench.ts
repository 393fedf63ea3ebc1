/** Timers with a million pending: in RocksDB, against the queue of the heap. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyGroupRange, keyGroupForKeyHash, TimerSerializer, Types } from '@millrace/core';
import type { BenchSuite } from '@millrace/core/bench';
import type { HeapTimer, KeyGroupedInternalPriorityQueue } from '@millrace/state';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { RocksDatabase } from '../database/rocks-database.ts';
import { WriteBatch } from '../database/write-batch.ts';
import { RocksDBTimerQueue } from './rocksdb-timer-queue.ts';
import { VersionedHeapTimerQueue } from './versioned-heap-timer-queue.ts';

const KEY_GROUPS = 128;
const KEY = Types.STRING.createSerializer();
const NAMESPACE = Types.LONG.createSerializer();
const COMMON = {
  name: 'timers',
  serializer: new TimerSerializer(KEY, NAMESPACE),
  keyGroupRange: new KeyGroupRange(0, KEY_GROUPS - 1),
  keyGroupOf: (key: string) => keyGroupForKeyHash(KEY.hashCode(key), KEY_GROUPS),
};

type Queue = KeyGroupedInternalPriorityQueue<HeapTimer<string, number>>;

export async function bench(suite: BenchSuite): Promise<void> {
  const pending = suite.size(1_000_000, 300);
  const operations = suite.size(200_000, 200);
  const heap = new VersionedHeapTimerQueue<string, number>({
    ...COMMON,
    keySerializer: KEY,
    namespaceSerializer: NAMESPACE,
  });
  const queues: Record<string, Queue> = { heap };
  const folder = await mkdtemp(join(tmpdir(), 'millrace-timers-'));
  const database = whyNoNativeAddon() === undefined ? await open(folder) : undefined;
  try {
    if (database !== undefined) {
      queues.RocksDB = inDatabase(database);
    }
    await compareQueues(suite, queues, { pending, operations });
    reportPauses(suite, heap, queues.RocksDB as RocksDBTimerQueue<string, number> | undefined);
  } finally {
    await database?.close();
    await rm(folder, { recursive: true });
  }
}

function open(folder: string): Promise<RocksDatabase> {
  return RocksDatabase.open(join(folder, 'db'), {
    dbOptions: 'create_if_missing=true',
    columnFamilies: [{ name: 'timers', options: '' }],
    statistics: false,
  });
}

function inDatabase(database: RocksDatabase): RocksDBTimerQueue<string, number> {
  return new RocksDBTimerQueue<string, number>({
    ...COMMON,
    database,
    columnFamily: 0,
    numberOfKeyGroups: KEY_GROUPS,
    cacheSize: 128,
    barrier: { complete: () => {} },
  });
}

async function compareQueues(
  suite: BenchSuite,
  queues: Readonly<Record<string, Queue>>,
  { pending, operations }: { readonly pending: number; readonly operations: number },
): Promise<void> {
  const loads = Object.values(queues).map((queue) => new Load(queue, pending));
  const comparisons: [title: string, work: (load: Load) => number][] = [
    ['timers that fire soon', (load) => load.fireSoon(operations)],
    ['timers that fire after all that are pending', (load) => load.fireAfterAll(operations)],
    ['timers that are deleted for a later one', (load) => load.postpone(operations)],
  ];
  for (const [title, work] of comparisons) {
    await suite.compare(`${title}, ${pending} pending`, {
      baseline: 'heap',
      operations,
      turns: 3,
      variants: Object.fromEntries(
        Object.keys(queues).map((name, i) => [name, { run: () => work(loads[i]!) }]),
      ),
    });
  }
}

/** One service with many keys, each with one timer. */
class Load {
  private readonly queue: Queue;
  private readonly keys: readonly string[];
  private readonly timeOf: Float64Array;
  private now: number;
  private random: number;

  constructor(queue: Queue, pending: number) {
    this.queue = queue;
    this.keys = Array.from({ length: pending }, (_, i) => `key-${i}`);
    this.timeOf = new Float64Array(pending);
    this.now = 1_700_000_000_000;
    this.random = 42;
    for (let i = 0; i < pending; i++) {
      this.timeOf[i] = this.now + 1000 + i;
      this.set(i);
    }
  }

  /** Each fires before the next but thirty is registered. */
  fireSoon(operations: number): number {
    let fired = 0;
    for (let i = 0; i < operations; i++) {
      const key = this.keys[this.nextKey()] as string;
      this.queue.add({ timestamp: this.now - 1_000_000 + i, key, namespace: 1 });
      if (i >= 30) {
        fired += this.queue.poll()!.namespace;
      }
    }
    while (this.queue.peek()?.namespace === 1) {
      fired += this.queue.poll()!.namespace;
    }
    return fired;
  }

  /** The earliest fires, and its key has one again after all others. */
  fireAfterAll(operations: number): number {
    let checksum = 0;
    const end = this.timeOf.length + 1000;
    for (let i = 0; i < operations; i++) {
      const { key, timestamp } = this.queue.poll()!;
      const index = Number(key.slice(4));
      this.now = timestamp;
      this.timeOf[index] = this.now + end;
      this.set(index);
      checksum++;
    }
    return checksum;
  }

  /** A random key's timer is put off, as that of a session is. */
  postpone(operations: number): number {
    const end = this.timeOf.length + 1000;
    for (let i = 0; i < operations; i++) {
      const index = this.nextKey();
      this.queue.remove(this.timerOf(index));
      this.timeOf[index] = ++this.now + end;
      this.set(index);
    }
    return operations;
  }

  private set(index: number): void {
    this.queue.add(this.timerOf(index));
  }

  private timerOf(index: number): HeapTimer<string, number> {
    return { timestamp: this.timeOf[index]!, key: this.keys[index]!, namespace: 0 };
  }

  private nextKey(): number {
    this.random = (Math.imul(this.random, 1664525) + 1013904223) >>> 0; // Numerical Recipes
    return this.random % this.keys.length;
  }
}

/** What the synchronous part of a snapshot takes, which copies nothing. */
function reportPauses(
  suite: BenchSuite,
  heap: VersionedHeapTimerQueue<string, number>,
  rocksdb: RocksDBTimerQueue<string, number> | undefined,
): void {
  for (let round = 0; round < suite.size(3, 1); round++) {
    const start = performance.now();
    const fixed = heap.fix();
    suite.report('pause of a snapshot, heap', performance.now() - start, 'ms');
    let bytes = 0;
    for (let keyGroup = 0; keyGroup < KEY_GROUPS; keyGroup++) {
      for (const timer of fixed.of(keyGroup)) {
        bytes += timer.length;
      }
    }
    fixed.release();
    suite.report(`${bytes} bytes serialized between records`, performance.now() - start, 'ms');
  }
  if (rocksdb !== undefined) {
    const start = performance.now();
    rocksdb.fixVersion();
    suite.report('pause of a snapshot, RocksDB', performance.now() - start, 'ms');
    rocksdb.writeVersion(new WriteBatch(), () => false);
    suite.report('written in slices after it', performance.now() - start, 'ms');
  }
}

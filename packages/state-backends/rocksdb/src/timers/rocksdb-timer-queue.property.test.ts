import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  KeyGroupRange,
  keyGroupForKeyHash,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  TimerSerializer,
  Types,
} from '@millrace/core';
import type { HeapTimer } from '@millrace/state';
import fc from 'fast-check';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { RocksDatabase } from '../database/rocks-database.ts';
import { WriteBatch } from '../database/write-batch.ts';
import { MemoryTimerDatabase } from './memory-timer-database-fixture.ts';
import { RocksDBTimerQueue } from './rocksdb-timer-queue.ts';
import { type TimerDatabase, TimerRows } from './timer-rows.ts';

type Timer = HeapTimer<string, number>;

const KEY = Types.STRING.createSerializer();
const SERIALIZER = new TimerSerializer(KEY, Types.LONG.createSerializer());

const TIMER = fc.record({
  timestamp: fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 0, max: 40 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(-(2 ** 40), -1, 2 ** 45, MAX_TIMESTAMP, MIN_TIMESTAMP),
    },
  ),
  key: fc.integer({ min: 0, max: 9 }).map((n) => `k${n}`),
  namespace: fc.integer({ min: 0, max: 1 }),
});

const KINDS = {
  add: 40,
  remove: 12,
  poll: 8,
  'poll ten': 2,
  look: 2,
  fix: 3,
  slice: 4,
  copy: 1,
  cancel: 1,
  flush: 2,
  restore: 2,
};

type Kind = keyof typeof KINDS;

const COMMAND = fc.record({
  kind: fc.oneof(
    ...Object.entries(KINDS).map(([kind, weight]) => ({
      weight,
      arbitrary: fc.constant(kind as Kind),
    })),
  ),
  timer: TIMER,
});

const LAYOUT = fc.record({
  cacheSize: fc.integer({ min: 1, max: 5 }),
  heldTimersMax: fc.constantFrom(0, 1, 3, 10, 1000),
  numberOfKeyGroups: fc.constantFrom(1, 4, 200),
});

interface Layout {
  readonly cacheSize: number;
  readonly heldTimersMax: number;
  readonly numberOfKeyGroups: number;
}

/** A queue, what it must hold, and what the last fixed version must hold. */
class Run {
  queue: RocksDBTimerQueue<string, number>;
  readonly model: Map<string, Timer> = new Map();
  private readonly database: TimerDatabase;
  private readonly layout: Layout;
  private readonly rows: TimerRows<string, number>;
  private readonly batch = new WriteBatch();
  private fixed: readonly string[] | undefined;
  private isWritten = false;
  private readonly steps: Record<Kind, (timer: Timer) => void> = {
    add: (timer) => this.add(timer),
    remove: (timer) => this.remove(timer),
    poll: () => this.poll(),
    'poll ten': () => {
      for (let i = 0; i < 10; i++) {
        this.poll();
      }
    },
    look: () => assert.equal(this.queue.size, this.model.size),
    fix: () => this.fix(),
    slice: () => this.writeSlice(2),
    copy: () => this.complete(),
    cancel: () => this.release(),
    flush: () => this.flush(),
    restore: () => {
      this.flush();
      this.queue = this.open();
    },
  };

  constructor(database: TimerDatabase, layout: Layout) {
    this.database = database;
    this.layout = layout;
    const { numberOfKeyGroups } = layout;
    this.rows = new TimerRows({
      database,
      columnFamily: 0,
      serializer: SERIALIZER,
      numberOfKeyGroups,
    });
    this.queue = this.open();
  }

  apply(kind: Kind, timer: Timer): void {
    this.steps[kind](timer);
    const [counted, found] = this.queue.cacheSizes;
    assert.deepEqual(counted, found);
  }

  /** All of them in the one order that they may have. */
  drain(): void {
    while (this.model.size > 0) {
      this.poll();
    }
    this.poll();
    assert.equal(this.queue.size, 0);
  }

  private open(): RocksDBTimerQueue<string, number> {
    const { numberOfKeyGroups } = this.layout;
    return new RocksDBTimerQueue({
      ...this.layout,
      database: this.database,
      columnFamily: 0,
      name: 'timers',
      serializer: SERIALIZER,
      keyGroupRange: new KeyGroupRange(0, numberOfKeyGroups - 1),
      keyGroupOf: (key) => this.keyGroupOf(key),
      barrier: { complete: () => this.complete() },
    });
  }

  private keyGroupOf(key: string): number {
    return keyGroupForKeyHash(KEY.hashCode(key), this.layout.numberOfKeyGroups);
  }

  private add(timer: Timer): void {
    const before = this.headRow();
    const changed = this.queue.add(timer);
    this.model.set(this.rowOf(timer), timer);
    assert.equal(changed, this.headRow() !== before);
    this.checkHead();
  }

  private remove(timer: Timer): void {
    const before = this.headRow();
    const changed = this.queue.remove(timer);
    this.model.delete(this.rowOf(timer));
    assert.equal(changed, this.headRow() !== before);
    this.checkHead();
  }

  private poll(): void {
    const wanted = this.headRow();
    const polled = this.queue.poll();
    assert.equal(polled === undefined ? undefined : this.rowOf(polled), wanted);
    assert.deepEqual(polled && plain(polled), wanted && plain(this.model.get(wanted)!));
    this.model.delete(wanted ?? '');
    this.checkHead();
  }

  private checkHead(): void {
    const head = this.queue.peek();
    assert.equal(head === undefined ? undefined : this.rowOf(head), this.headRow());
  }

  /** Earliest first, then by key group and bytes, which is the order of rows. */
  private headRow(): string | undefined {
    let head: string | undefined;
    for (const [row, { timestamp }] of this.model) {
      const time = head === undefined ? undefined : this.model.get(head)!.timestamp;
      if (time === undefined || timestamp < time || (timestamp === time && row < head!)) {
        head = row;
      }
    }
    return head;
  }

  private fix(): void {
    this.complete();
    this.queue.fixVersion();
    this.fixed = this.modelRows();
    this.isWritten = false;
  }

  private writeSlice(entries: number): void {
    if (this.fixed === undefined || this.isWritten) {
      return;
    }
    let left = entries;
    this.isWritten = this.queue.writeVersion(this.batch, () => --left <= 0);
    this.database.write(this.batch);
  }

  /** What a copy of the database would hold is what the queue held. */
  private complete(): void {
    if (this.fixed === undefined) {
      return;
    }
    this.writeSlice(Number.POSITIVE_INFINITY);
    assert.equal(this.isWritten, true);
    assert.deepEqual(this.storedRows(), this.fixed);
    this.release();
  }

  private flush(): void {
    this.complete();
    this.queue.writeAll(this.batch);
    this.database.write(this.batch);
    assert.deepEqual(this.storedRows(), this.modelRows());
    assert.equal(this.queue.dirtyEntries, 0);
  }

  private release(): void {
    if (this.fixed !== undefined) {
      this.fixed = undefined;
      this.queue.releaseVersion();
    }
  }

  private rowOf(timer: Timer): string {
    return this.rows.rowOf(this.keyGroupOf(timer.key), timer);
  }

  private modelRows(): readonly string[] {
    return [...this.model.keys()].sort();
  }

  private storedRows(): readonly string[] {
    const rows: string[] = [];
    const end = this.rows.prefixOf(this.layout.numberOfKeyGroups);
    const cursor = this.rows.openCursor(this.rows.prefixOf(0), end, 100);
    for (cursor.advance(); cursor.row !== undefined; cursor.advance()) {
      rows.push(cursor.row);
    }
    cursor.close();
    return rows;
  }
}

function plain({ timestamp, key, namespace }: Timer): Timer {
  return { timestamp, key, namespace };
}

const STEPS = fc.array(COMMAND, { minLength: 1, maxLength: 400, size: 'max' });

describe('timers in a database', () => {
  it('are a set whose earliest comes out first, and a fixed version is what they were then', () => {
    fc.assert(
      fc.property(LAYOUT, STEPS, (layout, steps) => {
        const database = new MemoryTimerDatabase();
        const run = new Run(database, layout);
        for (const { kind, timer } of steps) {
          run.apply(kind, timer);
        }
        run.drain();
        assert.equal(database.openIterators, 0);
      }),
      { numRuns: 300 },
    );
  });

  it('are the same in RocksDB', { skip: whyNoNativeAddon() ?? false }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-timers-'));
    let runs = 0;
    try {
      await fc.assert(
        fc.asyncProperty(LAYOUT, STEPS, async (layout, steps) => {
          const database = await RocksDatabase.open(join(folder, `${runs++}`), {
            dbOptions: 'create_if_missing=true',
            columnFamilies: [{ name: 'timers', options: '' }],
            statistics: false,
          });
          try {
            const run = new Run(database, layout);
            for (const { kind, timer } of steps) {
              run.apply(kind, timer);
            }
            run.drain();
          } finally {
            await database.close();
          }
        }),
        { numRuns: 30 },
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

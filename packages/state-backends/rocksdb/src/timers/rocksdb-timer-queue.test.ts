import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange, TimerSerializer, Types } from '@millrace/core';
import type { HeapTimer } from '@millrace/state';
import { WriteBatch } from '../database/write-batch.ts';
import { MemoryTimerDatabase } from './memory-timer-database-fixture.ts';
import { RocksDBTimerQueue, type RocksDBTimerQueueOptions } from './rocksdb-timer-queue.ts';

type Timer = HeapTimer<number, number>;

const INT = Types.INT.createSerializer();
const SERIALIZER = new TimerSerializer(INT, INT);

function queueOver(
  database: MemoryTimerDatabase,
  options: Partial<RocksDBTimerQueueOptions<number, number>> = {},
): RocksDBTimerQueue<number, number> {
  return new RocksDBTimerQueue<number, number>({
    database,
    columnFamily: 0,
    name: 'timers',
    serializer: SERIALIZER,
    keyGroupRange: new KeyGroupRange(0, 3),
    numberOfKeyGroups: 4,
    keyGroupOf: (key) => key % 4,
    cacheSize: 4,
    barrier: { complete: () => assert.fail('nothing is fixed') },
    ...options,
  });
}

function timer(timestamp: number, key = 0): Timer {
  return { timestamp, key, namespace: 0 };
}

function addTimes(queue: RocksDBTimerQueue<number, number>, times: readonly number[]): void {
  for (const time of times) {
    queue.add(timer(time));
  }
}

function pollTimes(
  queue: RocksDBTimerQueue<number, number>,
  count: number,
): (number | undefined)[] {
  return Array.from({ length: count }, () => queue.poll()?.timestamp);
}

function flush(queue: RocksDBTimerQueue<number, number>, database: MemoryTimerDatabase): void {
  const batch = new WriteBatch();
  queue.writeAll(batch);
  database.write(batch);
}

const ASCENDING = Array.from({ length: 20 }, (_, i) => i);
/** More than the cache of a group grows to. */
const MANY = Array.from({ length: 40 }, (_, i) => i);

describe('timers in a database', () => {
  it('never touch it when they fire or are deleted before they are written', () => {
    const database = new MemoryTimerDatabase();
    const queue = queueOver(database);
    addTimes(queue, ASCENDING);

    assert.deepEqual(pollTimes(queue, 10), ASCENDING.slice(0, 10));
    for (const time of ASCENDING.slice(10)) {
      queue.remove(timer(time));
    }

    assert.equal(queue.peek(), undefined);
    assert.deepEqual([database.puts, database.deletes, queue.dirtyEntries], [0, 0, 0]);
    assert.equal(database.reads, 1); // of an empty database, at the start
  });

  it('are read as many at once as the cache takes, after those that were taken before', () => {
    const database = new MemoryTimerDatabase();
    const before = queueOver(database);
    addTimes(before, ASCENDING);
    flush(before, database);
    const queue = queueOver(database);
    const readsBefore = database.reads;

    assert.deepEqual(pollTimes(queue, 8), ASCENDING.slice(0, 8));

    assert.equal(database.reads - readsBefore, 2);
    const lowerBound = database.lowerBounds[0] as string;
    assert.equal(lowerBound.charCodeAt(8), 7); // the last byte of the time that was taken last
  });

  it('are written in batches of the size that is set', () => {
    const writesWith = (writeBatchBytes: number): number => {
      const database = new MemoryTimerDatabase();
      const queue = queueOver(database, { writeBatchBytes, heldTimersMax: 599, cacheSize: 1 });
      addTimes(
        queue,
        Array.from({ length: 608 }, (_, i) => i), // The cache grows to 8.
      );
      assert.equal(database.puts, 600);
      return database.writes;
    };

    assert.equal(writesWith(0), 2); // 500, 100
    assert.equal(writesWith(100 * (13 + 17)), 6); // each its head and its row
    assert.equal(writesWith(1024 * 1024), 1);
  });

  it('are not read for one that is later than all in the cache', () => {
    const database = new MemoryTimerDatabase();
    const queue = queueOver(database);
    addTimes(queue, ASCENDING);
    flush(queue, database);
    const readsBefore = database.reads;

    queue.add(timer(100));
    queue.add(timer(1));
    queue.remove(timer(17));

    assert.equal(database.reads, readsBefore);
  });

  it('of one time come out by key group, then by the bytes of their keys', () => {
    const keys = [7, 4, 1, 0, 8, 3, 5];
    const inMemory = queueOver(new MemoryTimerDatabase());
    const database = new MemoryTimerDatabase();
    const restored = queueOver(database);
    for (const key of keys) {
      inMemory.add(timer(1, key));
      restored.add(timer(1, key));
    }
    flush(restored, database);

    const order = [inMemory, queueOver(database)].map((queue) => keys.map(() => queue.poll()?.key));

    assert.deepEqual(order[0], [0, 4, 8, 1, 5, 3, 7]);
    assert.deepEqual(order[1], order[0]);
  });

  it('are written beyond a number of them, but for those that fire next', () => {
    const database = new MemoryTimerDatabase();
    const queue = queueOver(database, { heldTimersMax: 10 });

    addTimes(queue, MANY);

    assert.equal(database.puts, 11);
    assert.equal(queue.dirtyEntries, 10 + 4 * 4 + 3); // what may be held, in one cache, and what came after
    assert.deepEqual(pollTimes(queue, 41), [...MANY, undefined]);
  });

  it('of one group stay in memory while there are few, up to eight times of what is set', () => {
    const database = new MemoryTimerDatabase();
    const queue = queueOver(database, { heldTimersMax: 0, cacheSize: 2 });

    addTimes(queue, ASCENDING.slice(0, 8));
    assert.equal(database.puts, 0); // all that four groups may have
    addTimes(queue, ASCENDING.slice(8));
    assert.equal(database.puts, 12);

    const roomy = queueOver(database, { cacheSize: 2 });
    assert.deepEqual(pollTimes(roomy, 12), ASCENDING.slice(8));
    addTimes(roomy, MANY);
    assert.equal(roomy.dirtyEntries, 40);
    assert.deepEqual(pollTimes(roomy, 41), [...MANY, undefined]);
  });

  it('with long keys do not stay beyond what is set, so that a checkpoint has little to write at once', () => {
    const database = new MemoryTimerDatabase();
    const text = Types.STRING.createSerializer();
    const queue = new RocksDBTimerQueue<string, number>({
      database,
      columnFamily: 0,
      name: 'timers',
      serializer: new TimerSerializer(text, INT),
      keyGroupRange: new KeyGroupRange(0, 0),
      numberOfKeyGroups: 1,
      keyGroupOf: () => 0,
      cacheSize: 4,
      barrier: { complete: () => assert.fail('nothing is fixed') },
    });
    const key = 'k'.repeat(2 ** 20);

    for (let time = 0; time < 12; time++) {
      queue.add({ timestamp: time, key, namespace: 0 });
    }

    assert.equal(queue.cacheSizes[0]?.[0], 7); // 8 MiB less the rest of each row
    assert.equal(queue.size, 12);
  });

  it('complete the barrier when too many come while a version is fixed', () => {
    const database = new MemoryTimerDatabase();
    let completed = 0;
    const complete = (): void => {
      const batch = new WriteBatch();
      assert.equal(
        queue.writeVersion(batch, () => false),
        true,
      );
      database.write(batch);
      assert.equal(database.rows.size, 1);
      queue.releaseVersion();
      completed++;
    };
    const queue = queueOver(database, { heldTimersMax: 3, barrier: { complete } });
    queue.add(timer(1000));
    queue.fixVersion();

    addTimes(queue, MANY);

    assert.equal(completed, 1);
    assert.deepEqual(pollTimes(queue, 42), [...MANY, 1000, undefined]);
  });

  it('are there when they are registered again after a version without them was fixed', () => {
    const database = new MemoryTimerDatabase();
    const queue = queueOver(database);
    addTimes(queue, ASCENDING);
    flush(queue, database);
    queue.remove(timer(5));
    queue.fixVersion();
    queue.add(timer(5));
    assert.deepEqual(pollTimes(queue, 5), [0, 1, 2, 3, 4]); // The cache is filled with 5 again.

    const batch = new WriteBatch();
    queue.writeVersion(batch, () => false);
    database.write(batch);
    assert.equal(database.rows.size, 19);
    queue.releaseVersion();
    flush(queue, database);

    assert.deepEqual(pollTimes(queueOver(database), 2), [5, 6]);
  });
});

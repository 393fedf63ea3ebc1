import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Clock, SystemClock } from '@millrace/core';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import type { NativeLiveFile } from '../binding/native-addon.ts';
import { RocksDatabase } from '../database/rocks-database.ts';
import { WriteBatch } from '../database/write-batch.ts';
import type { ManualCompactionOptions } from '../options/rocksdb-resources.ts';
import { ManualCompaction } from './manual-compaction.ts';

const OPTIONS: ManualCompactionOptions = {
  minIntervalMs: 1000,
  maxParallelCompactions: 2,
  maxFileSizeToCompactBytes: 50 * 1024,
  minFilesToCompact: 5,
  maxFilesToCompact: 30,
  maxOutputFileSizeBytes: 64 * 1024 * 1024,
  maxAutoCompactions: 30,
};

/** Fires when the test says so. */
class HandClock extends SystemClock implements Clock {
  readonly pending: { delayMs: number; callback: () => void }[] = [];

  override setTimer(delayMs: number, callback: () => void) {
    const timer = { delayMs, callback };
    this.pending.push(timer);
    return { cancel: () => void this.pending.splice(this.pending.indexOf(timer), 1) };
  }

  fire(): void {
    this.pending.shift()!.callback();
  }
}

const file = (index: number, level = 1) => ({
  columnFamily: 'count',
  name: `${index}.sst`,
  level,
  sizeBytes: 1000,
  smallestKey: Uint8Array.of(index),
  largestKey: Uint8Array.of(index),
  beingCompacted: false,
});

function started(
  running: string,
  {
    liveFiles = () => [0, 1, 2, 3, 4].map((index) => file(index)),
    ...options
  }: Partial<ManualCompactionOptions> & { liveFiles?: () => NativeLiveFile[] } = {},
) {
  const clock = new HandClock();
  const compacted: (readonly string[])[] = [];
  let release: (() => void) | undefined;
  let failure: Error | undefined;
  const database = {
    liveFiles,
    property: () => running,
    compactFiles: async (_columnFamily: number, files: readonly string[]) => {
      compacted.push(files);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      if (failure !== undefined) {
        throw failure;
      }
    },
  };
  const compaction = new ManualCompaction({
    database,
    options: { ...OPTIONS, ...options },
    columnFamilies: () => new Map([['count', 0]]),
    clock,
  });
  return {
    clock,
    compacted,
    compaction,
    end: (error?: Error) => {
      failure = error;
      release?.();
    },
  };
}

const turn = (): Promise<void> => new SystemClock().yieldTurn();

describe('manual compaction', () => {
  it('is off without an interval', () => {
    assert.equal(started('0', { minIntervalMs: 0 }).clock.pending.length, 0);
  });

  it('waits its interval from the end of one round to the next, also after a failure', async () => {
    const { clock, compacted, end } = started('0');
    assert.equal(clock.pending[0]?.delayMs, 1000);

    clock.fire();
    assert.deepEqual(compacted, [['0.sst', '1.sst', '2.sst', '3.sst', '4.sst']]);
    assert.equal(clock.pending.length, 0);
    end(new Error('one of them is gone'));
    await turn();

    assert.equal(clock.pending.length, 1);
  });

  it('leaves a round out while RocksDB itself compacts more than is set', async () => {
    const { clock, compacted } = started('31');

    clock.fire();
    await turn();

    assert.deepEqual(compacted, []);
    assert.equal(clock.pending.length, 1);
  });

  it('goes on after a round in which the files cannot be listed, and can be closed', async () => {
    const { clock, compaction } = started('0', {
      liveFiles: () => {
        throw new Error('the database is gone');
      },
    });

    clock.fire();
    await turn();

    assert.equal(clock.pending.length, 1);
    clock.fire();
    await compaction.close();
  });

  it('ends with what runs', async () => {
    const { clock, compaction, end } = started('0');
    clock.fire();
    let isClosed = false;

    const closed = compaction.close().then(() => {
      isClosed = true;
    });
    await turn();
    assert.equal(isClosed, false);
    end();
    await closed;

    assert.equal(clock.pending.length, 0);
  });
});

describe('manual compaction of a database', { skip: whyNoNativeAddon() ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-compaction-'));
  after(() => rmSync(folder, { recursive: true }));

  it('makes its small files one, and every row is still there', async () => {
    const options = 'disable_auto_compactions=true;target_file_size_base=1000';
    const database = await RocksDatabase.open(join(folder, 'db'), {
      dbOptions: '',
      columnFamilies: [{ name: 'count', options }],
      statistics: false,
    });
    const batch = new WriteBatch();
    for (let i = 0; i < 2000; i++) {
      const row = Buffer.from(`${10_000 + i}-value-${(i * 7919) % 104729}`);
      batch.put(0, row, 0, 5, row.length);
    }
    database.write(batch);
    await database.flush();
    await database.compactRange(0);
    const before = database.liveFiles().filter(({ level }) => level > 0).length;
    const clock = new HandClock();
    const compaction = new ManualCompaction({
      database,
      options: OPTIONS,
      columnFamilies: () => new Map([['count', 0]]),
      clock,
    });

    clock.fire();
    await compaction.close();

    const afterwards = database.liveFiles().length;
    assert.ok(before >= 5, `${before} files to begin with`);
    assert.ok(afterwards <= Math.ceil(before / 5), `${before} files became ${afterwards}`);
    for (let i = 0; i < 2000; i++) {
      const key = Buffer.from(`${10_000 + i}`);
      assert.ok(database.get(0, key, 0, 5) > 0);
    }
    await database.close();
  });
});

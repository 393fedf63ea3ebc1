import assert from 'node:assert/strict';
import { pbkdf2 } from 'node:crypto';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { loadNativeAddon, whyNoNativeAddon } from './load-native-addon.ts';
import {
  bytesOf,
  LISTS,
  PLAIN,
  packedRows,
  RESULT_BYTES,
  specOf,
  withDatabase,
} from './native-addon.test.kit.ts';
import { BatchOperation } from './native-addon.ts';

const skip = whyNoNativeAddon() ?? false;

describe('reading and writing through the addon', { skip }, () => {
  it('gives what was put, and nothing for what was not', () =>
    withDatabase((database) => {
      database.put(1, 'key', 'value');

      assert.equal(database.get(1, 'key'), 'value');
      assert.equal(database.get(1, 'ke'), undefined);
      assert.equal(database.get(0, 'key'), undefined);
    }));

  it('takes an empty key and an empty value', () =>
    withDatabase((database) => {
      database.put(1, '', '');

      assert.equal(database.get(1, ''), '');
    }));

  it('joins merged elements with a comma', () =>
    withDatabase((database) => {
      database.merge(0, 'list', 'a');
      database.merge(0, 'list', 'b');
      database.put(0, 'other', 'x');
      database.merge(0, 'other', 'y');

      assert.equal(database.get(0, 'list'), 'a,b');
      assert.equal(database.get(0, 'other'), 'x,y');
    }));

  it('keeps a result that does not fit until it is taken', () =>
    withDatabase((database) => {
      const long = 'v'.repeat(RESULT_BYTES * 3);
      database.put(1, 'long', long);

      assert.equal(database.get(1, 'long'), long);
      assert.deepEqual(database.multiGet(1, ['absent', 'long']), [undefined, long]);
      assert.deepEqual(database.rows(1), [['long', long]]);
    }));

  it('gets many keys in their order, repeated ones too', () =>
    withDatabase((database) => {
      const keys = Array.from({ length: 100 }, (_, i) => `key-${(i * 37) % 100}`);
      for (const key of keys.filter((_, i) => i % 2 === 0)) {
        database.put(1, key, key.toUpperCase());
      }

      const values = database.multiGet(1, [...keys, 'key-0', '']);

      assert.deepEqual(values, [
        ...keys.map((key, i) => (i % 2 === 0 ? key.toUpperCase() : undefined)),
        'KEY-0',
        undefined,
      ]);
      assert.deepEqual(database.multiGet(1, []), []);
    }));

  it('applies a batch over column families as a whole', () =>
    withDatabase((database) => {
      database.put(1, 'gone', 'x');
      database.put(1, 'range-1', 'x');

      database.write([
        { kind: BatchOperation.PUT, columnFamily: 1, key: 'put', value: 'p' },
        { kind: BatchOperation.DELETE, columnFamily: 1, key: 'gone', value: '' },
        { kind: BatchOperation.MERGE, columnFamily: 0, key: 'list', value: 'm' },
        { kind: BatchOperation.DELETE_RANGE, columnFamily: 1, key: 'range-', value: 'range.' },
      ]);

      assert.deepEqual(database.rows(1), [['put', 'p']]);
      assert.deepEqual(database.rows(0), [['list', 'm']]);
    }));

  it('writes nothing of a batch with a bad operation, and goes on', () =>
    withDatabase((database) => {
      const good = { kind: BatchOperation.PUT, columnFamily: 1, key: 'good', value: 'x' };

      assert.throws(() => database.write([good, { ...good, columnFamily: 9 }]), {
        code: 'INVALID_ARGUMENT',
      });
      assert.throws(() => database.write([good, { ...good, kind: BatchOperation.MERGE }]), {
        code: 'INVALID_ARGUMENT',
      });

      assert.deepEqual(database.rows(1), []);
      database.write([good]);
      assert.deepEqual(database.rows(1), [['good', 'x']]);
    }));
});

describe('iterators of the addon', { skip }, () => {
  const ROWS = ['a', 'b', 'c', 'd'].map((key): [string, string] => [key, key]);

  it('give the rows from the lower bound to before the upper', () =>
    withDatabase((database) => {
      for (const [key, value] of ROWS) {
        database.put(1, key, value);
      }

      assert.deepEqual(database.rows(1, 'b', 'd'), ROWS.slice(1, 3));
      assert.deepEqual(database.rows(1, 'bb'), ROWS.slice(2));
      assert.deepEqual(database.rows(1, 'd', 'b'), []);
      assert.deepEqual(database.rows(1, 'b', 'b'), []);
    }));

  it('see nothing that is written after them', () =>
    withDatabase((database) => {
      database.put(1, 'a', 'old');
      const iterator = database.iterator(1);

      database.put(1, 'a', 'new');
      database.put(1, 'b', 'new');

      assert.deepEqual(database.next(iterator, 10), [['a', 'old']]);
      assert.deepEqual(database.next(iterator, 10), []);
    }));

  it('see what a snapshot saw', () =>
    withDatabase((database) => {
      database.put(1, 'a', 'old');
      const snapshot = database.native.createSnapshot();
      database.put(1, 'a', 'new');

      assert.deepEqual(database.rows(1, '', undefined, snapshot), [['a', 'old']]);
      assert.deepEqual(database.rows(1), [['a', 'new']]);
      database.native.releaseSnapshot(snapshot);
    }));

  it('seek within their bounds only', () =>
    withDatabase((database) => {
      for (const [key, value] of ROWS) {
        database.put(1, key, value);
      }
      const iterator = database.iterator(1, 'b', 'd');
      const seen = ['a', 'b', 'bb', 'c', 'd', 'z'].map((key) => {
        database.native.seek(iterator, bytesOf(key), 0, key.length);
        return database.next(iterator, 10).map(([found]) => found);
      });

      assert.deepEqual(seen, [['b', 'c'], ['b', 'c'], ['c'], ['c'], [], []]);
    }));
});

describe('column families of the addon', { skip }, () => {
  it('are those that an opening names; others are dropped', () =>
    withDatabase(async (database) => {
      database.put(0, 'kept', 'x');
      database.put(1, 'dropped', 'x');
      await database.native.flush();
      await database.native.close();
      const addon = loadNativeAddon();
      const path = database.path('db');

      const again = await addon.open(path, specOf([LISTS]));
      await again.close();

      assert.deepEqual(addon.listColumnFamilies(path), ['default', 'lists']);
    }));

  it('come and go while the database is open', () =>
    withDatabase((database) => {
      const { native } = database;
      const created = native.createColumnFamily({ name: 'later', options: '' });
      database.put(created, 'a', 'x');
      native.dropColumnFamily(created);
      const again = native.createColumnFamily({ name: 'later', options: '' });

      assert.notEqual(again, created);
      assert.deepEqual(database.rows(again), []);
      assert.throws(() => database.get(created, 'a'), { code: 'INVALID_ARGUMENT' });
    }));

  it('may be dropped while a flush of them runs', () =>
    withDatabase(async (database) => {
      const value = 'v'.repeat(1000);
      for (let i = 0; i < 2000; i++) {
        database.put(1, `key-${i}`, value);
      }
      const iterator = database.iterator(1, 'key-0');
      const flushed = database.native.flush().catch(({ code }) => code);

      database.native.dropColumnFamily(1);

      assert.ok([undefined, 'NOT_FOUND', 'IO_ERROR', 'OTHER'].includes(await flushed));
      assert.deepEqual(database.next(iterator, 1), [['key-0', value]]);
    }));

  it('tell their properties, and take new options', () =>
    withDatabase((database) => {
      database.put(1, 'a', 'x');
      database.native.setOptions(1, 'write_buffer_size=1048576');

      assert.equal(database.native.property(1, 'rocksdb.num-entries-active-mem-table'), '1');
      assert.equal(database.native.property(1, 'rocksdb.no-such-thing'), undefined);
      assert.throws(() => database.native.setOptions(1, 'no_such_option=1'), {
        code: 'INVALID_ARGUMENT',
      });
    }));
});

describe('files of the addon', { skip }, () => {
  it('are listed with their level and keys', () =>
    withDatabase(async (database) => {
      database.put(1, 'a', 'x');
      database.put(1, 'b', 'x');

      await database.native.flush();

      const [file, ...others] = database.native.liveFiles();
      assert.deepEqual(others, []);
      assert.equal(file?.columnFamily, 'plain');
      assert.match(file.name, /^\d{6}\.sst$/);
      assert.ok(existsSync(database.path(`db/${file.name}`)));
      assert.deepEqual([...file.smallestKey, ...file.largestKey], [...bytesOf('ab')]);
      assert.deepEqual([file.level, file.beingCompacted], [0, false]);
    }));

  it('are compacted by name into a level', () =>
    withDatabase(
      async (database) => {
        for (const key of ['a', 'b']) {
          database.put(0, key, 'x');
          await database.native.flush();
        }
        const names = database.native.liveFiles().map(({ name }) => name);

        await database.native.compactFiles(0, names, 3, 1024 * 1024);

        assert.deepEqual(
          database.native.liveFiles().map(({ level }) => level),
          [3],
        );
      },
      [{ name: 'plain', options: 'disable_auto_compactions=true' }],
    ));

  it('go with the range that holds them', () =>
    withDatabase(async (database) => {
      for (const key of ['a', 'b']) {
        database.put(1, key, 'x');
        await database.native.flush();
      }
      // Files of level 0 are not dropped by a range.
      await database.native.compactRange(1, undefined, undefined);
      database.put(1, 'c', 'x');
      database.native.deleteFilesInRange(1, bytesOf('a'), bytesOf('bb'));

      assert.deepEqual(database.rows(1), [['c', 'x']]);
    }));

  it('lose a range, and keep its end', () =>
    withDatabase((database) => {
      for (const key of ['a', 'b', 'c']) {
        database.put(1, key, 'x');
      }

      database.native.deleteRange(1, bytesOf('a'), bytesOf('c'));

      assert.deepEqual(database.rows(1), [['c', 'x']]);
    }));

  it('are written in order and taken in', () =>
    withDatabase(async (database) => {
      database.put(1, 'b', 'old');
      const path = database.path('written.sst');
      const writer = database.native.createSstFileWriter(1, path);
      for (const row of [
        ['a', '1'],
        ['b', '2'],
        ['c', ''],
      ] as const) {
        const packed = packedRows([row]);
        writer.add(packed, packed.length);
      }

      const bytes = await writer.finish();
      await database.native.ingest(1, [path]);

      assert.ok(bytes > 0);
      assert.deepEqual(database.rows(1), [
        ['a', '1'],
        ['b', '2'],
        ['c', ''],
      ]);
      assert.equal(existsSync(path), false, 'it is moved');
    }));

  it('that were given up are deleted', () =>
    withDatabase((database) => {
      const path = database.path('written.sst');
      const writer = database.native.createSstFileWriter(1, path);
      const packed = packedRows([['a', '1']]);
      writer.add(packed, packed.length);
      assert.ok(existsSync(path));

      writer.abort();
      writer.abort();

      assert.equal(existsSync(path), false);
    }));
});

describe('checkpoints of the addon', { skip }, () => {
  const rowsOf = async (path: string): Promise<number> => {
    const copy = await loadNativeAddon().open(path, specOf([LISTS, PLAIN]));
    const keys = copy.property(1, 'rocksdb.estimate-num-keys');
    await copy.close();
    return Number(keys);
  };

  it('hold what was written before them', () =>
    withDatabase(async (database) => {
      database.put(1, 'a', 'x');

      await database.native.createCheckpoint(database.path('copy'));
      database.put(1, 'b', 'x');

      assert.equal(await rowsOf(database.path('copy')), 1);
    }));

  it('are waited for without the event loop', () =>
    withDatabase(async (database) => {
      database.put(1, 'a', 'x');
      const path = database.path('copy');

      const made = database.native.createCheckpoint(path);
      database.native.waitForCheckpoint();

      assert.ok(existsSync(`${path}/CURRENT`));
      await made;
      database.native.waitForCheckpoint();
    }));

  it('are made while the thread pool is busy with what needs the waiting thread', () =>
    withDatabase(async (database) => {
      database.put(1, 'a', 'x');
      // Four threads: each is taken for longer than the checkpoint takes.
      const busy = Array.from(
        { length: 8 },
        () =>
          new Promise<void>((done) => {
            pbkdf2('p', 's', 300_000, 64, 'sha512', () => done());
          }),
      );
      const path = database.path('copy');
      const made = database.native.createCheckpoint(path);

      database.native.waitForCheckpoint();

      assert.ok(existsSync(`${path}/CURRENT`));
      await Promise.all([...busy, made]);
    }));

  it('come one at a time, and the next may follow a wait', () =>
    withDatabase(async (database) => {
      database.put(1, 'a', 'x');
      const first = database.native.createCheckpoint(database.path('first'));
      database.native.waitForCheckpoint();
      const second = database.native.createCheckpoint(database.path('second'));

      await Promise.all([first, second]);

      assert.equal(await rowsOf(database.path('second')), 1);
    }));

  it('fail with a code where there is a folder already', () =>
    withDatabase(async (database) => {
      await assert.rejects(database.native.createCheckpoint(database.folder), {
        code: 'INVALID_ARGUMENT',
      });
      await database.native.createCheckpoint(database.path('copy'));
    }));
});

describe('closing a database of the addon', { skip }, () => {
  it('waits for what runs, and then the path is free', () =>
    withDatabase(async (database) => {
      database.put(1, 'a', 'x');
      const made = database.native.createCheckpoint(database.path('copy'));
      const flushed = database.native.flush();

      const closed = database.native.close();

      await Promise.all([made, flushed, closed, database.native.close()]);
      const again = await loadNativeAddon().open(database.path('db'), specOf([LISTS, PLAIN]));
      assert.equal(again.property(1, 'rocksdb.estimate-num-keys'), '1');
      await again.close();
    }));

  it('ends with more work than the pool has threads', () =>
    withDatabase(async (database) => {
      const all = Array.from({ length: 16 }, () => database.native.flush());
      const closed = Array.from({ length: 8 }, () => database.native.close());

      await Promise.all([...all, ...closed]);

      assert.throws(() => database.get(1, 'a'), { code: 'CLOSED' });
    }));
});

describe('shared memory of the addon', { skip }, () => {
  const SPEC = { cacheBytes: 4 << 20, writeBufferBytes: 2 << 20, highPriorityPoolRatio: 0.1 };

  it('is one for a name, until the last holder is gone', async () => {
    const addon = loadNativeAddon();
    const first = addon.acquireSharedMemory('one', SPEC);
    const second = addon.acquireSharedMemory('one', { ...SPEC, cacheBytes: 1 });
    await withDatabase(
      (database) => {
        first.release();
        first.release();
        database.put(1, 'a', 'x'.repeat(100_000));

        assert.ok(second.writeBufferUsageBytes() > 100_000);
        assert.ok(second.cacheUsageBytes() > 100_000, 'memtables are charged to the cache');
        assert.ok(second.cachePinnedBytes() > 0);
        assert.throws(() => first.cacheUsageBytes(), { code: 'CLOSED' });
      },
      undefined,
      { sharedMemory: second },
    );
    second.release();

    const third = addon.acquireSharedMemory('one', SPEC);

    assert.equal(third.writeBufferUsageBytes(), 0);
    third.release();
  });

  it('flushes memtables beyond its share', async () => {
    const memory = loadNativeAddon().acquireSharedMemory('flushes', SPEC);

    await withDatabase(
      async (database) => {
        for (let i = 0; i < 100; i++) {
          database.put(1, `key-${i}`, 'x'.repeat(100_000));
        }
        await database.native.flush();

        // Its own memtable would hold 64 MiB before it is flushed.
        assert.ok(database.native.liveFiles().length > 1);
      },
      undefined,
      { sharedMemory: memory },
    );

    memory.release();
  });
});

describe('tickers of the addon', { skip }, () => {
  const read = async (statistics: boolean): Promise<number> => {
    let counted = -1;
    await withDatabase(
      (database) => {
        database.put(1, 'a', 'x');
        database.get(1, 'a');
        counted = database.native.ticker('rocksdb.number.keys.read');
      },
      undefined,
      { statistics },
    );
    return counted;
  };

  it('count with statistics', async () => {
    assert.equal(await read(true), 1);
  });

  it('are 0 without', async () => {
    assert.equal(await read(false), 0);
  });
});

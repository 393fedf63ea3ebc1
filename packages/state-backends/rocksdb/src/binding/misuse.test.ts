/** RocksDB of Debian has its assertions on: what reached one of them would end the process. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadNativeAddon, whyNoNativeAddon } from './load-native-addon.ts';
import {
  bytesOf,
  integer,
  joined,
  LISTS,
  PLAIN,
  packedRows,
  specOf,
  withDatabase,
} from './native-addon.test.kit.ts';
import type { NativeDatabase, NativeOpenSpec } from './native-addon.ts';

const skip = whyNoNativeAddon() ?? false;
const KEY = bytesOf('keyvalue');

/** As JavaScript sees it: any function with any arguments. */
type Loose = Record<string, (...args: unknown[]) => unknown>;

function loose(value: object): Loose {
  return value as Loose;
}

/** Calls of each function that hold for an open database. */
const CALLS: Readonly<Record<keyof NativeDatabase, readonly unknown[]>> = {
  setResultBuffer: [new Uint8Array(8)],
  takeResult: [new Uint8Array(8)],
  createColumnFamily: [{ name: 'new', options: '' }],
  dropColumnFamily: [0],
  get: [0, KEY, 0, 3],
  multiGet: [0, KEY, 0, 0],
  put: [0, KEY, 0, 3, 8],
  merge: [0, KEY, 0, 3, 8],
  delete: [0, KEY, 0, 3],
  write: [KEY, 0],
  createIterator: [0, KEY, undefined, undefined],
  next: [1, 1],
  seek: [1, KEY, 0, 3],
  closeIterator: [1],
  createSnapshot: [],
  releaseSnapshot: [1],
  deleteRange: [0, KEY, KEY],
  deleteFilesInRange: [0, KEY, KEY],
  flush: [],
  compactRange: [0, undefined, undefined],
  compactFiles: [0, ['000001.sst'], 1, 1],
  ingest: [0, ['/nowhere']],
  createSstFileWriter: [0, '/nowhere'],
  createCheckpoint: ['/nowhere/copy'],
  waitForCheckpoint: [],
  liveFiles: [],
  property: [0, 'rocksdb.stats'],
  ticker: ['rocksdb.block.cache.hit'],
  setOptions: [0, 'write_buffer_size=1000000'],
  setTtlTime: [1],
  setTtl: [0, { kind: 'value', ttlMs: 1, elementBytes: 0 }],
  close: [],
};

const WRONG_VALUES = [
  undefined,
  null,
  -1,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 32 + 5,
  2 ** 53,
  1n,
  'text',
  '',
  true,
  {},
  [],
  [undefined],
  () => {},
  Symbol('s'),
  new Uint16Array(4),
  new DataView(new ArrayBuffer(4)),
  new ArrayBuffer(4),
  new Uint8Array(0),
  new Proxy(
    {},
    {
      get: () => {
        throw new RangeError('of the proxy');
      },
    },
  ),
];

/** Whatever it gives: it may succeed, or throw an error with a code or one of JavaScript. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.ok(
      'code' in error || error instanceof RangeError || error instanceof TypeError,
      String(error),
    );
    return error;
  }
}

describe('a closed database', { skip }, () => {
  it('refuses every call but close', () =>
    withDatabase(async (database) => {
      const native = loose(database.native);
      database.native.createIterator(0, KEY, undefined, undefined);
      await database.native.close();

      for (const [name, args] of Object.entries(CALLS).filter(([name]) => name !== 'close')) {
        assert.throws(() => native[name]?.(...args), { code: 'CLOSED' }, name);
      }
      await database.native.close();
    }));

  it('refuses functions that were taken from it', () =>
    withDatabase(async (database) => {
      const { get } = loose(database.native);
      await database.native.close();

      assert.throws(() => get?.(0, KEY, 0, 3), { code: 'CLOSED' });
    }));

  it('refuses what its writers of files do', () =>
    withDatabase(async (database) => {
      const writer = database.native.createSstFileWriter(0, database.path('written.sst'));
      await database.native.close();

      assert.throws(() => writer.add(packedRows([['a', 'b']]), 10), { code: 'CLOSED' });
      assert.throws(() => writer.finish(), { code: 'CLOSED' });
      writer.abort();
    }));
});

describe('a database that is closed while its arguments are read', { skip }, () => {
  const TTL = { kind: 'value', ttlMs: 1, elementBytes: 0 };
  /** `args` with a getter in place of what a function would read from `holder`. */
  const CASES: readonly [name: string, args: readonly unknown[], holder: object, key: string][] = [
    ...['name', 'options', 'ttl'].map((key): [string, unknown[], object, string] => {
      const spec = { name: 'new', options: '', ttl: TTL };
      return ['createColumnFamily', [spec], spec, key];
    }),
    ...Object.keys(TTL).map((key): [string, unknown[], object, string] => {
      const ttl = { ...TTL };
      return ['setTtl', [0, ttl], ttl, key];
    }),
    ...['compactFiles', 'ingest'].map((name): [string, unknown[], object, string] => {
      const files = ['/000001.sst'];
      return [name, [0, files, 1, 1], files, '0'];
    }),
  ];

  for (const [name, args, holder, key] of CASES) {
    it(`refuses ${name}, where '${key}' closed it`, () =>
      withDatabase(async (database) => {
        const value = (holder as Record<string, unknown>)[key];
        let closed: Promise<void> | undefined;
        Object.defineProperty(holder, key, {
          get: () => {
            closed ??= database.native.close();
            return value;
          },
        });

        assert.throws(() => loose(database.native)[name]?.(...args), { code: 'CLOSED' });
        await closed;
        assert.notEqual(closed, undefined);
      }));
  }
});

describe('wrong arguments', { skip }, () => {
  for (const name of Object.keys(CALLS).filter((each) => each !== 'close')) {
    it(`of ${name} are refused or taken, and the database goes on`, () =>
      withDatabase(async (database) => {
        const native = loose(database.native);
        const right = CALLS[name as keyof NativeDatabase];

        for (let at = 0; at < Math.max(1, right.length); at++) {
          for (const wrong of WRONG_VALUES) {
            await outcome(() => native[name]?.(...right.map((arg, i) => (i === at ? wrong : arg))));
          }
        }
        await outcome(() => native[name]?.());

        const again = native.createColumnFamily?.({ name: 'again', options: '' }) as number;
        database.native.setResultBuffer(new Uint8Array(64));
        database.put(again, 'a', 'x');
        assert.equal(database.native.get(again, bytesOf('a'), 0, 1), 1);
      }));
  }

  const assertOpenRefuses = async (spec: unknown): Promise<void> => {
    const error = await outcome(() =>
      loadNativeAddon().open('/nowhere/db', spec as NativeOpenSpec),
    );
    assert.equal((error as { code?: string }).code, 'INVALID_ARGUMENT', String(error));
  };

  it('of an opening are refused', async () => {
    const right = specOf([LISTS]);
    const ttl = { kind: 'list', ttlMs: 1, elementBytes: 0 };

    for (const spec of [
      undefined,
      null,
      {},
      { ...right, dbOptions: 'no_such_option=1' },
      { ...right, dbOptions: 'max_open_files=many' },
      { ...right, columnFamilies: undefined },
      { ...right, columnFamilies: [undefined] },
      { ...right, columnFamilies: [LISTS, LISTS] },
      { ...right, columnFamilies: [{ name: '', options: '' }] },
      { ...right, columnFamilies: [{ name: 'a\0b', options: '' }] },
      { ...right, columnFamilies: [{ name: 'a', options: 'merge_operator=none_such' }] },
      {
        ...right,
        columnFamilies: [{ name: 'a', options: 'comparator=rocksdb.ReverseBytewiseComparator' }],
      },
      { ...right, columnFamilies: [{ ...PLAIN, ttl: { ...ttl, kind: 'set' } }] },
      { ...right, columnFamilies: [{ ...PLAIN, ttl: { ...ttl, ttlMs: 0 } }] },
      { ...right, columnFamilies: [{ ...PLAIN, ttl: { ...ttl, elementBytes: 3 } }] },
      { ...right, sharedMemory: {} },
      { ...right, sharedMemory: { id: 12345 } },
      { ...right, statistics: 1 },
    ]) {
      await assertOpenRefuses(spec);
    }
  });

  it('of shared memory are refused', () => {
    const addon = loadNativeAddon();
    const right = { cacheBytes: 1, writeBufferBytes: 1, highPriorityPoolRatio: 0.5 };

    for (const wrong of [
      undefined,
      {},
      { ...right, cacheBytes: -1 },
      { ...right, writeBufferBytes: Number.NaN },
      { ...right, highPriorityPoolRatio: 1.5 },
      { ...right, highPriorityPoolRatio: Number.NaN },
    ]) {
      assert.throws(() => addon.acquireSharedMemory('refused', wrong as typeof right), {
        code: 'INVALID_ARGUMENT',
      });
    }
  });

  it('of option strings name the option', () => {
    const addon = loadNativeAddon();

    assert.throws(() => addon.checkOptions('no_such_option=1', ''), /no_such_option/);
    assert.throws(() => addon.checkOptions('', 'write_buffer_size=abc'), /write_buffer_size/);
    assert.throws(() => addon.checkOptions('', 'block_based_table_factory={no_such=1}'), {
      code: 'INVALID_ARGUMENT',
    });
    addon.checkOptions('max_open_files=-1', 'write_buffer_size=1000');
  });
});

describe('options that RocksDB meets with an assertion', { skip }, () => {
  for (const options of [
    'num_levels=0',
    'num_levels=-3',
    'num_levels=2000000000',
    'compression=kDisableCompressionOption',
    'compression_per_level=kNoCompression:kDisableCompressionOption',
    'block_based_table_factory={block_restart_interval=0}',
    'block_based_table_factory={index_block_restart_interval=-1}',
  ]) {
    it(`are refused: ${options}`, () =>
      withDatabase((database) => {
        const { native } = database;
        const addon = loadNativeAddon();

        assert.throws(() => addon.checkOptions('', options), { code: 'INVALID_ARGUMENT' });
        assert.throws(() => native.createColumnFamily({ name: 'a', options }), {
          code: 'INVALID_ARGUMENT',
        });
        assert.throws(() => native.setOptions(0, options), { code: 'INVALID_ARGUMENT' });
      }));
  }

  it('are refused: table_cache_numshardbits=30', () => {
    assert.throws(() => loadNativeAddon().checkOptions('table_cache_numshardbits=30', ''), {
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('handles that are gone', { skip }, () => {
  it('are refused: iterators, snapshots, writers', () =>
    withDatabase(async (database) => {
      const { native } = database;
      const iterator = database.iterator(0);
      native.closeIterator(iterator);
      const snapshot = native.createSnapshot();
      native.releaseSnapshot(snapshot);
      const writer = native.createSstFileWriter(0, database.path('written.sst'));
      const packed = packedRows([['a', 'b']]);
      writer.add(packed, packed.length);
      await writer.finish();

      assert.throws(() => native.next(iterator, 1), { code: 'CLOSED' });
      assert.throws(() => native.seek(iterator, KEY, 0, 1), { code: 'CLOSED' });
      assert.throws(() => native.closeIterator(iterator), { code: 'CLOSED' });
      assert.throws(() => native.releaseSnapshot(snapshot), { code: 'CLOSED' });
      assert.throws(() => database.iterator(0, '', undefined, snapshot), { code: 'CLOSED' });
      assert.throws(() => writer.add(packed, packed.length), { code: 'CLOSED' });
      assert.throws(() => writer.finish(), { code: 'CLOSED' });
      assert.throws(() => native.next(12345, 1), { code: 'INVALID_ARGUMENT' });
    }));

  it('are not taken for one of another kind', () =>
    withDatabase((database) => {
      const iterator = database.iterator(0);

      assert.throws(() => database.native.releaseSnapshot(iterator), { code: 'CLOSED' });
      assert.deepEqual(database.next(iterator, 1), []);
    }));
});

describe('the result buffer', { skip }, () => {
  it('that was transferred is not written to', () =>
    withDatabase((database) => {
      const buffer = new Uint8Array(64);
      database.native.setResultBuffer(buffer);
      database.put(1, 'a', 'value');
      structuredClone(buffer.buffer, { transfer: [buffer.buffer] });

      assert.equal(database.native.get(1, bytesOf('a'), 0, 1), 5);
      const taken = new Uint8Array(5);
      database.native.takeResult(taken);
      assert.deepEqual(taken, bytesOf('value'));
    }));

  it('must not be resizable', () =>
    withDatabase((database) => {
      const Resizable = ArrayBuffer as unknown as new (
        length: number,
        options: { maxByteLength: number },
      ) => ArrayBuffer;
      const buffer = new Uint8Array(new Resizable(8, { maxByteLength: 64 }));

      assert.throws(() => database.native.setResultBuffer(buffer), { code: 'INVALID_ARGUMENT' });
    }));

  it('may be shared, and may be a part of an array', () =>
    withDatabase((database) => {
      database.put(1, 'a', 'value');
      for (const array of [
        new Uint8Array(new SharedArrayBuffer(64)),
        new Uint8Array(new ArrayBuffer(64), 10, 8),
      ]) {
        database.native.setResultBuffer(array);

        assert.equal(database.native.get(1, bytesOf('a'), 0, 1), 5);
        assert.deepEqual([...array.subarray(0, 5)], [...bytesOf('value')]);
      }
    }));

  it('need not be there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-rocksdb-'));
    const native = await loadNativeAddon().open(folder, specOf([PLAIN]));
    const bytes = bytesOf('ab');
    native.put(0, bytes, 0, 1, 2);

    assert.equal(native.get(0, bytes, 0, 1), 1);
    assert.equal(
      native.next(native.createIterator(0, new Uint8Array(0), undefined, undefined), 1),
      10,
    );
    native.takeResult(new Uint8Array(10));
    await native.close();
    rmSync(folder, { recursive: true });
  });
});

describe('packed bytes', { skip }, () => {
  it('that end within an entry, or lie about it, are refused', () =>
    withDatabase((database) => {
      const { native } = database;
      const row = packedRows([['a', 'b']]);
      const writer = native.createSstFileWriter(0, database.path('written.sst'));
      const operation = joined([
        new Uint8Array([1]),
        integer(1),
        integer(1),
        integer(1),
        bytesOf('ab'),
      ]);
      const huge = joined([integer(0xffff_ffff), bytesOf('a')]);

      for (const call of [
        () => writer.add(row, row.length - 1),
        () => writer.add(row, row.length + 1),
        () => writer.add(huge, huge.length),
        () => native.write(operation, operation.length - 1),
        () => native.write(operation, operation.length + 1),
        () => native.multiGet(1, huge, huge.length, 1),
        () => native.multiGet(1, huge, huge.length, 2 ** 40),
        () => native.multiGet(1, integer(0), 4, 0),
      ]) {
        assert.throws(call, { code: 'INVALID_ARGUMENT' });
      }
    }));

  it('out of order are refused by a writer of a file', () =>
    withDatabase((database) => {
      const writer = database.native.createSstFileWriter(1, database.path('written.sst'));
      const rows = packedRows([
        ['b', ''],
        ['a', ''],
      ]);

      assert.throws(() => writer.add(rows, rows.length), { code: 'INVALID_ARGUMENT' });
    }));

  it('of no rows at all make no file', () =>
    withDatabase(async (database) => {
      const writer = database.native.createSstFileWriter(1, database.path('written.sst'));

      await assert.rejects(writer.finish(), { code: 'INVALID_ARGUMENT' });
    }));
});

describe('files that are not what they should be', { skip }, () => {
  it('are not taken in', () =>
    withDatabase(async (database) => {
      const path = database.path('garbage.sst');
      writeFileSync(path, 'garbage'.repeat(100));

      await assert.rejects(database.native.ingest(1, [path]), { code: 'CORRUPTION' });
      await assert.rejects(database.native.ingest(1, [database.path('absent.sst')]), {
        code: /^(IO_ERROR|NOT_FOUND)$/,
      });
    }));

  it('are no database', async () => {
    const addon = loadNativeAddon();

    assert.throws(() => addon.listColumnFamilies('/nowhere/db'), { code: 'NOT_FOUND' });
    assert.throws(() => addon.open('relative', specOf([])), { code: 'INVALID_ARGUMENT' });
    await assert.rejects(addon.open('/nowhere/deep/db', specOf([])), { code: 'IO_ERROR' });
    await withDatabase(async (database) => {
      await database.native.close();
      writeFileSync(database.path('db/CURRENT'), 'MANIFEST-999999\n');

      await assert.rejects(addon.open(database.path('db'), specOf([])), {
        code: /^(IO_ERROR|NOT_FOUND|CORRUPTION)$/,
      });
      writeFileSync(database.path('db/CURRENT'), 'nonsense');
      await assert.rejects(addon.open(database.path('db'), specOf([])), { code: 'CORRUPTION' });
    });
  });

  it('are not opened twice', () =>
    withDatabase(async (database) => {
      await assert.rejects(loadNativeAddon().open(database.path('db'), specOf([])), {
        code: 'IO_ERROR',
      });
      assert.equal(database.get(1, 'a'), undefined);
    }));
});

describe('ranges', { skip }, () => {
  it('that begin after their end are refused', () =>
    withDatabase((database) => {
      const { native } = database;
      const [a, b] = [bytesOf('a'), bytesOf('b')];

      assert.throws(() => native.deleteRange(0, b, a), { code: 'INVALID_ARGUMENT' });
      assert.throws(() => native.deleteFilesInRange(0, b, a), { code: 'INVALID_ARGUMENT' });
      assert.throws(() => native.compactRange(0, b, a), { code: 'INVALID_ARGUMENT' });
      assert.throws(() => database.write([{ kind: 4, columnFamily: 0, key: 'b', value: 'a' }]), {
        code: 'INVALID_ARGUMENT',
      });
    }));

  it('that are empty delete nothing', () =>
    withDatabase((database) => {
      database.put(0, 'a', 'x');

      database.native.deleteRange(0, bytesOf('a'), bytesOf('a'));
      database.native.deleteFilesInRange(0, bytesOf('a'), bytesOf('a'));
      database.write([{ kind: 4, columnFamily: 0, key: 'a', value: 'a' }]);

      assert.equal(database.get(0, 'a'), 'x');
    }));
});

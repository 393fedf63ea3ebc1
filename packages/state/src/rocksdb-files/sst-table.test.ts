import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { Types } from '@millrace/core';
import { blockContents } from './block-storage.ts';
import { ENTRY_KIND } from './internal-key.ts';
import { RocksDatabase } from './rocksdb-database.ts';
import { type TableForm, type WrittenEntry, writeDatabase } from './written-test-database.ts';

const HEADER = {
  compressed: false,
  keySerializer: Types.LONG.createSerializer().snapshotConfiguration(),
};
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const entry = (kind: number): WrittenEntry => ({
  key: text('a'),
  sequence: 1,
  kind,
  value: text('value'),
});

/** Reads all of a database of one file. */
async function read(form: TableForm, kind: number = ENTRY_KIND.VALUE): Promise<number> {
  const tables = [{ entries: [entry(kind)], form }];
  const { handle, openStateHandle } = writeDatabase({ values: tables }, { header: HEADER });
  const database = await RocksDatabase.open(handle, openStateHandle);
  let entries = 0;
  try {
    const cursor = database.cursor('values')!;
    await cursor.seek(new Uint8Array());
    await cursor.fill({ isFull: false, add: () => entries++, from: () => {} }, text('z'));
    await cursor.close();
  } finally {
    await database.close();
  }
  return entries;
}

describe('an SST file', () => {
  it('is read when nothing about it is unusual', async () => {
    assert.equal(await read({}), 1);
    assert.equal(await read({ parts: ['fullfilter.rocksdb.BuiltinBloomFilter'] }), 1);
  });

  const refused: [string, TableForm, RegExp][] = [
    ['of format version 1', { formatVersion: 1 }, /has format version 1; 2 to 5 are read/],
    ['of format version 6', { formatVersion: 6 }, /has format version 6; 2 to 5 are read/],
    ['that is a plain table', { magic: '8242229663bf9564' }, /is a plain table/],
    ['with checksums of XXH3', { checksumType: 4 }, /checksums of type 4, which is not known/],
    ['compressed by bzip2', { compression: 3 }, /compressed by bzip2, which is not read/],
    [
      'with a part that is not known',
      { parts: ['rocksdb.new'] },
      /a part "rocksdb.new", which is not known/,
    ],
    ['with a dictionary', { parts: ['rocksdb.compression_dict'] }, /compressed with a dictionary/],
    [
      'with an index that is not known',
      { properties: { 'rocksdb.block.based.table.index.type': Uint8Array.of(9, 0, 0, 0) } },
      /an index of type 9/,
    ],
    [
      'in another order',
      { properties: { 'rocksdb.comparator': text('mine') } },
      /ordered by the comparator mine/,
    ],
  ];
  for (const [what, form, message] of refused) {
    it(`${what} is refused by name`, async () => {
      await assert.rejects(read(form), { code: 'UNSUPPORTED', message });
    });
  }

  it('with entries for another merge operator is refused, but not without such', async () => {
    const properties = { 'rocksdb.merge.operator': text('uint64add') };

    assert.equal(await read({ properties }), 1);
    await assert.rejects(read({ properties }, ENTRY_KIND.MERGE), {
      code: 'UNSUPPORTED',
      message: /merge operator uint64add/,
    });
  });

  it('with kinds of entries that are not read is refused by their name, others are corrupt', async () => {
    await assert.rejects(read({}, 17), { code: 'UNSUPPORTED', message: /values in blob files/ });
    await assert.rejects(read({}, 22), { code: 'UNSUPPORTED', message: /wide columns/ });
    await assert.rejects(read({}, 99), { code: 'SNAPSHOT_CORRUPT', message: /the kind 99/ });
  });

  it('of another column family is corrupt', async () => {
    const properties = { 'rocksdb.column.family.name': text('others') };

    await assert.rejects(read({ properties }), {
      code: 'SNAPSHOT_CORRUPT',
      message: /RocksDB file 000011.sst .* it belongs to 'others', the manifest says to 'values'/,
    });
  });

  it('does not take more memory than its blocks can hold', () => {
    // The block says that it is compressed, and what it holds says it is 4 GB.
    const bomb = Buffer.concat([Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f), deflateRawSync('a')]);
    const stored = Buffer.concat([bomb, Uint8Array.of(2, 0, 0, 0, 0)]);

    assert.throws(
      () =>
        blockContents(stored, {
          source: 'a file',
          handle: { offset: 7, sizeBytes: bomb.length },
          checksumType: 'none',
        }),
      { code: 'SNAPSHOT_CORRUPT', message: /4294967295 bytes cannot be in it/ },
    );
  });
});

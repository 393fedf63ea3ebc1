import { DataOutputView, Types } from '@millrace/core';
import type { BenchSuite } from '@millrace/core/bench';
import { crc32c } from '../formats/crc32c.ts';
import { ENTRY_KIND } from './internal-key.ts';
import { RocksDatabase } from './rocksdb-database.ts';
import { type WrittenDatabase, type WrittenTable, writeDatabase } from './written-test-database.ts';

const KEY_BYTES = 16;
const VALUE_BYTES = 100; // a number of a text of twenty words, so snappy halves it
const LEVELS = 4;

/** Each key in one of the files, all of which overlap; or in order, as a compaction leaves them. */
function database(entries: number, form: { compression: number; overlap: boolean }) {
  const perFile: WrittenTable['entries'][number][][] = Array.from({ length: LEVELS }, () => []);
  const text = 'state of a job that runs for a long time '.repeat(3);
  for (let i = 0; i < entries; i++) {
    const key = new DataOutputView(KEY_BYTES);
    key.writeByte(Math.floor((i * 128) / entries));
    key.writeInt(i);
    key.writeLong(0);
    const at = form.overlap ? (i * 7919) % LEVELS : Math.floor((i * LEVELS) / entries);
    const value = Buffer.from(`${(i * 2_654_435_761) % 2 ** 32} ${text}`.slice(0, VALUE_BYTES));
    const bytes = key.bytes();
    perFile[at]!.push({ key: bytes, sequence: i + 1, kind: ENTRY_KIND.VALUE, value });
  }
  const header = {
    compressed: false,
    keySerializer: Types.LONG.createSerializer().snapshotConfiguration(),
  };
  const { compression } = form;
  const tables = perFile.map((each) => ({ entries: each, form: { compression } }));
  return writeDatabase({ values: tables }, { header });
}

function bytesOf({ handle }: WrittenDatabase): number {
  return handle.private.reduce(
    (sum, file) => sum + (file.handle.kind === 'byte-stream' ? file.handle.data.length : 0),
    0,
  );
}

function checksums({ handle }: WrittenDatabase, entries: number): number {
  for (const file of handle.private) {
    if (file.handle.kind === 'byte-stream' && file.localPath.endsWith('.sst')) {
      crc32c(file.handle.data);
    }
  }
  return entries;
}

/** @returns the number of entries */
async function readAll({ handle, openStateHandle }: WrittenDatabase): Promise<number> {
  const opened = await RocksDatabase.open(handle, openStateHandle);
  const cursor = opened.cursor('values')!;
  await cursor.seek(new Uint8Array());
  let entries = 0;
  let batch = 0;
  const sink = {
    get isFull() {
      return batch >= 1000;
    },
    add: () => {
      entries++;
      batch++;
    },
    from: () => {},
  };
  while (!(await cursor.fill(sink, Uint8Array.of(0x80)))) {
    batch = 0;
  }
  await opened.close();
  return entries;
}

export async function bench(suite: BenchSuite): Promise<void> {
  const entries = suite.size(400_000, 500);
  const plain = database(entries, { compression: 0, overlap: false });
  const snappy = database(entries, { compression: 1, overlap: false });
  const merged = database(entries, { compression: 1, overlap: true });
  const megabytes = (entries * (KEY_BYTES + VALUE_BYTES)) / 1e6;
  suite.report('keys and values', megabytes, 'MB');
  suite.report('the same in files with snappy', bytesOf(snappy) / 1e6, 'MB');
  await suite.compare('read all entries of RocksDB files', {
    baseline: 'checksums of the plain files alone',
    operations: entries,
    variants: {
      'checksums of the plain files alone': { run: () => checksums(plain, entries) },
      'plain blocks': { run: () => readAll(plain) },
      'snappy blocks': { run: () => readAll(snappy) },
      'snappy blocks of four files merged': { run: () => readAll(merged) },
    },
  });
}

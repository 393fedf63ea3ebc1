import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { FileSource } from '../source/file-source.ts';
import { runSource } from '../testing/source-harness.ts';
import { type ParquetFormatOptions, parquetFormat } from './parquet-format.ts';

const vega = createRequire(import.meta.url).resolve('vega-datasets');
const flights = join(dirname(vega), '../data/flights-3m.parquet');
/** Of the first row group of the flights. */
const ROW_GROUP_ROWS = 272_727;
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-parquet-'));
});

after(async () => {
  await rm(folder, { recursive: true });
});

async function write(name: string, query: string, options = ''): Promise<string> {
  const path = join(folder, name);
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet ${options})`);
  connection.closeSync();
  return path;
}

async function read(path: string, options: ParquetFormatOptions<unknown> = {}): Promise<unknown[]> {
  return (await runSource(FileSource.forBulkFileFormat(parquetFormat(options), path))).records;
}

describe('the flights', () => {
  it('are what hyparquet reads, with numbers for 64-bit integers and times', async () => {
    const rowEnd = 5000;
    const file = await asyncBufferFromFile(flights);
    const expected = await parquetReadObjects({ file, rowEnd, compressors });
    const source = FileSource.forBulkFileFormat(parquetFormat(), flights);

    const { records } = await runSource(source, { stopAfter: rowEnd, maxRecordsPerPoll: 1000 });

    assert.deepEqual(
      records,
      expected.map((row) => ({
        date: (row.date as Date).getTime(),
        delay: Number(row.delay),
        distance: Number(row.distance),
        origin: row.origin,
        destination: row.destination,
      })),
    );
  });

  it('go on at the next row across a row group after a restore', async () => {
    const source = FileSource.forBulkFileFormat(parquetFormat({ columns: ['delay'] }), flights);
    const options = { maxRecordsPerPoll: 10_000 };
    const stop = ROW_GROUP_ROWS - 5;

    const first = await runSource(source, { ...options, stopAfter: stop });
    const second = await runSource(source, { ...options, stopAfter: 10, from: first.checkpoint });
    const straight = await runSource(source, { ...options, stopAfter: stop + 10 });

    assert.deepEqual(second.records, straight.records.slice(stop));
  });
});

describe('Parquet columns', () => {
  it('may be chosen, ordered and mapped', async () => {
    const path = await write(
      'a',
      "SELECT 1::BIGINT a, 2 b, TIMESTAMP_MS '1969-12-31 23:59:59.5' t",
    );

    const mapped = await read(path, {
      columns: ['t', 'a'],
      rowMapper: (row) => Object.entries(row),
    });
    const dates = await read(path, { columns: ['t'], timestamps: 'date' });

    assert.deepEqual(mapped, [
      [
        ['t', -500],
        ['a', 1],
      ],
    ]);
    assert.deepEqual(dates, [{ t: new Date(-500) }]);
  });

  it('with nulls, plain and dictionary pages keep every value in its row', async () => {
    const values = 'CASE WHEN i % 3 = 0 THEN NULL ELSE i END';
    const query = `SELECT i::INT i, ${values} p, CASE WHEN i % 5 = 0 THEN NULL ELSE 'v' || i % 7 END d
      FROM range(3000) r(i)`;
    const expected = Array.from({ length: 3000 }, (_, i) => ({
      i,
      p: i % 3 === 0 ? null : i,
      d: i % 5 === 0 ? null : `v${i % 7}`,
    }));
    for (const codec of ['snappy', 'zstd', 'gzip', 'uncompressed']) {
      for (const version of ['V1', 'V2']) {
        const options = `, COMPRESSION ${codec}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE 2048`;
        const path = await write(`${codec}-${version}`, query, options);

        assert.deepEqual(await read(path), expected, `${codec} ${version}`);
      }
    }
  });

  it('of lists and structs become arrays and objects', async () => {
    const path = await write('n', "SELECT [1::BIGINT, NULL] l, {'a': 'x', 'b': [2]} s");

    assert.deepEqual(await read(path), [{ l: [1, null], s: { a: 'x', b: [2] } }]);
  });

  it('with a whole number beyond 2^53 fail, naming file, column and value', async () => {
    const path = await write('big', 'SELECT 9007199254740993::BIGINT id');

    await assert.rejects(read(path), {
      code: 'SOURCE_FAILED',
      message: /big: column 'id' of row group 0 .*9007199254740993 does not fit a number; leave/,
    });
  });

  it('that the file lacks are named', async () => {
    const path = await write('c', 'SELECT 1 a');

    await assert.rejects(read(path, { columns: ['b'] }), {
      code: 'SOURCE_FAILED',
      message: /has no column 'b', it has a; correct the columns/,
    });
  });
});

describe('a corrupt Parquet file', () => {
  it('is named, with the place', async () => {
    const bytes = await readFile(await write('good', "SELECT i, 'x' || i s FROM range(1000) r(i)"));
    const cut = join(folder, 'cut');
    const torn = join(folder, 'torn');
    const text = join(folder, 'text');
    await writeFile(cut, bytes.subarray(0, bytes.length - 10));
    await writeFile(torn, Buffer.from(bytes).fill(0xff, 4, 200));
    await writeFile(text, 'no parquet');

    for (const path of [cut, text]) {
      await assert.rejects(read(path), {
        code: 'SOURCE_FAILED',
        message: /(cut|text): its footer cannot be read: .*corrupt, truncated or no Parquet file/,
      });
    }
    await assert.rejects(read(torn), {
      code: 'SOURCE_FAILED',
      message: /torn: column 'i' of row group 0 \(rows from 0\) cannot be read/,
    });
  });
});

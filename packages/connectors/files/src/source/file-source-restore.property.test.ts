/** Restores in a row, of files that take several reads. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { csvFormat } from '../format/csv-format.ts';
import { jsonLinesFormat } from '../format/json-lines-format.ts';
import { parquetFormat } from '../format/parquet-format.ts';
import { textLineFormat } from '../format/text-line-format.ts';
import { runSource } from '../testing/source-harness.ts';
import { FileSource } from './file-source.ts';

interface Numbered {
  readonly n: number;
}

interface Case {
  /** Writes `count` numbered records of about `recordBytes`; gives a source of their numbers. */
  create(path: string, count: number, recordBytes: number): Promise<FileSource<unknown>>;
  numberOf(record: never): number;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const padded = (n: number, bytes: number): string => String(n).padEnd(bytes, '-');
const csvText = (count: number, bytes: number): string =>
  `n,s\n${numbers(count)
    // A line end inside quotes keeps the reader from cutting at any line.
    .map((n) => `${n},"${'-'.repeat(bytes)}\n"\n`)
    .join('')}`;
const csvNumbers = csvFormat<Numbered>({ columns: { n: 'int' }, header: true });
const numberOf = (record: Numbered): number => record.n;

const cases: Readonly<Record<string, Case>> = {
  txt: {
    create: async (path, count, bytes) => {
      await writeFile(
        path,
        numbers(count)
          .map((n) => `${padded(n, bytes)}\n`)
          .join(''),
      );
      return FileSource.forRecordStreamFormat(textLineFormat(), path);
    },
    numberOf: (line: string) => Number.parseInt(line, 10),
  },
  'txt in ranges': {
    create: async (path, count, bytes) => {
      await writeFile(
        path,
        numbers(count)
          .map((n) => `${padded(n, bytes)}\n`)
          .join(''),
      );
      return FileSource.forRecordStreamFormat(textLineFormat(), path).withSplitBytes(700_001);
    },
    numberOf: (line: string) => Number.parseInt(line, 10),
  },
  'txt.gz': {
    create: async (path, count, bytes) => {
      const text = numbers(count)
        .map((n) => `${padded(n, bytes)}\n`)
        .join('');
      await writeFile(`${path}.gz`, gzipSync(text));
      return FileSource.forRecordStreamFormat(textLineFormat(), `${path}.gz`);
    },
    numberOf: (line: string) => Number.parseInt(line, 10),
  },
  jsonl: {
    create: async (path, count, bytes) => {
      const line = (n: number): string => `${JSON.stringify({ n, s: '-'.repeat(bytes) })}\n`;
      await writeFile(path, numbers(count).map(line).join(''));
      return FileSource.forRecordStreamFormat(jsonLinesFormat<Numbered>(), path);
    },
    numberOf,
  },
  csv: {
    create: async (path, count, bytes) => {
      await writeFile(path, csvText(count, bytes));
      return FileSource.forRecordStreamFormat(csvNumbers, path);
    },
    numberOf,
  },
  'csv.gz': {
    create: async (path, count, bytes) => {
      await writeFile(`${path}.gz`, gzipSync(csvText(count, bytes)));
      return FileSource.forRecordStreamFormat(csvNumbers, `${path}.gz`);
    },
    numberOf,
  },
  parquet: {
    create: async (path, count) => {
      const connection = await (await DuckDBInstance.create()).connect();
      await connection.run(
        `COPY (SELECT i::INT n FROM range(${count}) r(i)) TO '${path}'
          (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
      );
      connection.closeSync();
      return FileSource.forBulkFileFormat(parquetFormat<Numbered>(), path);
    },
    numberOf,
  },
};

/** 1.2 MB, so that no format has fewer than four batches. */
const FILE_BYTES = 1_200_000;

describe('a file source that is restored again and again', () => {
  let folder = '';
  let files = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-restores-'));
  });

  after(async () => {
    await rm(folder, { recursive: true });
  });

  for (const [name, { create, numberOf }] of Object.entries(cases)) {
    it(`gives every record once, at whatever quiet point it stopped: ${name}`, async () => {
      const recordBytes = fc.integer({ min: 60, max: 4000 });
      const quietPoints = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(recordBytes, quietPoints, async (bytes, stops) => {
          const count = name === 'parquet' ? 9000 : Math.floor(FILE_BYTES / bytes);
          const path = join(folder, `${files++}`);
          const source = await create(path, count, bytes);

          const seen: number[] = [];
          let run = await runSource(source, { stopAfter: 0 });
          for (const stopAtQuietPoint of [...stops, Number.POSITIVE_INFINITY]) {
            run = await runSource(source, {
              stopAtQuietPoint,
              maxRecordsPerPoll: Number.POSITIVE_INFINITY,
              from: run.checkpoint,
            });
            seen.push(...run.records.map((record) => numberOf(record as never)));
          }

          const firstWrong = seen.findIndex((n, i) => n !== i);
          assert.deepEqual({ firstWrong, count: seen.length }, { firstWrong: -1, count });
        }),
        { numRuns: 15 },
      );
    });
  }
});

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { csvFormat } from '../format/csv-format.ts';
import { jsonLinesFormat } from '../format/json-lines-format.ts';
import { textLineFormat } from '../format/text-line-format.ts';
import { csvEncoder, jsonLinesEncoder, type RowEncoder } from '../sink/row-encoder.ts';
import { runSource } from '../testing/source-harness.ts';
import { FileSource } from './file-source.ts';

async function inFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-file-source-'));
  try {
    await action(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Row {
  readonly s: string | null;
  readonly n: number;
}

const row = fc.record<Row>(
  { s: fc.option(fc.string({ minLength: 1 })), n: fc.integer() },
  { noNullPrototype: true },
);
const format = fc.constantFrom('csv', 'jsonl', 'csv.gz', 'jsonl.gz');
const columns = { s: 'string', n: 'int' } as const;

function sourceOf(kind: string, folder: string): FileSource<Row> {
  const format = kind.startsWith('csv')
    ? csvFormat<Row>({ columns, header: true })
    : jsonLinesFormat<Row>();
  return FileSource.forRecordStreamFormat(format, folder);
}

function textOf(kind: string, rows: readonly Row[]): string {
  const encoder: RowEncoder<Row> = kind.startsWith('csv')
    ? csvEncoder<Row>({ columns: Object.keys(columns), header: true })
    : jsonLinesEncoder<Row>();
  return encoder.header + rows.map((r) => encoder.encode(r)).join('');
}

describe('a file source', () => {
  it('gives every record once, in order, wherever it is stopped and restored', async () => {
    const files = fc.array(fc.array(row, { maxLength: 20 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(files, format, fc.array(fc.nat(30), { maxLength: 4 }), (rows, kind, stops) =>
        inFolder(async (folder) => {
          for (const [i, content] of rows.entries()) {
            const text = textOf(kind, content);
            const bytes = kind.endsWith('.gz') ? gzipSync(text) : text;
            await writeFile(join(folder, `${i}.${kind}`), bytes);
          }
          const source = sourceOf(kind, folder);

          const seen: Row[] = [];
          let run = await runSource(source, { stopAfter: 0 });
          for (const stopAfter of [...stops, Number.POSITIVE_INFINITY]) {
            run = await runSource(source, { stopAfter, from: run.checkpoint });
            seen.push(...run.records);
          }

          assert.deepEqual(seen, rows.flat());
        }),
      ),
      { numRuns: 100 },
    );
  });

  it('reads every line once however the file is cut into ranges', async () => {
    const text = fc.array(fc.stringMatching(/^[a-zä]{0,6}$/)).map((lines) => lines.join('\n'));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 12 }), fc.nat(5), (content, bytes, stop) =>
        inFolder(async (folder) => {
          await writeFile(join(folder, 'a'), content);
          const whole = FileSource.forRecordStreamFormat(textLineFormat(), folder);
          const cut = whole.withSplitBytes(bytes);

          const expected = await runSource(whole);
          const first = await runSource(cut, { stopAfter: stop });
          const rest = await runSource(cut, { from: first.checkpoint });

          assert.deepEqual([...first.records, ...rest.records], expected.records);
        }),
      ),
      { numRuns: 200 },
    );
  });
});

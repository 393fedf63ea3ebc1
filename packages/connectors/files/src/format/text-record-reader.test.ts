import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { FileReader } from '@millrace/core';
import { csvFormat } from './csv-format.ts';
import type { FileReadRequest, FileRecordReader, StreamFormat } from './file-format.ts';
import { textLineFormat } from './text-line-format.ts';
import { type RecordDecoder, TextRecordReader } from './text-record-reader.ts';

const MEBIBYTE = 1024 * 1024;

function requestOf(content: Uint8Array, path: string): FileReadRequest {
  const file: FileReader = {
    sizeBytes: content.length,
    read: (position, length) => Promise.resolve(content.subarray(position, position + length)),
    close: () => Promise.resolve(),
  };
  const end = content.length;
  const yieldTurn = (): Promise<void> => Promise.resolve();
  return { path, file, start: 0, end, resumeOffset: undefined, yieldTurn };
}

async function recordsOf<T>(reader: FileRecordReader<T>): Promise<T[]> {
  const records: T[] = [];
  for (let batch = await reader.nextBatch(); batch; batch = await reader.nextBatch()) {
    for (let i = 0; i < batch.length; i++) {
      records.push(batch.record(i));
    }
  }
  await reader.close();
  return records;
}

async function read<T>(format: StreamFormat<T>, content: Uint8Array, path = 'a'): Promise<T[]> {
  return recordsOf(await format.open(requestOf(content, path)));
}

/** Lengths of lines; counts what it is given. */
class CountingDecoder implements RecordDecoder<number> {
  scannedBytes = 0;
  decodedBytes = 0;

  scan(piece: Buffer): number {
    this.scannedBytes += piece.length;
    return piece.lastIndexOf(0x0a) + 1;
  }

  decode(bytes: Buffer, into: number[]): void {
    this.decodedBytes += bytes.length;
    into.push(
      ...bytes
        .toString('latin1')
        .trimEnd()
        .split('\n')
        .map((line) => line.length),
    );
  }
}

describe('a text record reader', () => {
  it('scans and decodes each byte once, however many reads a record takes', async () => {
    const lengths = [3, 4 * MEBIBYTE, 5, 2 * MEBIBYTE + 1, 7];
    const content = Buffer.from(lengths.map((length) => `${'x'.repeat(length)}\n`).join(''));
    const decoder = new CountingDecoder();

    const records = await recordsOf(new TextRecordReader(requestOf(content, 'a'), decoder, 0));

    assert.deepEqual(records, lengths);
    assert.equal(decoder.scannedBytes, content.length);
    assert.equal(decoder.decodedBytes, content.length);
  });

  it('gives the records before one that no line end closes within 64 MiB, then fails', async () => {
    const content = Buffer.alloc(65 * MEBIBYTE, 'x');
    content.write('good\n');
    const reader = await textLineFormat().open(requestOf(content, 'long.txt'));

    const batch = await reader.nextBatch();

    assert.equal(batch?.record(0), 'good');
    await assert.rejects(reader.nextBatch(), {
      code: 'SOURCE_FAILED',
      message: /^long\.txt, line 2: the record is longer than 67108864 bytes: .*, in 'x{80}'/,
    });
  });

  it('leaves out a byte order mark that is unpacked in pieces', async () => {
    const mark = Buffer.from('\ufeff');
    const pieces = [mark.subarray(0, 1), mark.subarray(1, 2), mark.subarray(2), Buffer.from('a\n')];
    const content = Buffer.concat(pieces.map((piece) => gzipSync(piece)));

    assert.deepEqual(await read(textLineFormat(), content, 'a.gz'), ['a']);
  });

  it('gives a text of one byte and of part of a byte order mark', async () => {
    assert.deepEqual(await read(textLineFormat(), Buffer.from('a')), ['a']);
    assert.deepEqual(await read(textLineFormat({ charset: 'latin1' }), Buffer.from([0xef, 0xbb])), [
      'ï»',
    ]);
  });
});

describe('CSV', () => {
  it('keeps quoted line ends and doubled quotes of fields and names that take many reads', async () => {
    const long = '"a""\n'.repeat(MEBIBYTE / 4);
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const header = `n,${quoted(long)},s\n`;
    const content = Buffer.from(`${header}1,x,${quoted(long)}\n2,y,z\n`);

    const format = csvFormat({ columns: { n: 'int', s: 'string' }, header: true });

    assert.deepEqual(await read(format, content), [
      { n: 1, s: long },
      { n: 2, s: 'z' },
    ]);
  });
});

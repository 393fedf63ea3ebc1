import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { csvFormat } from '../format/csv-format.ts';
import { jsonLinesFormat } from '../format/json-lines-format.ts';
import { textLineFormat } from '../format/text-line-format.ts';
import { runSource } from '../testing/source-harness.ts';
import { FileSource } from './file-source.ts';
import { FileSourceSplitSerializer } from './file-source-split.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-file-source-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
  return path;
}

async function lines(...paths: string[]): Promise<string[]> {
  const source = FileSource.forRecordStreamFormat(textLineFormat(), ...paths);
  return (await runSource(source)).records;
}

describe('text lines', () => {
  it('are given without line ends, the last one also without having one', async () => {
    const path = await put('a.txt', '\ufeffeins\r\n\nzwölf\nlast');

    assert.deepEqual(await lines(path), ['eins', '', 'zwölf', 'last']);
  });

  it('are unpacked from gzip, of several members too', async () => {
    const path = await put('a.gz', Buffer.concat([gzipSync('a\nb'), gzipSync('c\nd\n')]));

    assert.deepEqual(await lines(path), ['a', 'bc', 'd']);
  });

  it('are decoded by the charset', async () => {
    const path = await put('a.txt', Buffer.from([0xe4, 0x0a, 0x80]));

    const source = FileSource.forRecordStreamFormat(
      textLineFormat({ charset: 'windows-1251' }),
      path,
    );

    assert.deepEqual((await runSource(source)).records, ['д', 'Ђ']);
  });

  it('of charsets in which a line end is no byte are refused', () => {
    assert.throws(() => textLineFormat({ charset: 'utf-16le' }), { code: 'CONFIG_VALUE_INVALID' });
    assert.throws(() => textLineFormat({ charset: 'klingon' }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /'klingon'; use a label/,
    });
  });

  it('longer than a read are whole', async () => {
    const long = 'x'.repeat(700_000);
    const path = await put('a.txt', `${long}\nb\n${long}`);

    assert.deepEqual(await lines(path), [long, 'b', long]);
  });
});

describe('the paths of a file source', () => {
  it('are read with all below them, by path, without hidden and unfinished files', async () => {
    await put('d/b/2.txt', 'b2');
    await put('d/a.txt', 'a');
    await put('d/.hidden', 'no');
    await put('d/_temporary/x', 'no');
    await put('d/.part-0-0.inprogress.1', 'no');

    assert.deepEqual(await lines(join(folder, 'd'), join(folder, 'd/a.txt')), ['a', 'b2']);
  });

  it('must exist', async () => {
    await assert.rejects(lines(join(folder, 'none')), {
      code: 'FILE_NOT_FOUND',
      message: /none does not exist; correct the path/,
    });
  });

  it('must hold a file', async () => {
    await put('d/.hidden', 'no');

    await assert.rejects(lines(join(folder, 'd')), {
      code: 'SOURCE_FAILED',
      message: /there is no file to read in .*; names that begin with '\.'/,
    });
  });

  it('are at least one', () => {
    assert.throws(() => FileSource.forRecordStreamFormat(textLineFormat()), {
      code: 'CONFIG_VALUE_INVALID',
    });
  });
});

describe('a file source that fails', () => {
  it('hands out the lines before malformed JSON and names file, line and excerpt', async () => {
    const good = '{"n":1}\n'.repeat(40_000);
    const path = await put('a.jsonl', `${good}\n{"n":2\n{"n":3}\n`);
    const source = FileSource.forRecordStreamFormat(jsonLinesFormat(), path);

    await assert.rejects(runSource(source), {
      code: 'SOURCE_FAILED',
      message: /a\.jsonl, line 40002: not a JSON text .* in '\{\\"n\\":2'; correct the line/,
    });

    const { records } = await runSource(source, { stopAfter: 40_000 });
    assert.equal(records.length, 40_000);
  });

  it('says where a gzip file ends too early', async () => {
    const path = await put('a.gz', gzipSync('line\n'.repeat(1000)));
    await truncate(path, 20);

    await assert.rejects(lines(path), {
      code: 'SOURCE_FAILED',
      message: /a\.gz cannot be unpacked after \d+ bytes of text: .*truncated or corrupt/,
    });
  });

  it('says that a gzip file is none', async () => {
    const path = await put('a.gz', 'plain text');

    await assert.rejects(lines(path), { code: 'SOURCE_FAILED', message: /incorrect header/ });
  });

  it('names a file that was removed after it was found', async () => {
    await put('a.txt', '1\n2\n');
    const path = await put('b.txt', '3\n');
    const source = FileSource.forRecordStreamFormat(textLineFormat(), folder);
    const { checkpoint } = await runSource(source, { stopAfter: 1 });
    await rm(path);

    await assert.rejects(runSource(source, { from: checkpoint }), {
      code: 'FILE_NOT_FOUND',
      message: /b\.txt/,
    });
  });
});

describe('CSV', () => {
  const columns = { name: 'string', n: 'int', ok: 'boolean', at: 'timestamp' } as const;

  async function read(text: string, header = false): Promise<unknown[]> {
    const path = await put('a.csv', text);
    const source = FileSource.forRecordStreamFormat(csvFormat({ columns, header }), path);
    return (await runSource(source)).records;
  }

  it('keeps delimiters, quotes and line ends of quoted fields', async () => {
    const records = await read('"a,""b""\nc",1,true,1970-01-01T00:00:01Z\r\n,-2,FALSE,\n');

    assert.deepEqual(records, [
      { name: 'a,"b"\nc', n: 1, ok: true, at: 1000 },
      { name: null, n: -2, ok: false, at: null },
    ]);
  });

  it('finds columns by the names of the header', async () => {
    const records = await read('\ufeffat,other,ok,n,name\n,x,true,7,z\n', true);

    assert.deepEqual(records, [{ name: 'z', n: 7, ok: true, at: null }]);
  });

  it('names a column that the header lacks', async () => {
    await assert.rejects(read('name,n,ok\n', true), {
      code: 'SOURCE_FAILED',
      message: /a\.csv, line 1: the header has no column 'at', it names name, n, ok/,
    });
  });

  it('names line, column and value of a field that is not of its type', async () => {
    await assert.rejects(read('"two\nlines",1,true,\n\nb,1.5,true,\n'), {
      code: 'SOURCE_FAILED',
      message: /a\.csv, line 4: column 'n' has '1\.5', which is not its type, in 'b,1\.5,true,'/,
    });
  });

  it('counts the fields', async () => {
    await assert.rejects(read('a,1,true,\nb,1\n'), {
      code: 'SOURCE_FAILED',
      message: /line 2: 2 fields where 4 are expected, in 'b,1'/,
    });
  });

  it('refuses a stray quote, and says in which line', async () => {
    await assert.rejects(read('a,1,true,\nb"x"y,1,true,\nc,1,true,\n'), {
      code: 'SOURCE_FAILED',
      message: /a\.csv, line 2: /,
    });
  });

  it('refuses a quote that is never closed', async () => {
    await assert.rejects(read('a,1,true,\n"b,1,true,\nc,1,true,\n'), {
      code: 'SOURCE_FAILED',
      message: /a\.csv, line 2: .*[Qq]uote/,
    });
  });

  it('gives nothing for an empty file, with and without a header', async () => {
    assert.deepEqual(await read('', true), []);
    assert.deepEqual(await read('name,n,ok,at\n', true), []);
    assert.deepEqual(await read(''), []);
  });

  it('needs columns, one quote character and a delimiter', () => {
    for (const wrong of [{ columns: {} }, { columns, quote: '""' }, { columns, delimiter: '' }]) {
      assert.throws(() => csvFormat(wrong), { code: 'CONFIG_VALUE_INVALID' });
    }
  });
});

describe('a source that monitors continuously', () => {
  it('reads files that come later, once, also after a restore', async () => {
    await put('a.txt', '1\n2\n');
    const source = FileSource.forRecordStreamFormat(textLineFormat(), folder).monitorContinuously({
      intervalMs: 1,
    });

    const first = await runSource(source, { stopAfter: 2 });
    await put('b.txt', '3\n');
    const second = await runSource(source, { stopAfter: 1, from: first.checkpoint });

    assert.equal(source.boundedness, 'continuous-unbounded');
    assert.deepEqual([first.records, second.records], [['1', '2'], ['3']]);
  });

  it('waits in an empty folder', async () => {
    const source = FileSource.forRecordStreamFormat(textLineFormat(), folder).monitorContinuously({
      intervalMs: 1,
    });

    const running = runSource(source, { stopAfter: 1 });
    await put('late.txt', 'late\n');

    assert.deepEqual((await running).records, ['late']);
  });

  it('takes no interval below 1', () => {
    const source = FileSource.forRecordStreamFormat(textLineFormat(), folder);

    assert.throws(() => source.monitorContinuously({ intervalMs: 0 }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /intervalMs is 0; use a whole number from 1/,
    });
  });
});

describe('the split serializer', () => {
  const split = { splitId: 'ä@5', path: 'file:/ä', offset: 5, length: 9, position: undefined };

  it('gives back what it was given', () => {
    const serializer = new FileSourceSplitSerializer();
    const withPosition = { ...split, position: { offset: 6, recordsAfterOffset: 2 } };

    const back = [split, withPosition].map((s) =>
      serializer.deserialize(1, serializer.serialize(s)),
    );

    assert.deepEqual(back, [split, withPosition]);
  });

  it('refuses other versions, missing and surplus bytes', () => {
    const serializer = new FileSourceSplitSerializer();
    const bytes = serializer.serialize(split);

    assert.throws(() => serializer.deserialize(2, bytes), { code: 'SNAPSHOT_VERSION_UNSUPPORTED' });
    assert.throws(() => serializer.deserialize(1, bytes.subarray(1)), { code: 'SNAPSHOT_CORRUPT' });
    assert.throws(() => serializer.deserialize(1, Buffer.concat([bytes, bytes])), {
      code: 'SNAPSHOT_CORRUPT',
      message: /bytes too many/,
    });
  });
});

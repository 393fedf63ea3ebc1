import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import { csvEncoder, jsonLinesEncoder, stringEncoder } from './row-encoder.ts';

describe('csvEncoder', () => {
  it('quotes what needs it, so that a CSV reader gives back every text', () => {
    const texts = ['plain', 'a,b', 'say "hi"', 'two\nlines', 'cr\rlf\r\n', ' space ', '', '"'];
    const encoder = csvEncoder({ columns: ['text', 'n'], header: true });

    const csv = encoder.header + texts.map((text, n) => encoder.encode({ text, n })).join('');

    const expected = texts.map((text, n) => ({ text, n: String(n) }));
    const read = parse(csv, { columns: true, record_delimiter: '\n' });
    assert.deepEqual(
      read.map((record) => ({ ...(record as object) })),
      expected,
    );
  });

  it('tells an absent value from an empty text, and writes dates as ISO', () => {
    const encoder = csvEncoder<{ a: unknown }>({ columns: ['a', 'b'], delimiter: ';' });

    const rows = [null, '', new Date(0), 1n, 'x;y'].map((a) => encoder.encode({ a }));

    assert.deepEqual(rows, [';\n', '"";\n', '1970-01-01T00:00:00.000Z;\n', '1;\n', '"x;y";\n']);
  });

  it('refuses objects and bad options', () => {
    const encoder = csvEncoder({ columns: ['a'] });

    assert.throws(() => encoder.encode({ a: {} }), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: /column 'a' holds an object/,
    });
    assert.throws(() => csvEncoder({ columns: { a: 'a' } as never }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /give the names of properties/,
    });
    assert.throws(() => csvEncoder({ columns: [] }), { code: 'CONFIG_VALUE_INVALID' });
    assert.throws(() => csvEncoder({ columns: ['a'], delimiter: '"' }), {
      code: 'CONFIG_VALUE_INVALID',
    });
  });
});

describe('jsonLinesEncoder', () => {
  it('gives one line for each record, whatever its texts hold', () => {
    const encoder = jsonLinesEncoder();

    assert.equal(encoder.encode({ a: 'x\ny', b: [1, null] }), '{"a":"x\\ny","b":[1,null]}\n');
  });

  it('refuses what has no JSON form', () => {
    const encoder = jsonLinesEncoder();
    const circular: { self?: unknown } = {};
    circular.self = circular;

    for (const value of [undefined, () => 1, 1n, circular]) {
      assert.throws(() => encoder.encode(value), { code: 'VALUE_NOT_SERIALIZABLE' });
    }
  });
});

describe('stringEncoder', () => {
  it('ends each text with a line end', () => {
    assert.equal(stringEncoder().encode('a'), 'a\n');
  });
});

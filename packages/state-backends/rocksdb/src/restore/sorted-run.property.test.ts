import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { packedKey, packedRowBytes, ROW_HEAD_BYTES, uint32At } from '../database/packed-rows.ts';
import { SortedRun } from './sorted-run.ts';

const PREFIX = Uint8Array.of(7);
const rowsArbitrary = fc.uniqueArray(
  fc.record({ key: fc.uint8Array({ maxLength: 12 }), value: fc.uint8Array({ maxLength: 9 }) }),
  { selector: ({ key }) => Buffer.from(key).toString('hex'), minLength: 1, maxLength: 60 },
);

interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

function add(run: SortedRun, { key, value }: Row): void {
  const source = Buffer.concat([Buffer.from('xx'), key, Buffer.from('yyy'), value]);
  const valueStart = 5 + key.length;
  run.add(PREFIX, source, 2, 2 + key.length, valueStart, valueStart + value.length);
}

/** Key and value of each row that it hands on, in hexadecimal. */
function taken(run: SortedRun): string[] {
  const rows: string[] = [];
  for (const chunk of run.take()) {
    let last = 0;
    for (let at = 0; at < chunk.end; at += packedRowBytes(chunk.rows, at)) {
      const keyEnd = at + ROW_HEAD_BYTES + uint32At(chunk.rows, at);
      const value = chunk.rows.subarray(keyEnd, at + packedRowBytes(chunk.rows, at));
      rows.push(`${hex(packedKey(chunk.rows, at))}=${hex(value)}`);
      last = at;
    }
    assert.equal(chunk.last, last);
  }
  return rows;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const textOf = ({ key, value }: Row): string => `${hex(PREFIX)}${hex(key)}=${hex(value)}`;

describe('a run of rows', () => {
  it('comes out in the order of the bytes of its keys, whatever order it came in', () => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        const run = new SortedRun(1 << 20);
        for (const row of rows) {
          add(run, row);
        }

        const sorted = [...rows].sort((a, b) => Buffer.compare(a.key, b.key));
        assert.deepEqual(taken(run), sorted.map(textOf));
        assert.equal(run.isEmpty, true);
      }),
    );
  });

  it('that is in order passes through before it ends', () => {
    const run = new SortedRun(1 << 30);
    let count = 0;
    for (; !run.isDue; count++) {
      const key = Buffer.alloc(8);
      key.writeUInt32BE(count, 4);
      add(run, { key, value: Buffer.alloc(1000) });
    }

    assert.equal(taken(run).length, count);
    assert.ok(count < 500, `${count} rows of 1000 bytes were held`);
  });

  it('that is not in order is held up to its bound', () => {
    const run = new SortedRun(1 << 20);
    let count = 0;
    for (; !run.isDue; count++) {
      add(run, { key: Buffer.from(`${1_000_000 - count}`), value: Buffer.alloc(1000) });
    }

    assert.ok(count > 1000 && count < 1100, `${count} rows of 1000 bytes were held`);
  });

  it('with a key twice is corrupt', () => {
    const run = new SortedRun(1 << 20);
    for (const key of ['b', 'a', 'b']) {
      add(run, { key: Buffer.from(key), value: Buffer.alloc(1) });
    }

    assert.throws(() => taken(run), { code: 'SNAPSHOT_CORRUPT', message: /0762 twice/ });
  });

  it('of one entry larger than a chunk comes out whole', () => {
    const run = new SortedRun(1 << 20);
    const rows = ['b', 'a'].map((key) => ({ key: Buffer.from(key), value: Buffer.alloc(600_000) }));
    for (const row of rows) {
      add(run, row);
    }

    assert.deepEqual(taken(run), rows.reverse().map(textOf));
  });

  it('refuses a key that RocksDB does not take', () => {
    const run = new SortedRun(1 << 20);

    assert.throws(() => add(run, { key: Buffer.alloc(9 << 20), value: Buffer.alloc(1) }), {
      code: 'ROCKSDB_ENTRY_TOO_LARGE',
    });
  });
});

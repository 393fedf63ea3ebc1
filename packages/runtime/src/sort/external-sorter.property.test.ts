import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DataOutputView, MIN_TIMESTAMP, type TypeSerializer, Types } from '@millrace/core';
import fc from 'fast-check';
import { ExternalSorter } from './external-sorter.ts';

interface Emitted {
  readonly timestamp: number;
  readonly input: number;
  readonly value: unknown;
}

interface Added extends Emitted {
  readonly key: string;
}

const SERIALIZERS = [
  Types.STRING.createSerializer(),
  Types.LONG.createSerializer(),
] as TypeSerializer<unknown>[];

const record = fc
  .record({
    key: fc.string({ unit: 'binary', maxLength: 12 }),
    timestamp: fc.oneof(fc.constant(MIN_TIMESTAMP), fc.integer({ min: -3, max: 3 })),
  })
  .chain((head) =>
    fc.oneof(
      fc.string({ maxLength: 200 }).map((value) => ({ ...head, input: 0, value })),
      fc.maxSafeInteger().map((value) => ({ ...head, input: 1, value })),
    ),
  );

describe('the external sorter', () => {
  it('gives the records by key and timestamp, in their order where both are equal', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 100 }),
        fc.constantFrom(100, 2_000, 1_000_000),
        fc.integer({ min: 2, max: 5 }),
        (records, memoryBytes, maxFan) => {
          const sorted = sort(records, { memoryBytes, maxFan });

          assert.deepEqual(sorted, modelSort(records));
        },
      ),
    );
  });

  it('leaves no file behind, not even while it is read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-sort-'));
    try {
      const sorter = new ExternalSorter({ ...OPTIONS, spillFolder: folder, memoryBytes: 64 });
      for (let i = 0; i < 20; i++) {
        sorter.add(Buffer.from(`key-${i % 3}`), `value ${i}`, { timestamp: i, input: 0 });
      }
      sorter.finish();

      assert.ok(sorter.numberOfSpilledFiles > 10);
      assert.equal(sorter.next(), true);
      assert.deepEqual(readdirSync(folder), []);
      sorter.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names the option for another folder when its folder cannot be written', () => {
    const sorter = new ExternalSorter({
      ...OPTIONS,
      spillFolder: join(fileURLToPath(import.meta.url), 'below-a-file'),
      memoryBytes: 1,
    });

    assert.throws(() => sorter.add(Buffer.from('k'), 'v', { timestamp: 0, input: 0 }), {
      code: 'IO_EXCEPTION',
      message: /io\.tmp\.dirs/,
    });
  });
});

const OPTIONS = {
  serializers: SERIALIZERS,
  spillFolder: join(tmpdir(), 'millrace-sort-test'),
  name: 'test',
  maxFan: 4,
};

function sort(
  records: readonly Added[],
  options: { readonly memoryBytes: number; readonly maxFan: number },
): Emitted[] {
  const sorter = new ExternalSorter({ ...OPTIONS, ...options });
  try {
    for (const { key, value, timestamp, input } of records) {
      sorter.add(bytesOf(key), value, { timestamp, input });
    }
    sorter.finish();
    const sorted: Emitted[] = [];
    while (sorter.next()) {
      const { value, timestamp, input } = sorter;
      sorted.push({ timestamp, input, value });
    }
    return sorted;
  } finally {
    sorter.close();
  }
}

function modelSort(records: readonly Added[]): Emitted[] {
  return records
    .map(({ key, timestamp, input, value }) => ({
      key: bytesOf(key),
      emitted: { timestamp, input, value },
    }))
    .toSorted(
      (a, b) =>
        Buffer.compare(a.key, b.key) || compareTimes(a.emitted.timestamp, b.emitted.timestamp),
    )
    .map(({ emitted }) => emitted);
}

function compareTimes(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function bytesOf(key: string): Uint8Array {
  const target = new DataOutputView();
  Types.STRING.createSerializer().serialize(key, target);
  return target.copyBytes();
}

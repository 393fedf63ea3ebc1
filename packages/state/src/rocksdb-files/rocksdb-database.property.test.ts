import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Types } from '@millrace/core';
import fc from 'fast-check';
import { compareKeys } from './block-cursor.ts';
import { ENTRY_KIND } from './internal-key.ts';
import { RocksDatabase } from './rocksdb-database.ts';
import { type WrittenEntry, type WrittenTable, writeDatabase } from './written-test-database.ts';

const HEADER = {
  compressed: false,
  keySerializer: Types.LONG.createSerializer().snapshotConfiguration(),
};
const KINDS = [
  ENTRY_KIND.VALUE,
  ENTRY_KIND.VALUE,
  ENTRY_KIND.MERGE,
  ENTRY_KIND.MERGE,
  ENTRY_KIND.DELETION,
  ENTRY_KIND.SINGLE_DELETION,
];
const key = fc.uint8Array({ minLength: 1, maxLength: 3, max: 2 });
const operation = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constantFrom(...KINDS), key, value: key }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant(ENTRY_KIND.RANGE_DELETION), key, value: key }),
  },
);
/** What was written between flushes. */
const history = fc.array(fc.array(operation, { minLength: 1, maxLength: 20 }), { maxLength: 8 });
const form = fc.record({
  blockBytes: fc.constantFrom(1, 50, 4096),
  restartInterval: fc.integer({ min: 1, max: 5 }),
  compression: fc.constantFrom(0, 1),
});

type Operation = Omit<WrittenEntry, 'sequence'>;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** One operation after the other on a map of texts. */
function model(all: readonly Operation[]): [string, string][] {
  const values = new Map<string, string>();
  for (const { kind, key: at, value } of all) {
    const name = hex(at);
    const before = values.get(name);
    switch (kind) {
      case ENTRY_KIND.VALUE:
        values.set(name, hex(value));
        break;
      case ENTRY_KIND.MERGE:
        values.set(name, before === undefined ? hex(value) : `${before}2c${hex(value)}`);
        break;
      case ENTRY_KIND.RANGE_DELETION:
        for (const each of [...values.keys()]) {
          const found = Buffer.from(each, 'hex');
          if (Buffer.compare(found, at) >= 0 && Buffer.compare(found, value) < 0) {
            values.delete(each);
          }
        }
        break;
      default:
        values.delete(name);
    }
  }
  return [...values].sort(([a], [b]) =>
    Buffer.compare(Buffer.from(a, 'hex'), Buffer.from(b, 'hex')),
  );
}

/** Each flush makes a file; sequence numbers count operations. */
function tablesOf(
  flushes: readonly (readonly Operation[])[],
  tableForm: WrittenTable['form'],
): WrittenTable[] {
  let sequence = 0;
  return flushes.map((operations) => {
    const all = operations.map((each): WrittenEntry => ({ ...each, sequence: ++sequence }));
    const isRange = ({ kind }: WrittenEntry): boolean => kind === ENTRY_KIND.RANGE_DELETION;
    const byKey = (a: WrittenEntry, b: WrittenEntry): number =>
      compareKeys(a.key, a.key.length, b.key) || b.sequence - a.sequence;
    const ranges = all.filter(isRange).sort(byKey);
    return {
      entries: all.filter((each) => !isRange(each)).sort(byKey),
      ...(ranges.length === 0 ? {} : { rangeDeletions: ranges }),
      form: tableForm!,
    };
  });
}

async function contentOf(
  database: RocksDatabase,
  from: Uint8Array,
  end: Uint8Array,
): Promise<[string, string][]> {
  const found: [string, string][] = [];
  const cursor = database.cursor('values')!;
  await cursor.seek(from);
  let batch = 0;
  const sink = {
    get isFull() {
      return batch >= 3;
    },
    add: (bytes: Uint8Array, length: number, value: readonly Uint8Array[]) => {
      batch++;
      found.push([hex(bytes.subarray(0, length)), value.map(hex).join('')]);
    },
    from: () => {},
  };
  while (!(await cursor.fill(sink, end))) {
    batch = 0;
  }
  await cursor.close();
  return found;
}

describe('a database', () => {
  it('holds what a plain map does after the same history, from any key to any other', async () => {
    await fc.assert(
      fc.asyncProperty(history, form, key, key, async (flushes, tableForm, a, b) => {
        const tables = tablesOf(flushes, tableForm);
        const written = writeDatabase({ values: tables }, { header: HEADER });
        const expected = model(flushes.flat());
        const database = await RocksDatabase.open(written.handle, written.openStateHandle);

        const all = await contentOf(database, new Uint8Array(), Uint8Array.of(0xff));
        const part = await contentOf(database, a, b);
        await database.close();

        assert.deepEqual(all, expected);
        const within = ([name]: [string, string]): boolean => {
          const bytes = Buffer.from(name, 'hex');
          return Buffer.compare(bytes, a) >= 0 && Buffer.compare(bytes, b) < 0;
        };
        assert.deepEqual(part, expected.filter(within));
      }),
      { numRuns: 300 },
    );
  });
});

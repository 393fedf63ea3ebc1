/** States of all kinds against a plain model: any accesses, evictions, and barriers at any moment. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { RocksDatabase } from '../database/rocks-database.ts';
import { WriteBatch } from '../database/write-batch.ts';
import { MemoryStateDatabase } from './memory-state-database-fixture.ts';
import { type Contents, ModelledStates } from './modelled-states-fixture.ts';
import { States, type StatesOptions } from './states-fixture.ts';
import type { StateDatabase } from './value-cache.ts';

const COLUMN_FAMILIES = 10; // of `ModelledStates`
const HEAD_BYTES = 8; // of a row, as NativeDatabase.next gives them

const STEP = fc.oneof(
  { weight: 100, arbitrary: fc.record({ kind: fc.constant('act' as const), seed: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('fix' as const) }) },
  { weight: 30, arbitrary: fc.record({ kind: fc.constant('step' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('writeAll' as const) }) },
);
/** From nothing is kept to all is. */
const CAPACITY = fc.constantFrom(0, 1500, 6000, 15_000, 40_000, 1 << 30);
/** Of memory: none is packed, as much as can be, or so little that rows are always on the move. */
const PACKED_SHARE = fc.constantFrom(0, 0.1, 0.5);
const BATCH_BYTES = fc.constantFrom(1, 300, 1 << 20);

describe('states', () => {
  it('hold what a plain model holds, with any cache and barriers at any moment', () => {
    fc.assert(
      fc.property(
        fc.array(STEP, { minLength: 100, maxLength: 600, size: 'max' }),
        CAPACITY,
        BATCH_BYTES,
        PACKED_SHARE,
        (steps, capacityBytes, batchBytes, packedShare) => {
          const database = new MemoryStateDatabase();
          const options = { capacityBytes, batchBytes, packedShare };
          const { copies } = run(database, steps, options, 300);

          assert.equal(database.openIterators, 0);
          for (const { rows, expected } of copies) {
            assert.deepEqual(contentsOf(rows), expected);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('states in RocksDB', { skip: whyNoNativeAddon() ?? false }, () => {
  let path: string;
  let database: RocksDatabase;

  before(async () => {
    path = await mkdtemp(join(tmpdir(), 'millrace-states-'));
    database = await RocksDatabase.open(path, {
      dbOptions: 'create_if_missing=true',
      columnFamilies: Array.from({ length: COLUMN_FAMILIES }, (_, i) => ({
        name: `state ${i}`,
        options: 'merge_operator=stringappendtest',
      })),
      statistics: false,
    });
  });

  after(async () => {
    await database.close();
    await rm(path, { recursive: true });
  });

  it('hold what a plain model holds, with any cache and barriers at any moment', () => {
    fc.assert(
      fc.property(
        fc.array(STEP, { minLength: 100, maxLength: 600, size: 'max' }),
        CAPACITY,
        PACKED_SHARE,
        (steps, capacityBytes, packedShare) => {
          for (let columnFamily = 0; columnFamily < COLUMN_FAMILIES; columnFamily++) {
            database.deleteRange(columnFamily, Uint8Array.of(0), Uint8Array.of(0xff));
          }
          const { copies } = run(database, steps, { capacityBytes, packedShare }, 1100);

          for (const { rows, expected } of copies) {
            assert.deepEqual(contentsOf(rows), expected);
          }
        },
      ),
      { numRuns: 10 },
    );
  });
});

interface Copy {
  readonly rows: WriteBatch;
  readonly expected: Contents;
}

type Step = typeof STEP extends fc.Arbitrary<infer S> ? S : never;

/** Also checks what the states hold at the end. */
function run(
  database: StateDatabase,
  steps: readonly Step[],
  options: StatesOptions,
  largeRows: number,
): { copies: Copy[] } {
  const states = new States(database, options);
  const modelled = new ModelledStates(states, largeRows);
  const copies: Copy[] = [];
  for (const step of steps) {
    switch (step.kind) {
      case 'act':
        modelled.act(step.seed);
        break;
      case 'fix': {
        const expected = modelled.model();
        states.barrier.fix(() => copies.push({ rows: rowsOf(database), expected }));
        break;
      }
      case 'step':
        states.barrier.step();
        break;
      case 'cancel':
        states.barrier.cancel();
        break;
      case 'writeAll':
        states.writeAll();
        copies.push({ rows: rowsOf(database), expected: modelled.model() });
    }
  }
  assert.deepEqual(modelled.read(), modelled.model());
  states.writeAll();
  assert.equal(states.store.cache.dirtyEntries, 0);
  copies.push({ rows: rowsOf(database), expected: modelled.model() });
  return { copies };
}

function rowsOf(database: StateDatabase): WriteBatch {
  const batch = new WriteBatch();
  for (let columnFamily = 0; columnFamily < COLUMN_FAMILIES; columnFamily++) {
    const iterator = database.createIterator(columnFamily, { lower: Uint8Array.of(0) });
    for (let end = database.next(iterator, 1000); end > 0; end = database.next(iterator, 1000)) {
      const { result } = database;
      const numbers = new DataView(result.buffer);
      for (let at = 0; at < end; ) {
        const keyStart = at + HEAD_BYTES;
        const keyEnd = keyStart + numbers.getUint32(at, true);
        const valueEnd = keyEnd + numbers.getUint32(at + 4, true);
        batch.put(columnFamily, result, keyStart, keyEnd, valueEnd);
        at = valueEnd;
      }
    }
    database.closeIterator(iterator);
  }
  return batch;
}

/** As states read it that know nothing but the rows. */
function contentsOf(rows: WriteBatch): Contents {
  const database = new MemoryStateDatabase();
  database.write(rows);
  const modelled = new ModelledStates(new States(database, { capacityBytes: 1 << 30 }), 0);
  modelled.readAhead();
  return modelled.read();
}

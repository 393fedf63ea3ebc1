/** Against a sorted map: any operations, flushes and compactions between them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { whyNoNativeAddon } from './load-native-addon.ts';
import { LISTS, PLAIN, type TestDatabase, withDatabase } from './native-addon.test.kit.ts';
import { BatchOperation } from './native-addon.ts';

const RUNS = 60;

const key = fc.string({ unit: fc.constantFrom('a', 'b', '\u0001'), maxLength: 3 });
const value = fc.string({ maxLength: 40 });

type RowChange =
  | { readonly kind: 'put' | 'merge'; readonly key: string; readonly value: string }
  | { readonly kind: 'delete'; readonly key: string };
type Step =
  | RowChange
  | { readonly kind: 'deleteRange'; readonly key: string; readonly end: string }
  | { readonly kind: 'flush' | 'compact' };

const rowChange: fc.Arbitrary<RowChange> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('put' as const), key, value }), weight: 5 },
  { arbitrary: fc.record({ kind: fc.constant('merge' as const), key, value }), weight: 3 },
  { arbitrary: fc.record({ kind: fc.constant('delete' as const), key }), weight: 2 },
);
const rangeDeletion = fc.record({ kind: fc.constant('deleteRange' as const), key, end: key });
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: rowChange, weight: 10 },
  { arbitrary: rangeDeletion, weight: 1 },
  {
    arbitrary: fc.record({ kind: fc.constantFrom('flush' as const, 'compact' as const) }),
    weight: 1,
  },
);

/** Its keys have bytes below 0x80 alone, so that the order of texts is that of bytes. */
class Model {
  readonly rows = new Map<string, string>();

  apply(step: Step): void {
    switch (step.kind) {
      case 'put':
        this.rows.set(step.key, step.value);
        break;
      case 'merge': {
        const before = this.rows.get(step.key);
        this.rows.set(step.key, before === undefined ? step.value : `${before},${step.value}`);
        break;
      }
      case 'delete':
        this.rows.delete(step.key);
        break;
      case 'deleteRange':
        for (const key of this.rows.keys()) {
          if (key >= step.key && key < step.end) {
            this.rows.delete(key);
          }
        }
        break;
    }
  }

  sorted(lower = '', upper?: string): [string, string][] {
    return [...this.rows]
      .filter(([key]) => key >= lower && (upper === undefined || key < upper))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

async function apply(database: TestDatabase, step: Step): Promise<void> {
  switch (step.kind) {
    case 'put':
      database.put(0, step.key, step.value);
      break;
    case 'merge':
      database.merge(0, step.key, step.value);
      break;
    case 'delete': {
      const operation = { kind: BatchOperation.DELETE, columnFamily: 0, key: step.key, value: '' };
      database.write([operation]);
      break;
    }
    case 'deleteRange':
      if (step.key <= step.end) {
        const kind = BatchOperation.DELETE_RANGE;
        database.write([{ kind, columnFamily: 0, key: step.key, value: step.end }]);
      }
      break;
    case 'flush':
      await database.native.flush();
      break;
    case 'compact':
      await database.native.compactRange(0, undefined, undefined);
      break;
  }
}

const OPERATIONS = {
  put: BatchOperation.PUT,
  merge: BatchOperation.MERGE,
  delete: BatchOperation.DELETE,
} as const;

/** From so many on they are sorted. */
const SORTED_FROM = 16;
const manyChanges = fc.array(rowChange, { minLength: SORTED_FROM, maxLength: 150, size: 'max' });

/** As operations of one batch, in turn for two column families. */
function batchOf(changes: readonly RowChange[]) {
  return changes.map((change, i) => ({
    kind: OPERATIONS[change.kind],
    columnFamily: i % 2,
    key: change.key,
    value: change.kind === 'delete' ? '' : change.value,
  }));
}

describe('a column family', { skip: whyNoNativeAddon() ?? false }, () => {
  it('holds what a sorted map holds after the same operations', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), key, key, (steps, lower, upper) =>
        withDatabase(
          async (database) => {
            const model = new Model();
            for (const each of steps) {
              await apply(database, each);
              model.apply(each);
            }

            assert.deepEqual(database.rows(0), model.sorted());
            assert.deepEqual(database.rows(0, lower, upper), model.sorted(lower, upper));
            const keys = [lower, upper, ...model.rows.keys()];
            const values = keys.map((each) => model.rows.get(each));
            assert.deepEqual(database.multiGet(0, keys), values);
            assert.deepEqual(
              keys.map((each) => database.get(0, each)),
              values,
            );
          },
          [LISTS, PLAIN],
        ),
      ),
      { numRuns: RUNS },
    ));

  it('holds the same after one batch of many operations, on whichever keys', () =>
    fc.assert(
      fc.asyncProperty(manyChanges, (changes) =>
        withDatabase(
          async (database) => {
            const models = [new Model(), new Model()] as const;
            for (const [i, change] of changes.entries()) {
              models[(i % 2) as 0 | 1].apply(change);
            }

            database.write(batchOf(changes));

            assert.deepEqual(database.rows(0), models[0].sorted());
            assert.deepEqual(database.rows(1), models[1].sorted());
          },
          [LISTS, { ...LISTS, name: 'more lists' }],
        ),
      ),
      { numRuns: RUNS },
    ));

  it('holds the same after a batch of many operations that deletes ranges between them', () =>
    fc.assert(
      fc.asyncProperty(manyChanges, rangeDeletion, fc.nat(), (changes, range, place) =>
        withDatabase(
          async (database) => {
            fc.pre(range.key <= range.end);
            const at = place % changes.length;
            const steps = [...changes.slice(0, at), range, ...changes.slice(at)];
            const model = new Model();
            for (const each of steps) {
              model.apply(each);
            }

            database.write(
              steps.map((each) => ({
                kind:
                  each.kind === 'deleteRange' ? BatchOperation.DELETE_RANGE : OPERATIONS[each.kind],
                columnFamily: 0,
                key: each.key,
                value: 'end' in each ? each.end : 'value' in each ? each.value : '',
              })),
            );

            assert.deepEqual(database.rows(0), model.sorted());
          },
          [LISTS],
        ),
      ),
      { numRuns: RUNS },
    ));
});

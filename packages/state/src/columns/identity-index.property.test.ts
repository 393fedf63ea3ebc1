import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type TypeInformation, Types } from '@millrace/core';
import fc from 'fast-check';
import { Epochs } from './epochs.ts';
import { hashOfIdentity } from './identity-hash.ts';
import { IdentityIndex } from './identity-index.ts';
import { KeyRows } from './key-rows.ts';

class IndexedRows<K> {
  readonly rows: KeyRows<K>;
  readonly index: IdentityIndex;
  private readonly hashOf: (identity: unknown) => number;

  constructor(
    type: TypeInformation<K>,
    hashOf: (identity: unknown) => number = hashOfIdentity,
    hashedDepth?: number,
  ) {
    this.rows = new KeyRows(type.createSerializer(), new Epochs());
    this.index = new IdentityIndex(this.rows as KeyRows<unknown>, hashedDepth);
    this.hashOf = hashOf;
  }

  find(key: K): number {
    return this.index.find(key, this.hashOf(key));
  }

  add(key: K): number {
    const row = this.rows.add(key, key, this.hashOf(key), 0);
    this.index.add(row, this.hashOf(key));
    return row;
  }

  remove(row: number): void {
    this.index.remove(row, this.rows.hashOf(row));
    this.rows.remove(row);
  }
}

/** Each step removes a key that is there, and adds one that is not. */
function holdsAsMap<K>(indexed: IndexedRows<K>, keys: readonly K[]): void {
  const model = new Map<K, number>();
  for (const key of keys) {
    const found = indexed.find(key);
    assert.equal(found, model.get(key) ?? -1);
    if (found >= 0) {
      indexed.remove(found);
      model.delete(key);
    } else {
      model.set(key, indexed.add(key));
    }
  }
  for (const [key, row] of model) {
    assert.equal(indexed.find(key), row);
    assert.equal(indexed.rows.keyOf(row), key);
  }
  assert.equal(indexed.index.size, model.size);
  assert.equal(new Set(model.values()).size, model.size);
}

/** Row and number are the same. */
function hashedInts(count: number) {
  const indexed = new IndexedRows<number>(Types.DOUBLE, hashOfIdentity, 1);
  const add = (key: number) => indexed.add(key);
  for (let i = 0; i < count; i++) {
    add(i);
  }
  return { index: indexed.index, add, find: (key: number) => indexed.find(key) };
}

const numbers = fc.oneof(
  fc.integer({ min: -5, max: 200 }),
  fc.constantFrom(Number.NaN, 0.5, 2 ** 40, 2 ** 40 + 1, Number.NEGATIVE_INFINITY),
);
const texts = fc.integer({ min: 0, max: 300 }).map((i) => `key-${i}`);

function lists<T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(of, { maxLength: 600, size: 'max' });
}

describe('an index of rows by identity', () => {
  it('finds what a Map would find, of numbers and of text', () => {
    fc.assert(
      fc.property(lists(numbers), lists(texts), (ofNumbers, ofTexts) => {
        holdsAsMap(new IndexedRows(Types.DOUBLE), ofNumbers);
        holdsAsMap(new IndexedRows(Types.STRING), ofTexts);
      }),
    );
  });

  it('takes no other number for a whole one of the same hash, where slots have the whole hash', () => {
    const { index, find, add } = hashedInts(20_000);
    const hash = hashOfIdentity(1);

    assert.equal(index.find(1, hash), find(1));
    for (const other of [0.5, Number.NaN, '1', undefined]) {
      assert.equal(index.find(other, hash), -1);
    }
    add(0.5);
    assert.equal(index.find(2, hash), -1);
  });

  it('finds whole numbers and others, whichever came first, where slots have the whole hash', () => {
    const { find, add } = hashedInts(20_000);
    const others = [0.5, -0.5, 2 ** 40, Number.NaN, Number.POSITIVE_INFINITY];

    const rows = others.map(add);
    const later = add(30_000);

    assert.deepEqual(others.map(find), rows);
    assert.equal(find(30_000), later);
    assert.equal(find(19_999), 19_999);
    assert.equal(find(20_000), -1);
  });

  it('tells identities of one hash apart, and finds those that they pushed on', () => {
    fc.assert(
      fc.property(lists(texts), (keys) => {
        holdsAsMap(new IndexedRows<string>(Types.STRING, () => 7), keys);
      }),
    );
  });

  it('ends though all of many keys have one hash', () => {
    const keys = Array.from({ length: 30_000 }, (_, i) => `key-${i}`);
    const indexed = new IndexedRows<string>(Types.STRING, () => 7);

    holdsAsMap(indexed, [...keys, ...keys.slice(5)]);

    assert.equal(indexed.index.size, 5);
  });

  for (const [name, type, keyOf, hashedDepth] of [
    ['numbers', Types.LONG, (i: number) => i * 7919, undefined],
    [
      'whole numbers, with whole hashes in all slots but the first',
      Types.LONG,
      (i: number) => i,
      1,
    ],
    ['numbers, with whole hashes in some slots', Types.DOUBLE, (i: number) => i * 0.5, 2],
    ['text', Types.STRING, (i: number) => `key-${i}`, 1],
  ] as const) {
    it(`holds what remains of ${name} while segments split and come together again`, () => {
      const indexed = new IndexedRows<unknown>(
        type as TypeInformation<unknown>,
        hashOfIdentity,
        hashedDepth,
      );
      const count = 60_000; // eight segments
      const rows = Array.from({ length: count }, (_, i) => indexed.add(keyOf(i)));

      const found = rows.map((_, i) => indexed.find(keyOf(i)));
      for (let i = 0; i < count; i++) {
        if (i % 600 !== 7) {
          indexed.remove(rows[i] as number);
        }
      }

      assert.deepEqual(found, rows);
      for (let i = 0; i < count; i++) {
        assert.equal(indexed.find(keyOf(i)), i % 600 === 7 ? rows[i] : -1);
      }
    });
  }
});

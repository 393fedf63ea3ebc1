import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashString } from '@millrace/core';
import fc from 'fast-check';
import { hashOfHashCode, hashOfIdentity } from '../columns/identity-hash.ts';
import { IdentityMap } from './identity-map.ts';

const identities = fc.oneof(
  fc.integer({ min: -5, max: 300 }),
  fc.integer({ min: 0, max: 300 }).map((i) => `key-${i}`),
  fc.constantFrom<unknown>(
    Number.NaN,
    -0,
    0.5,
    2 ** 40,
    2 ** 40 + 1,
    true,
    false,
    1n,
    2n ** 70n,
    '',
  ),
);

/** `hashOf` may be a bad one. */
function holdsAsMap(
  steps: readonly (readonly [identity: unknown, isRemoval: boolean])[],
  hashOf: (identity: unknown) => number,
): void {
  const map = new IdentityMap<object>(hashOf);
  const model = new Map<unknown, object>();
  for (const [identity, isRemoval] of steps) {
    const found = map.get(identity, hashOf(identity));
    assert.equal(found, model.get(identity));
    if (isRemoval) {
      assert.equal(map.delete(identity, hashOf(identity)), found); // also where there is none
      model.delete(identity);
    } else if (found === undefined) {
      const value = { identity };
      map.add(identity, hashOf(identity), value);
      model.set(identity, value);
    }
  }
  const hashes = Int32Array.from([...model.keys()], hashOf);
  const { changes } = map;
  map.warm(hashes, new Int32Array(hashes.length), hashes.length);
  for (const [identity, value] of model) {
    assert.equal(map.get(identity, hashOf(identity)), value);
    assert.equal(map.valueAt(map.find(identity, hashOf(identity))), value);
  }
  assert.equal(map.find('never there', hashOf('never there')), -1);
  assert.equal(map.changes, changes);
  assert.equal(map.size, model.size);
  assert.deepEqual(new Set(map.values()), new Set(model.values()));
}

describe('a map by identity', () => {
  const mostlyAdded = fc.array(fc.tuple(identities, fc.boolean()), { maxLength: 600, size: 'max' });

  it('holds what a Map by the same identities holds', () => {
    fc.assert(fc.property(mostlyAdded, (steps) => holdsAsMap(steps, hashOfIdentity)));
  });

  it('tells identities of one hash apart, and finds those that they pushed on', () => {
    const collidingHash = () => 7;

    fc.assert(fc.property(mostlyAdded, (steps) => holdsAsMap(steps, collidingHash)));
  });

  it('gives nothing and stays as it is when what is not there is deleted, small or large', () => {
    const hashes: readonly ((identity: unknown) => number)[] = [hashOfIdentity, () => 7];
    for (const [size, hashOf] of [3, 8, 9, 500].flatMap((n) =>
      hashes.map((h) => [n, h] as const),
    )) {
      const map = new IdentityMap<number>(hashOf);
      for (let i = 0; i < size; i++) {
        map.add(`key-${i}`, hashOf(`key-${i}`), i);
      }

      const deleted = map.delete('gone', hashOf('gone'));
      map.add('new', hashOf('new'), -1);

      assert.equal(deleted, undefined);
      assert.equal(map.get('gone', hashOf('gone')), undefined);
      assert.deepEqual(map.values(), [...Array.from({ length: size }, (_, i) => i), -1]);
    }
  });

  it('holds what remains while it grows to thousands and shrinks again', () => {
    const keys = Array.from({ length: 5000 }, (_, i) => `key-${i}`);
    const removed = keys.filter((_, i) => i % 40 !== 7);

    holdsAsMap(
      [...keys.map((key) => [key, false] as const), ...removed.map((key) => [key, true] as const)],
      hashOfIdentity,
    );
  });

  it('gives its values in the order in which they came, while none goes', () => {
    const map = new IdentityMap<string>();
    const keys = Array.from({ length: 100 }, (_, i) => `${i * 7919}`);

    for (const key of keys) {
      map.add(key, hashOfIdentity(key), key);
    }

    assert.deepEqual(map.values(), keys);
  });
});

describe('the hash of an identity', () => {
  it('is the same for equal numbers, however they were computed', () => {
    const pairs = [
      [0, -0],
      [Number.NaN, Number('no number')],
      [2 ** 40, 1024 ** 4],
      [0.1 + 0.2, 0.30000000000000004],
    ] as const;

    for (const [a, b] of pairs) {
      assert.equal(hashOfIdentity(a), hashOfIdentity(b), `${a}`);
    }
  });

  it('differs for whole numbers of 32 bits that differ', () => {
    const count = 2 ** 18;
    const hashes = new Set<number>();
    for (let i = 0; i < count; i++) {
      hashes.add(hashOfIdentity(i)).add(hashOfIdentity(Math.imul(i, 2 ** 14 - 1) | (1 << 31)));
    }
    const keys = new Set<number>();
    for (let i = 0; i < count; i++) {
      keys.add(i).add(Math.imul(i, 2 ** 14 - 1) | (1 << 31));
    }

    assert.equal(hashes.size, keys.size);
  });

  it('differs for numbers whose halves cancel out', () => {
    const halves = new Int32Array(2);
    const numbers = Array.from({ length: 64 }, (_, i) => {
      halves[1] = (1075 << 20) | i;
      halves[0] = Math.imul(0xbdef7bdf, halves[1] ^ 12345); // 1 / 31
      return new Float64Array(halves.buffer)[0];
    });

    assert.ok(new Set(numbers.map(hashOfIdentity)).size > 60);
  });

  it('of a text is known from its Java hash code', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(hashOfHashCode(hashString(text)), hashOfIdentity(text));
      }),
    );
  });

  it('spreads keys that are counted up, of numbers and of text, over the low bits', () => {
    const slots = 1 << 14;
    for (const keyOf of [(i: number) => i, (i: number) => i * 1024, (i: number) => `user-${i}`]) {
      const taken = new Set<number>();
      for (let i = 0; i < slots; i++) {
        taken.add(hashOfIdentity(keyOf(i)) & (slots - 1));
      }

      // A random function leaves 1/e of the slots free.
      assert.ok(taken.size > slots * 0.6, `${taken.size} of ${slots} slots for ${keyOf(1)}`);
    }
  });
});

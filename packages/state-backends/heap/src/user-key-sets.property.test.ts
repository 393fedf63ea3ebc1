/** The user keys that maps have in common, as the maps of a column change. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Types } from '@millrace/core';
import { ANY, columnOf, slotOf, userKeyIdentityOf } from '@millrace/state/columns';
import fc from 'fast-check';
import { MapContents, SMALL_MAP_MAX, SmallMap } from './contents.ts';
import { MapColumn } from './map-column.ts';
import { NO_SET, UserKeySets } from './user-key-sets.ts';

const ROWS = 4;
const USER_KEYS = [0, 1, 2, 3, -0, Number.NaN, 0.5, 2 ** 40, -7];
const SERIALIZER = Types.DOUBLE.createSerializer();
const identityOf = userKeyIdentityOf(SERIALIZER);

type Step =
  | { readonly kind: 'put' | 'remove'; readonly row: number; readonly user: number }
  | { readonly kind: 'set'; readonly row: number; readonly users: readonly number[] }
  | { readonly kind: 'go' | 'grow large'; readonly row: number };

const row = fc.nat(ROWS - 1);
const user = fc.nat(USER_KEYS.length - 1);
const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ kind: fc.constant('put' as const), row, user }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('remove' as const), row, user }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      row,
      users: fc.uniqueArray(user, {
        minLength: 1,
        selector: (i) => identityOf(USER_KEYS[i] as number),
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('go' as const, 'grow large' as const), row }),
  },
);

/** Numbers in their order, then what is not its own identity, as it came. */
function ordered(map: readonly [userKey: number, value: number][]): [number, number][] {
  const orderOf = (userKey: number): number =>
    typeof slotOf(userKey, identityOf(userKey)) === 'number' ? userKey : Number.MAX_VALUE;
  return [...map].sort(([a], [b]) => orderOf(a) - orderOf(b));
}

/** Slots and values in turn. */
function itemsOf(map: readonly (readonly [userKey: number, value: number])[]): unknown[] {
  return map.flatMap(([userKey, value]) => [slotOf(userKey, identityOf(userKey)), value]);
}

class ModelledMaps {
  private readonly column: MapColumn;
  private readonly maps: [userKey: number, value: number][][];
  private values = 0;

  constructor(inOneColumn: boolean) {
    const userKeys = columnOf([SERIALIZER], ANY);
    this.column = new MapColumn(
      userKeys,
      inOneColumn ? userKeys : columnOf([SERIALIZER], ANY),
      false,
      { areTexts: false, check: ANY },
    );
    this.column.reserve(ROWS);
    this.maps = Array.from({ length: ROWS }, () => []);
  }

  step(step: Step): void {
    const { column } = this;
    const map = this.maps[step.row] as [number, number][];
    switch (step.kind) {
      case 'put':
        this.put(step.row, USER_KEYS[step.user] as number);
        break;
      case 'remove': {
        const at = this.indexIn(map, USER_KEYS[step.user] as number);
        if (at >= 0 && map.length > 1) {
          column.removeAt(step.row, column.placeAt(step.row, at));
          map.splice(at, 1);
        }
        break;
      }
      case 'set':
        this.replace(
          step.row,
          step.users.map((i) => [USER_KEYS[i] as number, this.values++]),
        );
        break;
      case 'grow large':
        column.set(step.row, new MapContents(0));
        this.maps[step.row] = [];
        column.remove(step.row);
        break;
      case 'go':
        this.go(step.row);
        break;
    }
    this.check();
  }

  end(): void {
    for (let i = 0; i < ROWS; i++) {
      this.go(i);
    }
    assert.equal(setsOf(this).size, 0, 'no set is left');
  }

  private put(row: number, userKey: number): void {
    const { column } = this;
    const map = this.maps[row] as [number, number][];
    const at = this.indexIn(map, userKey);
    const value = this.values++;
    if (at >= 0) {
      column.setValueAt(column.placeOf(row, identityOf(userKey)), value);
      (map[at] as [number, number])[1] = value;
    } else if (map.length === 0) {
      this.replace(row, [[userKey, value]]);
    } else if (map.length < SMALL_MAP_MAX) {
      column.add(row, slotOf(userKey, identityOf(userKey)), value);
      this.maps[row] = ordered([...map, [userKey, value]]);
    }
  }

  private replace(row: number, map: [number, number][]): void {
    this.column.set(row, new SmallMap(itemsOf(map), 0));
    this.maps[row] = ordered(map);
  }

  private go(row: number): void {
    if (this.column.has(row)) {
      this.column.remove(row);
    }
    this.maps[row] = [];
  }

  private indexIn(map: readonly (readonly [number, number])[], userKey: number): number {
    return map.findIndex(([other]) => identityOf(other) === identityOf(userKey));
  }

  private check(): void {
    const { column } = this;
    for (const [row, map] of this.maps.entries()) {
      for (const userKey of USER_KEYS) {
        const place = column.placeOf(row, identityOf(userKey));
        const at = this.indexIn(map, userKey);
        assert.equal(place, at < 0 ? -1 : column.placeAt(row, at), `${userKey} in map ${row}`);
        assert.equal(place < 0 ? undefined : column.valueAt(place), map[at]?.[1]);
      }
      const known = column.userKeysOf(row);
      if (known !== undefined && map.length > 0) {
        assert.deepEqual(
          known,
          map.map(([userKey]) => userKey),
        );
      }
    }
  }
}

function setsOf(maps: ModelledMaps): UserKeySets {
  return (maps as unknown as { column: { sets: UserKeySets } }).column.sets;
}

describe('user keys in common', () => {
  for (const inOneColumn of [true, false]) {
    const where = inOneColumn ? 'beside their values' : 'in a column of their own';
    it(`finds in each map its own entries, and forgets what no map has, with user keys ${where}`, () => {
      fc.assert(
        fc.property(fc.array(STEP, { maxLength: 120 }), (steps) => {
          const maps = new ModelledMaps(inOneColumn);
          for (const step of steps) {
            maps.step(step);
          }
          maps.end();
        }),
      );
    });
  }

  it('tells the user keys of maps that have the same ones once', () => {
    const sets = new UserKeySets();

    const first = sets.enterSetOf(['a', 1, 'b', 2]);
    const second = sets.enterLonger(sets.enterSetOf(['a', 3]), 'b');

    assert.notEqual(first, NO_SET);
    assert.equal(second, first);
    assert.deepEqual(sets.userKeysOf(first), ['a', 'b']);
  });

  it('makes few sets for maps that have nothing in common', () => {
    const sets = new UserKeySets();

    for (let i = 0; i < 10_000; i++) {
      sets.enterSetOf([i, 0]);
    }

    // Each but the first ones is earned by 16 entries.
    assert.ok(sets.size <= 16 + 10_000 / 16, `${sets.size} sets`);
  });

  it('makes sets again when maps come that have user keys in common', () => {
    const sets = new UserKeySets();
    for (let i = 0; i < 10_000; i++) {
      sets.leave(sets.enterSetOf([i, 0]));
    }

    const found = Array.from({ length: 1000 }, () => sets.enterSetOf(['a', 0, 'b', 0]));

    assert.ok(found.filter((id) => id !== NO_SET).length > 500, `${found}`);
  });

  it('leaves user keys alone that are objects, or a zero with a sign', () => {
    const sets = new UserKeySets();

    assert.equal(sets.enterSetOf([slotOf(Number.NaN, identityOf(Number.NaN)), 0]), NO_SET);
    assert.equal(sets.enterSetOf([-0, 0]), NO_SET);
    assert.equal(sets.size, 0);
  });
});

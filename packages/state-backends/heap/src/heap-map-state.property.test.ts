/** Maps around the size at which they change their form, with snapshots in between. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { type MapState, MapStateDescriptor, type TypeInformation, Types } from '@millrace/core';
import type { KeyedStateBackend } from '@millrace/state';
import fc from 'fast-check';
import { SMALL_MAP_MAX } from './contents.ts';
import { declare, openHeap, TakenSnapshots } from './heap-fixture.ts';
import { SMALL_NUMBER_MAP_MAX } from './map-column.ts';

const USER_KEYS = SMALL_NUMBER_MAP_MAX + 4;

interface KeyForm<UK> {
  readonly name: string;
  readonly type: TypeInformation<UK>;
  readonly keyOf: (i: number) => UK;
  /** Of numbers, which small maps have in their order. */
  readonly orderOf?: (i: number) => number;
}

interface ValueForm<UV> {
  readonly name: string;
  readonly type: TypeInformation<UV>;
  readonly valueOf: (i: number) => UV;
  /** Of values that can be changed in place. */
  readonly change?: (value: UV, i: number) => void;
  readonly copy: (value: UV) => UV;
}

const TEXT: KeyForm<string> = { name: 'text', type: Types.STRING, keyOf: (i) => `k${i}` };
const NUMBER: KeyForm<number> = {
  name: 'a number, NaN among them',
  type: Types.DOUBLE,
  keyOf: (i) => (i === 0 ? Number.NaN : i / 2),
  orderOf: (i) => (i === 0 ? Number.POSITIVE_INFINITY : i),
};
const TUPLE: KeyForm<[string, number]> = {
  name: 'a tuple',
  type: Types.TUPLE(Types.STRING, Types.LONG),
  keyOf: (i) => ['k', i],
};

const WHOLE_NUMBER: KeyForm<number> = {
  name: 'a whole number',
  type: Types.LONG,
  keyOf: (i) => i * i * i * 1_000_003 - 7,
  orderOf: (i) => i,
};
const KEY_FORMS = [TEXT, NUMBER, TUPLE, WHOLE_NUMBER] as readonly KeyForm<unknown>[];

const LISTS: ValueForm<number[]> = {
  name: 'lists',
  type: Types.LIST(Types.LONG),
  valueOf: (i) => [i],
  change: (value, i) => value.push(i),
  copy: (value) => value.slice(),
};
const WHOLE_NUMBERS: ValueForm<number | null> = {
  name: 'whole numbers and null',
  type: Types.LONG as TypeInformation<number | null>,
  valueOf: (i) => (i % 5 === 0 ? null : i),
  copy: (value) => value,
};
const FRACTIONS: ValueForm<number> = {
  name: 'fractions, NaN and both zeros',
  type: Types.DOUBLE,
  valueOf: (i) => [Number.NaN, 0, -0][i % 9] ?? i / 2,
  copy: (value) => value,
};
const VALUE_FORMS = [LISTS, WHOLE_NUMBERS, FRACTIONS] as unknown as readonly ValueForm<unknown>[];

/** What goes when the iteration is at the entry of number `visit`. */
interface Removal {
  readonly visit: number;
  readonly users: readonly number[];
}

type Step =
  | { readonly kind: 'put' | 'remove' | 'change'; readonly user: number }
  | { readonly kind: 'put many'; readonly users: readonly number[] }
  | { readonly kind: 'remove while visiting'; readonly removals: readonly Removal[] }
  | { readonly kind: 'snapshot' | 'write' | 'clear' };

/** Most of them around the size at which most maps change their form. */
const user = fc.oneof(
  { weight: 3, arbitrary: fc.nat(SMALL_MAP_MAX + 3) },
  { weight: 1, arbitrary: fc.nat(USER_KEYS - 1) },
);
const many = fc.uniqueArray(fc.nat(USER_KEYS - 1), { maxLength: USER_KEYS, size: 'max' });
const removals = fc.array(
  fc.record({ visit: user, users: fc.array(user, { maxLength: 2 * USER_KEYS, size: 'max' }) }),
  { minLength: 1, maxLength: 4 },
);
const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 40, arbitrary: fc.record({ kind: fc.constant('put' as const), user }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constantFrom('remove', 'change'), user }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove while visiting'), removals }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('put many'), users: many }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('snapshot', 'write') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
) as fc.Arbitrary<Step>;

/** By the number of the user key, in the order in which the state has them. */
type Model<UV> = Map<number, UV>;

class ModelledMap<UK, UV> {
  private readonly form: KeyForm<UK>;
  private readonly values: ValueForm<UV>;
  private readonly backend: KeyedStateBackend<string>;
  private readonly state: MapState<UK, UV>;
  private readonly model: Model<UV> = new Map();
  private readonly taken = new TakenSnapshots<Model<UV>>();
  private steps = 0;
  /** Numbers are in their order until it is, and again when it is gone. */
  private isLarge = false;

  constructor(form: KeyForm<UK>, values: ValueForm<UV>, backend: KeyedStateBackend<string>) {
    this.form = form;
    this.values = values;
    this.backend = backend;
    this.state = declare(backend, descriptorOf(form, values));
    backend.setCurrentKey('a');
  }

  async step(step: Step): Promise<void> {
    this.steps++;
    switch (step.kind) {
      case 'put':
        this.put(step.user);
        return;
      case 'put many':
        for (const user of step.users) {
          this.put(user);
        }
        return;
      case 'remove':
        this.state.remove(this.form.keyOf(step.user));
        this.model.delete(step.user);
        return;
      case 'change':
        this.change(this.state.get(this.form.keyOf(step.user)));
        this.change(this.model.get(step.user));
        return;
      case 'remove while visiting':
        this.removeWhileVisiting(step.removals);
        return;
      case 'clear':
        this.state.clear();
        this.model.clear();
        return;
      case 'snapshot':
        this.snapshot();
        return;
      case 'write':
        return this.taken.checkOldest(this.checkRestored);
    }
  }

  checkContents(): void {
    assert.deepEqual([...this.state.entries()], expectedOf(this.form, this.model));
    assert.deepEqual([...this.state.keys()], [...this.model.keys()].map(this.form.keyOf));
    assert.deepEqual([...this.state.values()], [...this.model.values()]);
    for (let i = 0; i < USER_KEYS; i++) {
      assert.equal(this.state.contains(this.form.keyOf(i)), this.model.has(i));
      assert.deepEqual(this.state.get(this.form.keyOf(i)), this.model.get(i));
    }
    assert.equal(this.state.isEmpty(), this.model.size === 0);
  }

  checkSnapshots(): Promise<void> {
    return this.taken.checkAll(this.checkRestored);
  }

  /** At each visit, of those in `removals`, entries before and behind the one at hand go; or all. */
  private removeWhileVisiting(removals: readonly Removal[]): void {
    const visited: unknown[] = [];
    const expected: unknown[] = [];
    const users = [...this.model.keys()];
    const keys = this.state.keys()[Symbol.iterator]();
    for (const [visit, user] of users.entries()) {
      if (!this.model.has(user)) {
        continue; // it went before its turn
      }
      expected.push(this.form.keyOf(user));
      visited.push(keys.next().value);
      for (const removal of removals) {
        if (removal.visit === visit) {
          this.removeSome(removal.users);
        }
      }
    }
    assert.deepEqual(visited, expected);
    assert.equal(keys.next().done, true);
  }

  /** @param users - all, at once, when there are none */
  private removeSome(users: readonly number[]): void {
    if (users.length === 0) {
      this.state.clear();
      this.model.clear();
    }
    for (const user of users) {
      this.state.remove(this.form.keyOf(user));
      this.model.delete(user);
    }
  }

  private put(user: number): void {
    this.state.put(this.form.keyOf(user), this.values.valueOf(this.steps));
    const { model } = this;
    this.isLarge &&= model.size > 0;
    model.set(user, this.values.valueOf(this.steps));
    const { orderOf } = this.form;
    this.isLarge ||= model.size > SMALL_NUMBER_MAP_MAX;
    if (orderOf !== undefined && !this.isLarge) {
      const entries = [...model].sort(([a], [b]) => orderOf(a) - orderOf(b));
      model.clear();
      for (const [each, value] of entries) {
        model.set(each, value);
      }
    }
  }

  private change(value: UV | undefined): void {
    if (value !== undefined) {
      this.values.change?.(value, this.steps);
    }
  }

  private snapshot(): void {
    const expected: Model<UV> = new Map(
      Array.from(this.model, ([user, value]) => [user, this.values.copy(value)] as const),
    );
    this.taken.take(this.backend, expected);
  }

  private readonly checkRestored = (
    restored: KeyedStateBackend<string>,
    expected: Model<UV>,
  ): void => {
    const state = declare<MapState<UK, UV>>(restored, descriptorOf(this.form, this.values));
    restored.setCurrentKey('a');

    const byText = (rows: readonly unknown[]) => rows.map((row) => inspect(row)).sort();
    assert.deepEqual(byText([...state.entries()]), byText(expectedOf(this.form, expected)));
  };
}

function descriptorOf<UK, UV>(
  form: KeyForm<UK>,
  values: ValueForm<UV>,
): MapStateDescriptor<UK, UV> {
  return new MapStateDescriptor('m', form.type, values.type);
}

function expectedOf<UK, UV>(form: KeyForm<UK>, model: Model<UV>): [UK, UV][] {
  return Array.from(model, ([user, value]) => [form.keyOf(user), value]);
}

/** With the value by each key. */
async function mapOf<V>(
  keys: readonly string[],
  { type, value }: { readonly type: TypeInformation<V>; readonly value: V },
): Promise<MapState<string, V>> {
  const backend = await openHeap();
  const state = declare<MapState<string, V>>(
    backend,
    new MapStateDescriptor('m', Types.STRING, type),
  );
  backend.setCurrentKey('a');
  state.putAll(keys.map((key) => [key, value]));
  return state;
}

describe('a map of a key', () => {
  for (const size of [1, 2, SMALL_MAP_MAX, SMALL_MAP_MAX + 4]) {
    for (const how of ['cleared', 'emptied entry by entry'] as const) {
      it(`of ${size} entries ends an iteration in which it is ${how}, also when it is filled again`, async () => {
        const keys = Array.from({ length: size }, (_, i) => TEXT.keyOf(i));
        const state = await mapOf(keys, { type: LISTS.type, value: [1] });

        const visited: string[] = [];
        for (const key of state.keys()) {
          visited.push(key);
          if (how === 'cleared') {
            state.clear();
          } else {
            for (const each of keys) {
              state.remove(each);
            }
          }
          state.putAll([...keys.slice(1), 'new'].map((key) => [key, [2]]));
        }

        assert.deepEqual(visited, [keys[0]]);
        assert.deepEqual([...state.keys()], [...keys.slice(1), 'new']);
      });
    }
  }

  it('is iterated by several at once, each of which visits all as it is when its turn comes', async () => {
    const state = await mapOf(['x', 'y', 'z'], { type: Types.LONG, value: 0 });

    const visited: string[] = [];
    for (const [outer, count] of state.entries()) {
      for (const inner of state.keys()) {
        visited.push(`${outer} ${inner} ${count}`);
      }
      for (const key of ['x', 'y', 'z']) {
        state.put(key, count + 1);
      }
    }

    assert.deepEqual(visited, [
      ...['x x 0', 'x y 0', 'x z 0'],
      ...['y x 1', 'y y 1', 'y z 1'],
      ...['z x 2', 'z y 2', 'z z 2'],
    ]);
  });

  it('is iterated by several at once, none of which visits what one of them removed', async () => {
    const state = await mapOf(['v', 'w', 'x', 'y', 'z'], { type: Types.LONG, value: 0 });

    const visited: string[] = [];
    for (const outer of state.keys()) {
      visited.push(outer);
      for (const inner of state.keys()) {
        if (inner === 'v' || inner === 'y') {
          state.remove(inner);
        }
      }
    }

    assert.deepEqual(visited, ['v', 'w', 'x', 'z']);
  });

  it('visits each entry once that was there when the iteration began, though it grows to any size', async () => {
    for (let size = 1; size <= USER_KEYS; size++) {
      const keys = Array.from({ length: size }, (_, i) => TEXT.keyOf(i));
      const state = await mapOf(keys, { type: LISTS.type, value: [1] });

      const visited: string[] = [];
      for (const key of state.keys()) {
        visited.push(key);
        if (visited.length <= size) {
          state.put(`new ${visited.length}`, [2]);
        }
      }

      assert.deepEqual(visited.slice(0, size), keys);
    }
  });

  for (const form of KEY_FORMS) {
    for (const values of VALUE_FORMS) {
      it(`is what was put and not removed, and snapshots hold what it was, of ${values.name} by keys of ${form.name}`, async () => {
        const steps = fc.array(STEP, { maxLength: 120, size: 'max' });

        await fc.assert(
          fc.asyncProperty(steps, async (steps) => {
            const map = new ModelledMap(form, values, await openHeap());
            for (const step of steps) {
              await map.step(step);
            }
            map.checkContents();
            await map.checkSnapshots();
          }),
          { numRuns: 30 },
        );
      });
    }
  }
});

/** Maps around the size at which they change their form, with snapshots in between. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type MapState, MapStateDescriptor, type TypeInformation, Types } from '@millrace/core';
import type { KeyedStateBackend, KeyedStateHandle } from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import fc from 'fast-check';
import { declare, openHeap } from './heap-fixture.ts';
import { SMALL_MAP_MAX } from './small-map.ts';

const VALUES = Types.LIST(Types.LONG); // can be changed in place
const USER_KEYS = SMALL_MAP_MAX + 4;

interface KeyForm<UK> {
  readonly name: string;
  readonly type: TypeInformation<UK>;
  readonly keyOf: (i: number) => UK;
}

const TEXT: KeyForm<string> = { name: 'text', type: Types.STRING, keyOf: (i) => `k${i}` };
const NUMBER: KeyForm<number> = {
  name: 'a number, NaN among them',
  type: Types.DOUBLE,
  keyOf: (i) => (i === 0 ? Number.NaN : i / 2),
};
const TUPLE: KeyForm<[string, number]> = {
  name: 'a tuple',
  type: Types.TUPLE(Types.STRING, Types.LONG),
  keyOf: (i) => ['k', i],
};

/** What goes when the iteration is at the entry of number `visit`. */
interface Removal {
  readonly visit: number;
  readonly users: readonly number[];
}

type Step =
  | { readonly kind: 'put' | 'remove' | 'change'; readonly user: number }
  | { readonly kind: 'remove while visiting'; readonly removals: readonly Removal[] }
  | { readonly kind: 'snapshot' | 'write' | 'clear' };

const user = fc.nat(USER_KEYS - 1);
const removals = fc.array(
  fc.record({ visit: user, users: fc.array(user, { maxLength: 2 * USER_KEYS, size: 'max' }) }),
  { minLength: 1, maxLength: 4 },
);
const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 40, arbitrary: fc.record({ kind: fc.constant('put' as const), user }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constantFrom('remove', 'change'), user }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove while visiting'), removals }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('snapshot', 'write') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
) as fc.Arbitrary<Step>;

/** By the number of the user key, in the order in which they came. */
type Model = Map<number, number[]>;

interface Taken {
  readonly expected: Model;
  readonly write: () => Promise<KeyedStateHandle | undefined>;
}

class ModelledMap<UK> {
  private readonly form: KeyForm<UK>;
  private readonly streams = new MemoryCheckpointStreams();
  private readonly backend: KeyedStateBackend<string>;
  private readonly state: MapState<UK, number[]>;
  private readonly model: Model = new Map();
  private readonly taken: Taken[] = [];
  private steps = 0;

  constructor(form: KeyForm<UK>, backend: KeyedStateBackend<string>) {
    this.form = form;
    this.backend = backend;
    this.state = declare(backend, descriptorOf(form));
    backend.setCurrentKey('a');
  }

  async step(step: Step): Promise<void> {
    this.steps++;
    switch (step.kind) {
      case 'put':
        this.state.put(this.form.keyOf(step.user), [this.steps]);
        this.model.set(step.user, [this.steps]);
        return;
      case 'remove':
        this.state.remove(this.form.keyOf(step.user));
        this.model.delete(step.user);
        return;
      case 'change':
        this.state.get(this.form.keyOf(step.user))?.push(this.steps);
        this.model.get(step.user)?.push(this.steps);
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
        return this.writeOldest();
    }
  }

  checkContents(): void {
    assert.deepEqual(contentsOf(this.state), expectedOf(this.form, this.model));
    assert.deepEqual([...this.state.keys()], [...this.model.keys()].map(this.form.keyOf));
    assert.deepEqual([...this.state.values()], [...this.model.values()]);
    for (let i = 0; i < USER_KEYS; i++) {
      assert.equal(this.state.contains(this.form.keyOf(i)), this.model.has(i));
      assert.deepEqual(this.state.get(this.form.keyOf(i)), this.model.get(i));
    }
    assert.equal(this.state.isEmpty(), this.model.size === 0);
  }

  async checkSnapshots(): Promise<void> {
    while (this.taken.length > 0) {
      await this.writeOldest();
    }
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

  private snapshot(): void {
    const expected: Model = new Map(
      Array.from(this.model, ([user, value]) => [user, value.slice()] as const),
    );
    const snapshot = this.backend.snapshot(this.steps, this.streams);
    this.taken.push({ expected, write: () => snapshot.write() });
  }

  private async writeOldest(): Promise<void> {
    const taken = this.taken.shift();
    if (taken === undefined) {
      return;
    }
    const handle = await taken.write();
    const restored = await openHeap(this.streams, handle === undefined ? [] : [handle]);
    const state = declare<MapState<UK, number[]>>(restored, descriptorOf(this.form));
    restored.setCurrentKey('a');

    const byText = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
    assert.deepEqual(byText(contentsOf(state)), byText(expectedOf(this.form, taken.expected)));
  }
}

function descriptorOf<UK>(form: KeyForm<UK>): MapStateDescriptor<UK, number[]> {
  return new MapStateDescriptor('m', form.type, VALUES);
}

function contentsOf<UK>(state: MapState<UK, number[]>): [UK, number[]][] {
  return Array.from(state.entries(), ([key, value]) => [key, value.slice()]);
}

function expectedOf<UK>(form: KeyForm<UK>, model: Model): [UK, number[]][] {
  return Array.from(model, ([user, value]) => [form.keyOf(user), value.slice()]);
}

describe('a map of a key', () => {
  for (const size of [1, 2, SMALL_MAP_MAX, SMALL_MAP_MAX + 4]) {
    for (const how of ['cleared', 'emptied entry by entry'] as const) {
      it(`of ${size} entries ends an iteration in which it is ${how}, also when it is filled again`, async () => {
        const backend = await openHeap();
        const state = declare<MapState<string, number[]>>(backend, descriptorOf(TEXT));
        const keys = Array.from({ length: size }, (_, i) => TEXT.keyOf(i));
        backend.setCurrentKey('a');
        state.putAll(keys.map((key) => [key, [1]]));

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
          state.put('new', [2]);
        }

        assert.deepEqual(visited, [keys[0]]);
        assert.deepEqual([...state.keys()], ['new']);
      });
    }
  }

  for (const form of [TEXT, NUMBER, TUPLE] as readonly KeyForm<unknown>[]) {
    it(`is what was put and not removed, and snapshots hold what it was, by keys of ${form.name}`, async () => {
      const steps = fc.array(STEP, { maxLength: 120, size: 'max' });

      await fc.assert(
        fc.asyncProperty(steps, async (steps) => {
          const map = new ModelledMap(form, await openHeap());
          for (const step of steps) {
            await map.step(step);
          }
          map.checkContents();
          await map.checkSnapshots();
        }),
        { numRuns: 60 },
      );
    });
  }
});

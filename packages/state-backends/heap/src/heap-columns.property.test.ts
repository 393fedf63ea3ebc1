/** Values of numbers under keys that come and go, with several snapshots and states that few keys have. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  KeyGroupRange,
  type ReducingState,
  ReducingStateDescriptor,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import type { InternalKvState, KeyedStateBackend, KeyedStateHandle } from '@millrace/state';
import { MemoryCheckpointStreams, SlicingClock } from '@millrace/state/conformance';
import fc from 'fast-check';
import { HashMapStateBackend } from './hashmap-state-backend.ts';

const KEYS = 90; // frames of 32 keys come and go
const WINDOWS = 3;

const KEY_FORMS = [
  { name: 'whole numbers', type: Types.LONG, keyOf: (i: number) => i * 1_000_003 - 7 },
  {
    name: 'numbers, NaN and both zeros among them',
    type: Types.DOUBLE,
    keyOf: (i: number) => [Number.NaN, 0, -0][i] ?? i / 4,
  },
  { name: 'text', type: Types.STRING, keyOf: (i: number) => `k${i}` },
  { name: 'tuples', type: Types.TUPLE(Types.STRING, Types.LONG), keyOf: (i: number) => ['k', i] },
] as unknown as readonly {
  readonly name: string;
  readonly type: TypeInformation<unknown>;
  readonly keyOf: (i: number) => unknown;
}[];

const COUNT = new ValueStateDescriptor<number>('count', Types.DOUBLE);
const RARE = new ValueStateDescriptor<number>('rare', Types.LONG);
const SUM = new ReducingStateDescriptor<number>('sum', (a, b) => a + b, Types.INT);

const KEY = fc.nat(KEYS - 1);
const NUMBER = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, -0, 0));
const WINDOW = fc.nat(WINDOWS - 1);
const STEP = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({ kind: fc.constant('count' as const), key: KEY, value: NUMBER }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('rare' as const), key: KEY }) },
  {
    weight: 30,
    arbitrary: fc.record({ kind: fc.constant('sum' as const), key: KEY, window: WINDOW }),
  },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant('drop' as const), key: KEY }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop most' as const), key: KEY }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('snapshot' as const) }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('slice' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('view' as const) }) },
);

type Step = typeof STEP extends fc.Arbitrary<infer S> ? S : never;

/** `state key window` and the value. */
type Model = Map<string, number>;

class States {
  readonly backend: KeyedStateBackend<unknown>;
  private readonly keyOf: (i: number) => unknown;
  private readonly count: ValueState<number>;
  private readonly rare: ValueState<number>;
  private readonly sum: ReducingState<number> & InternalKvState<unknown, number>;

  constructor(backend: KeyedStateBackend<unknown>, keyOf: (i: number) => unknown) {
    this.backend = backend;
    this.keyOf = keyOf;
    this.count = backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, COUNT);
    this.rare = backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, RARE);
    this.sum = backend.getOrCreateKeyedState(Types.LONG, SUM);
  }

  apply(step: Step, model: Model): void {
    switch (step.kind) {
      case 'count':
        this.at(step.key).count.update(step.value);
        model.set(`count ${step.key}`, step.value);
        return;
      case 'rare':
        this.at(step.key).rare.update(step.key);
        model.set(`rare ${step.key}`, step.key);
        return;
      case 'sum': {
        const name = `sum ${step.key} ${step.window}`;
        this.at(step.key, step.window).sum.add(1);
        model.set(name, (model.get(name) ?? 0) + 1);
        return;
      }
      case 'drop':
        this.drop(step.key, model);
        return;
      case 'drop most':
        for (let key = 0; key < KEYS; key++) {
          if (key !== step.key) {
            this.drop(key, model);
          }
        }
    }
  }

  read(): Model {
    const found: [string, number | undefined][] = [];
    for (let key = 0; key < KEYS; key++) {
      const { count, rare } = this.at(key);
      found.push([`count ${key}`, count.value()], [`rare ${key}`, rare.value()]);
      for (let window = 0; window < WINDOWS; window++) {
        found.push([`sum ${key} ${window}`, this.at(key, window).sum.get()]);
      }
    }
    return new Map(found.filter((entry): entry is [string, number] => entry[1] !== undefined));
  }

  private drop(key: number, model: Model): void {
    this.at(key).backend.clearCurrentKey();
    for (const name of ['count', 'rare', 'sum']) {
      model.delete(`${name} ${key}`);
      for (let window = 0; window < WINDOWS; window++) {
        model.delete(`${name} ${key} ${window}`);
      }
    }
  }

  private at(key: number, window = 0): this {
    this.backend.setCurrentKey(this.keyOf(key));
    this.sum.setCurrentNamespace(window);
    return this;
  }
}

const PLACE = {
  operatorName: 'columns',
  numberOfKeyGroups: 4,
  keyGroupRange: new KeyGroupRange(0, 3),
  snapshotSliceMs: 2,
};

async function run(form: (typeof KEY_FORMS)[number], steps: readonly Step[]): Promise<void> {
  const streams = new MemoryCheckpointStreams();
  const clock = new SlicingClock();
  const open = async (stateHandles: readonly KeyedStateHandle[]): Promise<States> => {
    const { openStateHandle } = streams;
    const backend = await new HashMapStateBackend().createKeyedStateBackend({
      ...PLACE,
      keyType: form.type,
      stateHandles,
      openStateHandle,
      clock,
    });
    return new States(backend, form.keyOf);
  };
  const states = await open([]);
  const model: Model = new Map();
  const taken: { expected: Model; handle: Promise<KeyedStateHandle | undefined> }[] = [];
  let closeView: (() => void) | undefined;
  clock.runsFreely = false;
  for (const step of steps) {
    if (step.kind === 'snapshot') {
      const snapshot = states.backend.snapshot(taken.length, streams);
      taken.push({ expected: new Map(model), handle: snapshot.write() });
    } else if (step.kind === 'slice') {
      await clock.nextSlice();
    } else if (step.kind === 'view') {
      // Versions that nobody reads hold rows as well.
      closeView?.();
      const view = await states.backend.openView();
      closeView = () => view.close();
    } else {
      states.apply(step, model);
    }
  }
  assert.deepEqual(states.read(), model);
  assert.equal(states.backend.numberOfEntries, model.size);
  await clock.runFreely();
  for (const { expected, handle } of taken) {
    const written = await handle;
    const restored = await open(written === undefined ? [] : [written]);
    assert.deepEqual(restored.read(), expected);
  }
}

describe('numbers in columns', () => {
  for (const form of KEY_FORMS) {
    it(`are those of their key, now and in each snapshot, by keys of ${form.name}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(STEP, { minLength: 20, maxLength: 300, size: 'max' }), (steps) =>
          run(form, steps as readonly Step[]),
        ),
        { numRuns: 40 },
      );
    });
  }
});

/** What a state is given of another type than declared, among what fits: nothing of it stays, and nothing else goes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ListStateDescriptor,
  MapStateDescriptor,
  type State,
  type StateDescriptor,
  Types,
  ValueStateDescriptor,
} from '@millrace/core';
import type { InternalKvState, KeyedStateBackend } from '@millrace/state';
import fc from 'fast-check';
import { openHeap, TakenSnapshots } from './heap-fixture.ts';

/** Of any kind. */
interface AnyState extends State, InternalKvState<string, string> {
  add(element: unknown): void;
  addAll(elements: readonly unknown[]): void;
  entries(): Iterable<[unknown, unknown]>;
  get(): Iterable<unknown>;
  put(userKey: unknown, value: unknown): void;
  remove(userKey: unknown): void;
  update(value: unknown): void;
  value(): unknown;
}

const WORDS = { good: (n: number) => `w${n}`, bad: 7 };
const NUMBERS = { good: (n: number) => n, bad: 'x' };

interface Form {
  readonly kind: 'value' | 'list' | 'map';
  readonly descriptor: StateDescriptor;
  readonly userKeys: typeof WORDS | typeof NUMBERS;
  readonly values: typeof WORDS | typeof NUMBERS;
}

const list = { kind: 'list', userKeys: NUMBERS } as const;
const map = { kind: 'map' } as const;
const FORMS: readonly Form[] = [
  {
    ...{ kind: 'value', userKeys: NUMBERS, values: NUMBERS },
    descriptor: new ValueStateDescriptor('long', Types.LONG),
  },
  {
    ...{ kind: 'value', userKeys: NUMBERS, values: WORDS },
    descriptor: new ValueStateDescriptor('text', Types.STRING),
  },
  { ...list, values: NUMBERS, descriptor: new ListStateDescriptor('longs', Types.LONG) },
  { ...list, values: WORDS, descriptor: new ListStateDescriptor('texts', Types.STRING) },
  {
    ...{ ...map, userKeys: WORDS, values: NUMBERS },
    descriptor: new MapStateDescriptor('counts', Types.STRING, Types.LONG),
  },
  {
    ...{ ...map, userKeys: NUMBERS, values: NUMBERS },
    descriptor: new MapStateDescriptor('sums', Types.LONG, Types.LONG),
  },
  {
    ...{ ...map, userKeys: NUMBERS, values: WORDS },
    descriptor: new MapStateDescriptor('names', Types.LONG, Types.STRING),
  },
];

const KEYS = ['a', 'b', 'c', 'd'];
const NAMESPACES = ['one', 'two'];
const STEP = fc.record({
  key: fc.constantFrom(...KEYS),
  namespace: fc.constantFrom(...NAMESPACES),
  form: fc.nat(FORMS.length - 1),
  isNamespaced: fc.boolean(),
  action: fc.constantFrom('put', 'put', 'put', 'put', 'putAll', 'remove', 'clear'),
  /** Where something else stands than what fits. */
  bad: fc.constantFrom('nowhere', 'nowhere', 'value', 'user key'),
  n: fc.nat(20),
});
type Step = typeof STEP extends fc.Arbitrary<infer S> ? S : never;

/** What each state holds, as text, by state, namespace and key. */
type Model = Map<string, unknown>;

class Run {
  readonly model: Model = new Map();
  private readonly backend: KeyedStateBackend<string>;

  constructor(backend: KeyedStateBackend<string>) {
    this.backend = backend;
  }

  take(step: Step): void {
    const form = FORMS[step.form] as Form;
    const state = stateOf(this.backend, form, step.isNamespaced);
    this.backend.setCurrentKey(step.key);
    state.setCurrentNamespace(step.namespace);
    const place = placeOf(step);
    const bad = form.kind === 'map' ? step.bad : step.bad === 'user key' ? 'value' : step.bad;
    if (step.action === 'clear') {
      state.clear();
      this.model.delete(place);
    } else if (step.action === 'remove') {
      this.remove(place, form, state, step.n);
    } else if (bad === 'nowhere') {
      this.put(place, form, state, step);
    } else {
      const userKey = bad === 'user key' ? form.userKeys.bad : form.userKeys.good(step.n);
      const value = bad === 'value' ? form.values.bad : form.values.good(step.n);
      assert.throws(() => give(form, state, step.action, userKey, value), {
        code: 'VALUE_NOT_SERIALIZABLE',
      });
    }
  }

  private put(place: string, form: Form, state: AnyState, { action, n }: Step): void {
    const value = form.values.good(n);
    const userKey = form.userKeys.good(n);
    give(form, state, action, userKey, value);
    if (form.kind === 'value') {
      this.model.set(place, value);
    } else if (form.kind === 'list') {
      const before = (this.model.get(place) as unknown[] | undefined) ?? [];
      this.model.set(
        place,
        action === 'putAll' ? [form.values.good(1), value] : [...before, value],
      );
    } else {
      const before = this.model.get(place) as Map<unknown, unknown> | undefined;
      this.model.set(place, new Map(before).set(userKey, value));
    }
  }

  private remove(place: string, form: Form, state: AnyState, n: number): void {
    if (form.kind !== 'map') {
      return;
    }
    const after = new Map(this.model.get(place) as Map<unknown, unknown> | undefined);
    state.remove(form.userKeys.good(n));
    after.delete(form.userKeys.good(n));
    this.model.delete(place);
    if (after.size > 0) {
      this.model.set(place, after);
    }
  }
}

function give(form: Form, state: AnyState, action: string, userKey: unknown, value: unknown): void {
  if (form.kind === 'map') {
    state.put(userKey, value);
  } else if (form.kind === 'value') {
    state.update(value);
  } else if (action === 'putAll') {
    state.update([form.values.good(1), value]);
  } else {
    state.add(value);
  }
}

function placeOf({ form, isNamespaced, namespace, key }: Step): string {
  return `${form} ${isNamespaced ? namespace : '-'} ${key}`;
}

function stateOf(
  backend: KeyedStateBackend<string>,
  { descriptor, kind, userKeys, values }: Form,
  isNamespaced: boolean,
): AnyState {
  if (!isNamespaced) {
    return backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, descriptor);
  }
  const name = `windowed ${descriptor.name}`;
  const [keyType, type] = [userKeys, values].map((of) =>
    of === WORDS ? Types.STRING : Types.LONG,
  ) as [typeof Types.STRING, typeof Types.STRING];
  const own =
    kind === 'value'
      ? new ValueStateDescriptor(name, type)
      : kind === 'list'
        ? new ListStateDescriptor(name, type)
        : new MapStateDescriptor(name, keyType, type);
  return backend.getOrCreateKeyedState(Types.STRING, own);
}

function assertHolds(backend: KeyedStateBackend<string>, model: Model): void {
  for (const [index, form] of FORMS.entries()) {
    for (const isNamespaced of [false, true]) {
      const state = stateOf(backend, form, isNamespaced);
      for (const key of KEYS) {
        for (const namespace of isNamespaced ? NAMESPACES : ['-']) {
          backend.setCurrentKey(key);
          state.setCurrentNamespace(namespace);
          const expected = model.get(`${index} ${namespace} ${key}`);
          assert.deepEqual(held(form, state), expected, `${form.descriptor.name} of ${key}`);
        }
      }
    }
  }
}

function held({ kind }: Form, state: AnyState): unknown {
  if (kind === 'value') {
    return state.value();
  }
  const all = kind === 'list' ? [...state.get()] : [...state.entries()];
  if (all.length === 0) {
    return undefined;
  }
  return kind === 'list' ? all : new Map(all as [unknown, unknown][]);
}

describe('what is refused', () => {
  it('leaves all state as it was, also for the snapshots that follow', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { maxLength: 80 }), async (steps) => {
        const backend = await openHeap();
        const snapshots = new TakenSnapshots<Model>();
        const run = new Run(backend);
        for (const [index, step] of steps.entries()) {
          if (index % 20 === 10) {
            snapshots.take(backend, new Map(run.model));
          }
          run.take(step);
        }
        assertHolds(backend, run.model);
        snapshots.take(backend, new Map(run.model));
        await snapshots.checkAll(assertHolds);
      }),
      { numRuns: 150 },
    );
  });
});

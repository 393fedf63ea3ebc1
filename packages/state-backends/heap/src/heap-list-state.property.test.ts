/** Lists around the lengths at which they change their form, with snapshots in between. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ListState,
  ListStateDescriptor,
  TaggedUnion,
  type TypeInformation,
  Types,
  UnionTypeInfo,
} from '@millrace/core';
import type { InternalListState, KeyedStateBackend } from '@millrace/state';
import fc from 'fast-check';
import { declare, openHeap, TakenSnapshots } from './heap-fixture.ts';
import { RUN_MAX } from './run-pages.ts';

interface ElementForm<T> {
  readonly name: string;
  readonly type: TypeInformation<T>;
  readonly elementOf: (i: number) => T;
  /** Of elements that can be changed in place. */
  readonly change?: (element: T) => void;
}

const FORMS = [
  { name: 'whole numbers', type: Types.LONG, elementOf: (i: number) => i - 50 },
  {
    name: 'numbers of any size, both zeros and NaN among them',
    type: Types.DOUBLE,
    elementOf: (i: number) => [-0, Number.NaN, -(2 ** 31), 2 ** 31, 1e300][i % 20] ?? (i % 7) / 2,
  },
  { name: 'text', type: Types.STRING, elementOf: (i: number) => `e${i}` },
  {
    name: 'objects',
    type: Types.LIST(Types.LONG),
    elementOf: (i: number) => [i],
    change: (element: number[]) => element.push(-1),
  },
  {
    name: 'records of two streams',
    type: new UnionTypeInfo(Types.LIST(Types.LONG), Types.STRING),
    elementOf: (i: number) => (i % 3 === 0 ? TaggedUnion.two(`e${i}`) : TaggedUnion.one([i])),
    change: ({ value }: TaggedUnion<number[], string>) =>
      typeof value === 'string' ? 0 : value.push(-1),
  },
] as unknown as readonly ElementForm<unknown>[];

const KEYS = ['a', 'b'];
const key = fc.constantFrom(...KEYS);
const first = fc.nat(100);
const length = fc.oneof(fc.nat(4), fc.integer({ min: RUN_MAX - 2, max: RUN_MAX + 2 }), fc.nat(40));
const STEP = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('add' as const), key, first }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('addAll' as const), key, first, length }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('update' as const), key, first, length }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('change', 'clear'), key }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('snapshot', 'write') }) },
);

type Step = typeof STEP extends fc.Arbitrary<infer S> ? S : never;

class ModelledLists<T> {
  private readonly form: ElementForm<T>;
  private readonly backend: KeyedStateBackend<string>;
  private readonly state: ListState<T> & InternalListState;
  private model = new Map<string, T[]>();
  private readonly taken = new TakenSnapshots<Map<string, T[]>>();

  constructor(form: ElementForm<T>, backend: KeyedStateBackend<string>) {
    this.form = form;
    this.backend = backend;
    this.state = declare(backend, new ListStateDescriptor('l', form.type));
  }

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'snapshot':
        this.taken.take(this.backend, this.copyOfModel());
        return;
      case 'write':
        return this.taken.checkOldest(this.checkRestored);
      default:
        this.backend.setCurrentKey((step as { key: string }).key);
        this.write(step as Exclude<Step, { kind: 'snapshot' | 'write' }>);
    }
  }

  check(): void {
    assert.deepEqual(contentsOf(this.backend, this.state), this.model);
  }

  checkSnapshots(): Promise<void> {
    return this.taken.checkAll(this.checkRestored);
  }

  private write(step: Step & { readonly key?: string }): void {
    const key = step.key as string;
    const elements = this.model.get(key) ?? [];
    switch (step.kind) {
      case 'add':
        this.state.add(this.form.elementOf(step.first));
        assert.equal(this.state.addedFirst, elements.length === 0);
        this.put(key, [...elements, this.form.elementOf(step.first)]);
        return;
      case 'addAll':
        this.state.addAll(this.made(step.first, step.length));
        this.put(key, [...elements, ...this.made(step.first, step.length)]);
        return;
      case 'update':
        this.state.update(this.made(step.first, step.length));
        this.put(key, this.made(step.first, step.length));
        return;
      case 'change':
        for (const each of [...this.state.get(), ...elements]) {
          this.form.change?.(each);
        }
        return;
      case 'clear':
        this.state.clear();
        this.model.delete(key);
    }
  }

  private copyOfModel(): Map<string, T[]> {
    const serializer = this.form.type.createSerializer();
    return new Map(
      [...this.model].map(([key, elements]) => [key, elements.map((e) => serializer.copy(e))]),
    );
  }

  private made(first: number, length: number): T[] {
    return Array.from({ length }, (_, i) => this.form.elementOf(first + i));
  }

  private put(key: string, elements: T[]): void {
    if (elements.length === 0) {
      this.model.delete(key);
    } else {
      this.model.set(key, elements);
    }
  }

  private readonly checkRestored = (
    restored: KeyedStateBackend<string>,
    expected: Map<string, T[]>,
  ): void => {
    const state = declare<ListState<T>>(restored, new ListStateDescriptor('l', this.form.type));
    assert.deepEqual(contentsOf(restored, state), expected);
  };
}

function contentsOf<T>(
  backend: KeyedStateBackend<string>,
  state: ListState<T>,
): Map<string, unknown> {
  const contents = new Map<string, unknown>();
  for (const key of KEYS) {
    backend.setCurrentKey(key);
    const elements = [...state.get()];
    if (elements.length > 0) {
      contents.set(key, elements);
    }
  }
  return contents;
}

describe('a list of a key', () => {
  for (const form of FORMS) {
    it(`is what was added since it was replaced, and snapshots hold what it was, of ${form.name}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(STEP, { maxLength: 60, size: 'max' }), async (steps) => {
          const lists = new ModelledLists(form, await openHeap());
          for (const step of steps) {
            await lists.step(step as Step);
          }
          lists.check();
          await lists.checkSnapshots();
        }),
        { numRuns: 60 },
      );
    });
  }
});

/** The accesses that are measured: `setCurrentKey` and one call of a state. As Accesses.java has them. */
import {
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  type State,
  type StateDescriptor,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import type { KeyedStateBackend } from '@millrace/state';

export type Group = 'value' | 'list' | 'map';

/** @returns what goes into the checksum */
export type Operation = (position: number) => number;

export interface Accesses {
  readonly operations: Readonly<Record<string, Operation>>;
  /** By position: which key an operation accesses. */
  keysOf(operation: string): Int32Array;
  /** Takes the states of the backend, which is another one after a restore. */
  bind(backend: KeyedStateBackend<number>): void;
  /** Each key from 0 on gets its first contents. */
  fill(): void;
  /** Keys of `[from, to)` get a number of more than 32 bits, made anew for each; of a value state only. */
  grow(from: number, to: number): void;
  sample(key: number): number;
  /** Before a pass and after it, not timed. */
  prepare(count: number): void;
  reset(count: number): void;
}

/** The product is of more than 32 bits. */
const GROWN_FACTOR = 1_000_003;
const LIST_VALUES = 100;
const MAP_KEYS = 10;

/** 15 bits. The same as in Java and C++. */
export function storedValue(i: number): number {
  const x = Math.imul(i & 0xffff, 0x9e3779b1);
  return (x ^ (x >>> 15)) & 0x7fff;
}

export function accessesOf(group: Group, keys: number, order: Int32Array): Accesses {
  switch (group) {
    case 'value':
      return valueAccesses(keys, order);
    case 'list':
      return listAccesses(keys, order);
    case 'map':
      return mapAccesses(keys, order);
  }
}

/** Keys that had no state before, in no order; each pass has others. */
class AddedKeys {
  keys: Int32Array;
  private next: number;

  constructor(first: number) {
    this.keys = new Int32Array(0);
    this.next = first;
  }

  makeNext(count: number): void {
    const { next } = this;
    this.keys = Int32Array.from({ length: count }, (_, i) => next + ((i * 7919) % count));
    this.next += count;
  }
}

function ofValueOnly(): never {
  throw new Error('only a value state grows');
}

function open<S extends State>(backend: KeyedStateBackend<number>, descriptor: StateDescriptor): S {
  return backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, descriptor);
}

function valueAccesses(keys: number, order: Int32Array): Accesses {
  let backend: KeyedStateBackend<number>;
  let state: ValueState<number>;
  const added = new AddedKeys(keys);
  return {
    operations: {
      get: (i) => {
        backend.setCurrentKey(order[i] as number);
        return state.value() as number;
      },
      update: (i) => {
        backend.setCurrentKey(order[i] as number);
        const value = storedValue(i);
        state.update(value);
        return value;
      },
      'get+update': (i) => {
        backend.setCurrentKey(order[i] as number);
        const value = state.value() as number;
        state.update(value + 1);
        return value;
      },
      add: (i) => {
        backend.setCurrentKey(added.keys[i] as number);
        const value = storedValue(i);
        state.update(value);
        return value;
      },
    },
    keysOf: (operation) => (operation === 'add' ? added.keys : order),
    bind(from) {
      backend = from;
      state = open(from, new ValueStateDescriptor('value', Types.LONG));
    },
    fill() {
      for (let key = 0; key < keys; key++) {
        backend.setCurrentKey(key);
        state.update(storedValue(key));
      }
    },
    grow(from, to) {
      for (let key = from; key < to; key++) {
        backend.setCurrentKey(key);
        state.update(key * GROWN_FACTOR);
      }
    },
    sample(key) {
      backend.setCurrentKey(key);
      return state.value() as number;
    },
    prepare(count) {
      added.makeNext(count);
    },
    reset() {
      for (const key of added.keys) {
        backend.setCurrentKey(key);
        state.clear();
      }
    },
  };
}

function listAccesses(keys: number, order: Int32Array): Accesses {
  const hundred = Array.from({ length: LIST_VALUES }, (_, i) => storedValue(i));
  let backend: KeyedStateBackend<number>;
  let state: ListState<number>;
  return {
    operations: {
      get: (i) => {
        backend.setCurrentKey(order[i] as number);
        let sum = 0;
        for (const value of state.get()) {
          sum += value;
        }
        return sum;
      },
      add: (i) => {
        backend.setCurrentKey(order[i] as number);
        const value = storedValue(i);
        state.add(value);
        return value;
      },
      addAll100: (i) => {
        backend.setCurrentKey(order[i] as number);
        state.addAll(hundred);
        return 1;
      },
    },
    keysOf: () => order,
    bind(from) {
      backend = from;
      state = open(from, new ListStateDescriptor('list', Types.LONG));
    },
    fill() {
      for (let key = 0; key < keys; key++) {
        backend.setCurrentKey(key);
        state.add(storedValue(key));
      }
    },
    grow: ofValueOnly,
    sample(key) {
      backend.setCurrentKey(key);
      const [first = Number.NaN] = state.get();
      return first;
    },
    prepare() {},
    /** Lists have one element each again, so that each pass finds the same. */
    reset(count) {
      for (let i = 0; i < count; i++) {
        const key = order[i % order.length] as number;
        backend.setCurrentKey(key);
        state.update([storedValue(key)]);
      }
    },
  };
}

function mapAccesses(keys: number, order: Int32Array): Accesses {
  let backend: KeyedStateBackend<number>;
  let state: MapState<number, number>;
  const added = new AddedKeys(keys);
  return {
    operations: {
      get: (i) => {
        backend.setCurrentKey(order[i] as number);
        return state.get(i % MAP_KEYS) as number;
      },
      put: (i) => {
        backend.setCurrentKey(order[i] as number);
        const value = storedValue(i) / 2;
        state.put(i % MAP_KEYS, value);
        return value;
      },
      contains: (i) => {
        backend.setCurrentKey(order[i] as number);
        return state.contains(i % MAP_KEYS) ? 1 : 0;
      },
      iterate10: (i) => {
        backend.setCurrentKey(order[i] as number);
        let sum = 0;
        for (const [key, value] of state.entries()) {
          sum += key + value;
        }
        return sum;
      },
      add: (i) => {
        backend.setCurrentKey(added.keys[i] as number);
        const value = storedValue(i) / 2;
        state.put(i % MAP_KEYS, value);
        return value;
      },
    },
    keysOf: (operation) => (operation === 'add' ? added.keys : order),
    bind(from) {
      backend = from;
      state = open(from, new MapStateDescriptor('map', Types.LONG, Types.DOUBLE));
    },
    fill() {
      for (let key = 0; key < keys; key++) {
        backend.setCurrentKey(key);
        for (let j = 0; j < MAP_KEYS; j++) {
          state.put(j, storedValue(key + j) / 2);
        }
      }
    },
    grow: ofValueOnly,
    sample(key) {
      backend.setCurrentKey(key);
      return state.get(0) as number;
    },
    prepare(count) {
      added.makeNext(count);
    },
    reset() {
      for (const [i, key] of added.keys.entries()) {
        backend.setCurrentKey(key);
        state.remove(i % MAP_KEYS);
      }
    },
  };
}

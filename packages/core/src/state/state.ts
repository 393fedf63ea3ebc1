/**
 * What a function sees of its state. All accesses are synchronous and belong to the current key.
 *
 * `undefined` and `null` mean "no value": writing one clears. Values that are read may be changed
 * only if they are written back with `update`, `add` or `put`.
 *
 * Flink: org.apache.flink.api.common.state.
 */

export interface State {
  clear(): void;
}

export interface ValueState<T> extends State {
  value(): T | undefined;
  update(value: T | undefined | null): void;
}

export interface AppendingState<IN, OUT> extends State {
  get(): OUT;
  add(value: IN): void;
}

/** Order is kept. Elements are never null or undefined: `VALUE_NOT_SERIALIZABLE`. */
export interface ListState<T> extends AppendingState<T, Iterable<T>> {
  /** Never undefined: empty when nothing was added. */
  get(): Iterable<T>;
  update(values: readonly T[]): void;
  addAll(values: readonly T[]): void;
}

/** Null values are allowed, null and undefined keys are not. */
export interface MapState<UK, UV> extends State {
  get(key: UK): UV | undefined;
  put(key: UK, value: UV): void;
  putAll(entries: Iterable<readonly [UK, UV]>): void;
  remove(key: UK): void;
  contains(key: UK): boolean;
  isEmpty(): boolean;
  entries(): Iterable<[UK, UV]>;
  keys(): Iterable<UK>;
  values(): Iterable<UV>;
}

export interface ReducingState<T> extends AppendingState<T, T | undefined> {}

export interface AggregatingState<IN, OUT> extends AppendingState<IN, OUT | undefined> {}

export interface ReadOnlyBroadcastState<K, V> {
  get(key: K): V | undefined;
  contains(key: K): boolean;
  immutableEntries(): Iterable<readonly [K, V]>;
}

/** The same on every subtask, by the user's promise. */
export interface BroadcastState<K, V> extends ReadOnlyBroadcastState<K, V>, State {
  put(key: K, value: V): void;
  putAll(entries: Iterable<readonly [K, V]>): void;
  remove(key: K): void;
  entries(): Iterable<[K, V]>;
}

/** What a reduce function made of all values added. Flink: RocksDBReducingState. */
// Hot path.
import type { ReduceFunction, ReducingState } from '@millrace/core';
import type { StateRows } from './cached-state.ts';
import { MergingState } from './single-value-state.ts';
import type { StateStore } from './state-store.ts';

export class RocksDBReducingState<K, N, T>
  extends MergingState<K, N, T>
  implements ReducingState<T>
{
  private readonly reduce: (a: T, b: T) => T;

  constructor(
    store: StateStore<K>,
    made: StateRows & { readonly reduceFunction: ReduceFunction<T> },
  ) {
    super(store, made);
    const { reduceFunction } = made;
    this.reduce =
      typeof reduceFunction === 'function' ? reduceFunction : (a, b) => reduceFunction.reduce(a, b);
  }

  get(): T | undefined {
    return this.read();
  }

  add(value: T): void {
    if (value === undefined || value === null) {
      this.clear();
      return;
    }
    const found = this.table.find();
    if (found === undefined && this.cache.leavesPacked()) {
      const before = this.readPacked();
      this.write(before === undefined ? value : this.reduce(before, value));
      return;
    }
    const entry = this.entryOr(found);
    if (entry.value === undefined) {
      const kept = this.kept(value);
      this.beforeWrite(entry);
      this.set(entry, kept);
      return;
    }
    this.beforeWrite(entry); // The function may change in place what it is given.
    this.replace(entry, this.reduce(entry.value as T, value));
  }

  protected merge(a: T, b: T): T {
    return this.reduce(a, b);
  }
}

/** What a reduce function made of all values added. Flink: HeapReducingState. */
// Hot path.
import type { ReduceFunction, ReducingState, TypeSerializer } from '@millrace/core';
import { MergingState } from './heap-state.ts';
import type { StateTable } from './state-table.ts';

export class HeapReducingState<K, N, T> extends MergingState<K, N, T> implements ReducingState<T> {
  private readonly reduce: (a: T, b: T) => T;

  constructor(
    table: StateTable<K, N>,
    serializer: TypeSerializer<T>,
    reduceFunction: ReduceFunction<T>,
  ) {
    super(table, serializer);
    this.reduce =
      typeof reduceFunction === 'function' ? reduceFunction : (a, b) => reduceFunction.reduce(a, b);
  }

  get(): T | undefined {
    return this.read();
  }

  add(value: T): void {
    const row = this.table.find();
    if (row < 0 || value === undefined || value === null) {
      this.write(value);
      return;
    }
    const reduced = this.reduce(this.owned(row), value);
    if (reduced === undefined || reduced === null) {
      this.write(undefined);
      return;
    }
    this.replace(row, reduced);
  }

  protected merge(a: T, b: T): T {
    return this.reduce(a, b);
  }
}

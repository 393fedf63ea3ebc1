/** One value per key. Flink: HeapValueState. */
// Hot path.
import type { ValueState } from '@millrace/core';
import { SingleValueState } from './heap-state.ts';

export class HeapValueState<K, N, T> extends SingleValueState<K, N, T> implements ValueState<T> {
  value(): T | undefined {
    return this.read();
  }

  update(value: T | undefined | null): void {
    this.write(value);
  }
}

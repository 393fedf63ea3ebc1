/** One value per key. Flink: RocksDBValueState. */
// Hot path.
import type { ValueState } from '@millrace/core';
import { SingleValueState } from './single-value-state.ts';

export class RocksDBValueState<K, N, T> extends SingleValueState<K, N, T> implements ValueState<T> {
  value(): T | undefined {
    return this.read();
  }

  update(value: T | undefined | null): void {
    this.write(value);
  }
}

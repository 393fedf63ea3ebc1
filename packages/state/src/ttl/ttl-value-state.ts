/** A value with a time to live. Flink: TtlValueState. */
// Hot path.
import type { TtlValue, ValueState } from '@millrace/core';
import { isExpired, ttlValue } from './expiry.ts';
import { TtlState } from './ttl-state.ts';

export class TtlValueState<K, N, T>
  extends TtlState<K, N, ValueState<TtlValue<T>>>
  implements ValueState<T>
{
  value(): T | undefined {
    const now = this.accessed();
    const stored = this.original.value();
    if (stored === undefined) {
      return undefined;
    }
    if (isExpired(stored, this.rules.timeToLiveMs, now)) {
      this.original.clear();
      return this.rules.returnsExpired ? stored.userValue : undefined;
    }
    if (this.rules.updatesOnRead) {
      this.original.update(ttlValue(stored.userValue, now));
    }
    return stored.userValue;
  }

  update(value: T | undefined | null): void {
    const now = this.accessed();
    if (value === undefined || value === null) {
      this.original.clear();
    } else {
      this.original.update(ttlValue(value, now));
    }
  }
}

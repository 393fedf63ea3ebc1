/**
 * Reducing and aggregating state with a time to live: what was folded lives on with each value that
 * is added, and is forgotten as a whole.
 *
 * Flink: TtlReducingState, TtlAggregatingState.
 */
// Hot path.
import type {
  AggregateFunction,
  AggregatingState,
  AppendingState,
  ReducingState,
  TtlValue,
} from '@millrace/core';
import type { InternalAppendingState } from '../backend/internal-kv-state.ts';
import { isExpired, ttlValue } from './expiry.ts';
import type { StoredState } from './stored-state.ts';
import { TtlMergingState } from './ttl-state.ts';

type Folding<IN, ACC> = AppendingState<IN, unknown> & InternalAppendingState<TtlValue<ACC>>;

abstract class TtlFoldingState<K, N, IN, ACC> extends TtlMergingState<K, N, Folding<IN, ACC>> {
  constructor(stored: StoredState<K, N, AppendingState<IN, unknown>>) {
    super(
      stored.original as typeof stored.original & Folding<IN, ACC>,
      stored.rules,
      stored.cleanup,
    );
  }

  /** What was folded, if a read may give it. */
  protected folded(now: number): ACC | undefined {
    const stored = this.original.getInternal();
    if (stored === undefined) {
      return undefined;
    }
    if (isExpired(stored, this.rules.timeToLiveMs, now)) {
      this.original.clear();
      return this.rules.returnsExpired ? stored.userValue : undefined;
    }
    if (this.rules.updatesOnRead) {
      this.original.updateInternal(ttlValue(stored.userValue, now));
    }
    return stored.userValue;
  }
}

export class TtlReducingState<K, N, T>
  extends TtlFoldingState<K, N, TtlValue<T>, T>
  implements ReducingState<T>
{
  get(): T | undefined {
    return this.folded(this.accessed());
  }

  add(value: T): void {
    const now = this.accessed();
    if (value === undefined || value === null) {
      this.original.clear();
    } else {
      this.original.add(ttlValue(value, now));
    }
  }
}

export class TtlAggregatingState<K, N, IN, ACC, OUT>
  extends TtlFoldingState<K, N, IN, ACC>
  implements AggregatingState<IN, OUT>
{
  private readonly aggregate: AggregateFunction<IN, ACC, OUT>;

  constructor(
    stored: StoredState<K, N, AppendingState<IN, unknown>>,
    aggregate: AggregateFunction<IN, ACC, OUT>,
  ) {
    super(stored);
    this.aggregate = aggregate;
  }

  get(): OUT | undefined {
    const accumulator = this.folded(this.accessed());
    return accumulator === undefined ? undefined : this.aggregate.getResult(accumulator);
  }

  add(value: IN): void {
    this.accessed();
    this.original.add(value);
  }
}

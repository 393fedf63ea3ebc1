/** The accumulator of all values added. Flink: RocksDBAggregatingState. */
// Hot path.
import { type AggregateFunction, type AggregatingState, ConfigError } from '@millrace/core';
import type { StateRows } from './cached-state.ts';
import { MergingState } from './single-value-state.ts';
import type { StateStore } from './state-store.ts';

export class RocksDBAggregatingState<K, N, IN, ACC, OUT>
  extends MergingState<K, N, ACC>
  implements AggregatingState<IN, OUT>
{
  private readonly aggregate: AggregateFunction<IN, ACC, OUT>;

  constructor(
    store: StateStore<K>,
    made: StateRows & { readonly aggregateFunction: AggregateFunction<IN, ACC, OUT> },
  ) {
    super(store, made);
    this.aggregate = made.aggregateFunction;
  }

  get(): OUT | undefined {
    const accumulator = this.read();
    return accumulator === undefined ? undefined : this.aggregate.getResult(accumulator);
  }

  add(value: IN): void {
    if (value === undefined || value === null) {
      this.clear();
      return;
    }
    const found = this.table.find();
    if (found === undefined && this.cache.leavesPacked()) {
      const packed = this.readPacked() ?? this.aggregate.createAccumulator();
      this.write(this.aggregate.add(value, packed));
      return;
    }
    const entry = this.entryOr(found);
    this.beforeWrite(entry); // The function may change in place what it is given.
    const before = (entry.value as ACC | undefined) ?? this.aggregate.createAccumulator();
    this.replace(entry, this.aggregate.add(value, before));
  }

  protected merge(a: ACC, b: ACC): ACC {
    const { aggregate } = this;
    if (aggregate.merge === undefined) {
      throw new ConfigError(
        'UNSUPPORTED',
        `the accumulators of state '${this.name}' must be merged, but its aggregate function has no merge; write one`,
      );
    }
    return aggregate.merge(a, b);
  }
}

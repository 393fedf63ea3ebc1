/** The accumulator of all values added. Flink: HeapAggregatingState. */
// Hot path.
import {
  type AggregateFunction,
  type AggregatingState,
  ConfigError,
  type TypeSerializer,
} from '@millrace/core';
import { MergingState } from './heap-state.ts';
import type { StateTable } from './state-table.ts';

export class HeapAggregatingState<K, N, IN, ACC, OUT>
  extends MergingState<K, N, ACC>
  implements AggregatingState<IN, OUT>
{
  private readonly aggregate: AggregateFunction<IN, ACC, OUT>;

  constructor(
    table: StateTable<K, N>,
    serializer: TypeSerializer<ACC>,
    aggregateFunction: AggregateFunction<IN, ACC, OUT>,
  ) {
    super(table, serializer);
    this.aggregate = aggregateFunction;
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
    const row = this.table.find();
    if (row < 0) {
      this.write(this.aggregate.add(value, this.aggregate.createAccumulator()));
      return;
    }
    const accumulator = this.aggregate.add(value, this.owned(row));
    if (accumulator === undefined || accumulator === null) {
      this.clear();
      return;
    }
    this.replace(row, accumulator);
  }

  protected merge(a: ACC, b: ACC): ACC {
    const { aggregate } = this;
    if (aggregate.merge === undefined) {
      throw new ConfigError(
        'UNSUPPORTED',
        `the accumulators of state '${this.table.meta.name}' must be merged, but its aggregate function has no merge; write one`,
      );
    }
    return aggregate.merge(a, b);
  }
}

/** How many records there are, as programs count them in windows. */
import type { AggregateFunction } from 'millrace';

export class CountAggregate implements AggregateFunction<unknown, number, number> {
  createAccumulator(): number {
    return 0;
  }

  add(_value: unknown, count: number): number {
    return count + 1;
  }

  getResult(count: number): number {
    return count;
  }

  merge(a: number, b: number): number {
    return a + b;
  }
}

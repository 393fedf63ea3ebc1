/** Flink: SimpleCounter. */
// Hot path.

import type { Counter } from './metrics.ts';

export class SimpleCounter implements Counter {
  count: number;

  constructor() {
    this.count = 0;
  }

  inc(n = 1): void {
    this.count += n;
  }
}

/** Adds up others when it is read, so that what they count costs nothing more. Flink: SumCounter. */
export class SumCounter implements Counter {
  private readonly summands: readonly Pick<Counter, 'count'>[];
  private own: number;

  constructor(summands: readonly Pick<Counter, 'count'>[]) {
    this.summands = summands;
    this.own = 0;
  }

  inc(n = 1): void {
    this.own += n;
  }

  get count(): number {
    let sum = this.own;
    for (const { count } of this.summands) {
      sum += count;
    }
    return sum;
  }
}

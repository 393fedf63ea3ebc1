/**
 * Accumulators of one number: sums and extremes.
 *
 * Unlike Java's, a sum of whole numbers does not wrap at 2^31; it is exact up to 2^53.
 *
 * Flink: IntCounter, LongCounter, DoubleCounter, IntMinimum, IntMaximum, LongMinimum, LongMaximum,
 * DoubleMinimum, DoubleMaximum.
 */
import type { Accumulator, SimpleAccumulator } from './accumulator.ts';

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

abstract class FoldingAccumulator implements SimpleAccumulator<number> {
  localValue: number;
  private readonly neutral: number;

  constructor(neutral: number, initial: number) {
    this.neutral = neutral;
    this.localValue = initial;
  }

  abstract add(value: number): void;
  abstract clone(): FoldingAccumulator;

  resetLocal(): void {
    this.localValue = this.neutral;
  }

  merge(other: Accumulator<number, number>): void {
    this.add(other.localValue);
  }
}

abstract class Sum extends FoldingAccumulator {
  constructor(initial = 0) {
    super(0, initial);
  }

  add(value: number): void {
    this.localValue += value;
  }
}

export class IntCounter extends Sum {
  clone(): IntCounter {
    return new IntCounter(this.localValue);
  }
}

export class LongCounter extends Sum {
  clone(): LongCounter {
    return new LongCounter(this.localValue);
  }
}

export class DoubleCounter extends Sum {
  clone(): DoubleCounter {
    return new DoubleCounter(this.localValue);
  }
}

abstract class Minimum extends FoldingAccumulator {
  add(value: number): void {
    this.localValue = Math.min(this.localValue, value);
  }
}

/** 2147483647 while nothing was added. */
export class IntMinimum extends Minimum {
  constructor(initial: number = INT_MAX) {
    super(INT_MAX, initial);
  }

  clone(): IntMinimum {
    return new IntMinimum(this.localValue);
  }
}

/** Infinity while nothing was added, where Flink has the largest long. */
export class LongMinimum extends Minimum {
  constructor(initial: number = Number.POSITIVE_INFINITY) {
    super(Number.POSITIVE_INFINITY, initial);
  }

  clone(): LongMinimum {
    return new LongMinimum(this.localValue);
  }
}

/** Infinity while nothing was added. */
export class DoubleMinimum extends Minimum {
  constructor(initial: number = Number.POSITIVE_INFINITY) {
    super(Number.POSITIVE_INFINITY, initial);
  }

  clone(): DoubleMinimum {
    return new DoubleMinimum(this.localValue);
  }
}

abstract class Maximum extends FoldingAccumulator {
  add(value: number): void {
    this.localValue = Math.max(this.localValue, value);
  }
}

/** -2147483648 while nothing was added. */
export class IntMaximum extends Maximum {
  constructor(initial: number = INT_MIN) {
    super(INT_MIN, initial);
  }

  clone(): IntMaximum {
    return new IntMaximum(this.localValue);
  }
}

/** -Infinity while nothing was added, where Flink has the smallest long. */
export class LongMaximum extends Maximum {
  constructor(initial: number = Number.NEGATIVE_INFINITY) {
    super(Number.NEGATIVE_INFINITY, initial);
  }

  clone(): LongMaximum {
    return new LongMaximum(this.localValue);
  }
}

/** -Infinity while nothing was added. */
export class DoubleMaximum extends Maximum {
  constructor(initial: number = Number.NEGATIVE_INFINITY) {
    super(Number.NEGATIVE_INFINITY, initial);
  }

  clone(): DoubleMaximum {
    return new DoubleMaximum(this.localValue);
  }
}

import type { SimpleAccumulator } from './accumulator.ts';

/** The mean of what was added; 0 while nothing was. Flink: AverageAccumulator. */
export class AverageAccumulator implements SimpleAccumulator<number> {
  private count = 0;
  private sum = 0;

  get localValue(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  add(value: number): void {
    this.count++;
    this.sum += value;
  }

  resetLocal(): void {
    this.count = 0;
    this.sum = 0;
  }

  merge(other: AverageAccumulator): void {
    this.count += other.count;
    this.sum += other.sum;
  }

  clone(): AverageAccumulator {
    const clone = new AverageAccumulator();
    clone.merge(this);
    return clone;
  }
}

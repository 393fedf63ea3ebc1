import type { Accumulator } from './accumulator.ts';

/** How often each whole number came, in the order of the numbers. Flink: accumulators.Histogram. */
export class Histogram implements Accumulator<number, Map<number, number>> {
  private readonly counts: Map<number, number> = new Map();

  get localValue(): Map<number, number> {
    return new Map([...this.counts].sort(([a], [b]) => a - b));
  }

  add(value: number): void {
    this.addTimes(value, 1);
  }

  resetLocal(): void {
    this.counts.clear();
  }

  merge(other: Accumulator<number, Map<number, number>>): void {
    for (const [value, count] of other.localValue) {
      this.addTimes(value, count);
    }
  }

  clone(): Histogram {
    const clone = new Histogram();
    clone.merge(this);
    return clone;
  }

  private addTimes(value: number, times: number): void {
    this.counts.set(value, (this.counts.get(value) ?? 0) + times);
  }
}

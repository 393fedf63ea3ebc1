import type { Accumulator } from './accumulator.ts';

/** What was added, in its order; of several subtasks one after the other. Flink: ListAccumulator. */
export class ListAccumulator<T> implements Accumulator<T, T[]> {
  private elements: T[] = [];

  /** A copy. */
  get localValue(): T[] {
    return [...this.elements];
  }

  add(value: T): void {
    this.elements.push(value);
  }

  resetLocal(): void {
    this.elements = [];
  }

  merge(other: Accumulator<T, T[]>): void {
    for (const element of other.localValue) {
      this.elements.push(element);
    }
  }

  clone(): ListAccumulator<T> {
    const clone = new ListAccumulator<T>();
    clone.merge(this);
    return clone;
  }
}

/**
 * A figure that a job gathers beside its records: each subtask adds to its own, and all of one name
 * are merged.
 *
 * Not part of checkpoints: an attempt that fails takes its figures with it, and the next begins
 * anew. For what must be exact use state.
 *
 * Flink: Accumulator.
 */
export interface Accumulator<V, R> {
  add(value: V): void;
  /** What was gathered so far. */
  readonly localValue: R;
  /** Back to where it began. */
  resetLocal(): void;
  /** Takes in what another of the same class gathered, which stays as it is. */
  merge(other: Accumulator<V, R>): void;
  clone(): Accumulator<V, R>;
}

/** One whose result has the type of what is added. Flink: SimpleAccumulator. */
export type SimpleAccumulator<T> = Accumulator<T, T>;

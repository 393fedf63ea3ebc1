/**
 * What a `*.bench.ts` file sees of the harness. Types only: the harness is in `benchmarks/`.
 *
 * A bench file exports `bench(suite)`, sync or async. It stands beside its subject, in any
 * package; it imports this contract from `@millrace/core/bench`, so that no package depends on the
 * harness.
 */

export interface BenchSuite {
  /** True in `npm test`, where a bench only proves that it still runs. */
  readonly smoke: boolean;
  /** `full`, or `smoke` where a bench must end within a blink. */
  size(full: number, smoke: number): number;
  /**
   * Measures variants of one thing in turn, in one run, and prints medians and ratios.
   *
   * @throws Error when a variant's checksum changes between runs, or differs from the baseline's
   * although `sameChecksum` is set
   */
  compare(title: string, comparison: BenchComparison): Promise<void>;
  /** Prints a figure that the bench measured itself, such as a longest pause. */
  report(title: string, value: number, unit: string): void;
}

export interface BenchComparison {
  /** The variant that the ratios refer to. */
  readonly baseline: string;
  readonly variants: Readonly<Record<string, BenchVariant>>;
  /** What one run of any variant does this many times, so that figures are per operation. */
  readonly operations: number;
  /** All variants must give the baseline's checksum. Default: true. */
  readonly sameChecksum?: boolean;
  /** How often each variant has its turn. Default: 7; 1 in smoke mode. */
  readonly turns?: number;
}

export interface BenchVariant {
  /** Runs before each run and is not timed. */
  setUp?(): void | Promise<void>;
  /** Does the work and gives a checksum of its result, so that nothing is optimised away. */
  run(): number | Promise<number>;
}

/** What a bench file exports as `bench`. */
export type Bench = (suite: BenchSuite) => void | Promise<void>;

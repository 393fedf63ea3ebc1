/**
 * Measures variants of one thing against a named baseline.
 *
 * Machines are noisy, so the ratio is what counts:
 * - All variants run in one process and take turns; the order turns round with each round, so that
 *   none always follows the same one.
 * - A variant runs once untimed before each of its turns.
 * - The median of all its runs is printed, per operation, with its ratio to the baseline's median.
 * - Each run's checksum is compared, so that a variant that does less work fails instead of winning.
 *
 * Not meant for absolute figures. mitata times the runs; only statistics are kept.
 */
import type { BenchComparison, BenchSuite, BenchVariant } from '@millrace/core/bench';
import { measure } from 'mitata';
import { comparisonLines, figureLine } from './bench-report.ts';

export interface VariantResult {
  readonly name: string;
  /** Per operation. */
  readonly medianNs: number;
  readonly p25Ns: number;
  readonly p75Ns: number;
  /** This median over the baseline's: 2 is twice as slow. */
  readonly ratio: number;
  readonly runCount: number;
  readonly checksum: number;
}

export interface ComparisonResult {
  readonly title: string;
  readonly baseline: string;
  readonly operations: number;
  readonly variants: readonly VariantResult[];
}

export interface FigureResult {
  readonly title: string;
  readonly value: number;
  readonly unit: string;
}

interface Samples {
  readonly name: string;
  readonly variant: BenchVariant;
  readonly runNs: number[];
  checksum: number | undefined;
}

const RUNS_PER_TURN = 3;

export class BenchHarness implements BenchSuite {
  readonly smoke: boolean;
  readonly comparisons: ComparisonResult[] = [];
  readonly figures: FigureResult[] = [];
  private readonly print: (line: string) => void;

  constructor(options: { smoke: boolean; print: (line: string) => void }) {
    this.smoke = options.smoke;
    this.print = options.print;
  }

  size(full: number, smoke: number): number {
    return this.smoke ? smoke : full;
  }

  async compare(title: string, comparison: BenchComparison): Promise<void> {
    const { baseline, variants, operations } = comparison;
    if (variants[baseline] === undefined) {
      throw new Error(`${title}: the baseline ${baseline} is not one of the variants`);
    }
    const samples = Object.entries(variants).map(([name, variant]) => newSamples(name, variant));
    const turns = this.smoke ? 1 : (comparison.turns ?? 7);
    for (let turn = 0; turn < turns; turn += 1) {
      for (let place = 0; place < samples.length; place += 1) {
        await this.takeTurn(title, samples[(place + turn) % samples.length]!);
      }
    }
    if (comparison.sameChecksum ?? true) {
      assertSameChecksum(title, baseline, samples);
    }
    const result = {
      title,
      baseline,
      operations,
      variants: statistics(baseline, operations, samples),
    };
    this.comparisons.push(result);
    comparisonLines(result).forEach(this.print);
  }

  report(title: string, value: number, unit: string): void {
    const figure = { title, value, unit };
    this.figures.push(figure);
    this.print(figureLine(figure));
  }

  private async takeTurn(title: string, samples: Samples): Promise<void> {
    const { name, variant } = samples;
    const check = (checksum: number): void => {
      if (samples.checksum !== undefined && !Object.is(checksum, samples.checksum)) {
        throw new Error(
          `${title}: ${name} gave checksum ${samples.checksum}, then ${checksum}; ` +
            'a variant must do the same work in each run, so reset its state in setUp',
        );
      }
      samples.checksum = checksum;
    };
    const run = (): void | Promise<void> => {
      const checksum = variant.run();
      return typeof checksum === 'number' ? check(checksum) : checksum.then(check);
    };
    const runs = this.smoke ? 1 : RUNS_PER_TURN;
    const options = {
      min_samples: runs,
      max_samples: runs,
      min_cpu_time: 0,
      warmup_samples: 0, // mitata runs it once before the first sample, whatever this says.
      gc: globalThis.gc === undefined ? false : () => globalThis.gc?.(),
      params: [async () => variant.setUp?.()], // Called before each run, outside the time taken.
    };
    const { samples: runNs } = await measure(run, options);
    samples.runNs.push(...runNs);
  }
}

function newSamples(name: string, variant: BenchVariant): Samples {
  return { name, variant, runNs: [], checksum: undefined };
}

function assertSameChecksum(title: string, baseline: string, all: readonly Samples[]): void {
  const expected = all.find(({ name }) => name === baseline)?.checksum;
  const other = all.find(({ checksum }) => !Object.is(checksum, expected));
  if (other !== undefined) {
    throw new Error(
      `${title}: ${other.name} gave checksum ${other.checksum}, ${baseline} gave ${expected}; ` +
        'make them do the same work, or set sameChecksum to false',
    );
  }
}

function statistics(
  baseline: string,
  operations: number,
  all: readonly Samples[],
): readonly VariantResult[] {
  const sorted = all.map(({ runNs }) => [...runNs].sort((a, b) => a - b));
  const baselineIndex = all.findIndex(({ name }) => name === baseline);
  const baselineMedianNs = quantile(sorted[baselineIndex]!, 0.5) / operations;
  return all.map(({ name, checksum }, index) => {
    const runNs = sorted[index]!;
    const medianNs = quantile(runNs, 0.5) / operations;
    return {
      name,
      medianNs,
      p25Ns: quantile(runNs, 0.25) / operations,
      p75Ns: quantile(runNs, 0.75) / operations,
      ratio: medianNs / baselineMedianNs,
      runCount: runNs.length,
      checksum: checksum!,
    };
  });
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))]!;
}

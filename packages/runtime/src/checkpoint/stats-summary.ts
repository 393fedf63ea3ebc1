/**
 * What a figure came to over checkpoints: extremes and mean of all, quantiles of the last ones.
 *
 * Flink: StatsSummary, CompletedCheckpointStatsSummary.
 */
import { DescriptiveStatisticsHistogram } from '@millrace/core';
import type { CheckpointStatistics } from './checkpoint-statistics.ts';

/** The mean is a whole number; the quantiles are `NaN` while there is no value, the others 0. */
export interface StatsSummarySnapshot {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly avg: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
}

export class StatsSummary {
  private count = 0;
  private sum = 0;
  private min = 0;
  private max = 0;
  private readonly recent: DescriptiveStatisticsHistogram;

  /** @param historySize - how many values the quantiles are of, at least 1 */
  constructor(historySize: number) {
    this.recent = new DescriptiveStatisticsHistogram(historySize);
  }

  /** A negative value is not known, and is passed over. */
  add(value: number): void {
    if (value >= 0) {
      this.min = this.count === 0 ? value : Math.min(this.min, value);
      this.max = Math.max(this.max, value);
      this.sum += value;
      this.count++;
      this.recent.update(value);
    }
  }

  snapshot(): StatsSummarySnapshot {
    const { count, sum, min, max } = this;
    const statistics = this.recent.statistics();
    const quantile = (q: number): number => (count === 0 ? Number.NaN : statistics.quantile(q));
    return {
      ...{ count, min, max, avg: count === 0 ? 0 : Math.floor(sum / count) },
      p50: quantile(0.5),
      p90: quantile(0.9),
      p95: quantile(0.95),
      p99: quantile(0.99),
      p999: quantile(0.999),
    };
  }
}

const FIGURES = [
  'checkpointedSizeBytes',
  'stateSizeBytes',
  'endToEndDurationMs',
  'bytesProcessedDuringAlignment',
  'bytesPersistedDuringAlignment',
] as const;

/** Of checkpoints and savepoints that completed. */
export type CheckpointSummary = Readonly<Record<(typeof FIGURES)[number], StatsSummarySnapshot>>;

export class CompletedCheckpointSummary {
  private readonly figures: readonly (readonly [(typeof FIGURES)[number], StatsSummary])[];

  /** @param historySize - `web.checkpoints.history` */
  constructor(historySize: number) {
    const size = Math.max(1, historySize);
    this.figures = FIGURES.map((figure) => [figure, new StatsSummary(size)]);
  }

  add(checkpoint: CheckpointStatistics): void {
    for (const [figure, summary] of this.figures) {
      summary.add(checkpoint[figure]);
    }
  }

  snapshot(): CheckpointSummary {
    const entries = this.figures.map(([figure, summary]) => [figure, summary.snapshot()]);
    return Object.fromEntries(entries) as CheckpointSummary;
  }
}

export const NO_CHECKPOINT_SUMMARY: CheckpointSummary = new CompletedCheckpointSummary(
  1,
).snapshot();

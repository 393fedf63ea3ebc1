/**
 * The distribution of the last values, as many as the window holds.
 *
 * Quantiles are estimated as Flink's are: at the position `q * (n + 1)` of the sorted values, between
 * two of them in proportion.
 *
 * Flink: DescriptiveStatisticsHistogram (commons-math: Percentile, LEGACY).
 */
// Hot path.

import type { Histogram, HistogramStatistics } from './metrics.ts';

export class DescriptiveStatisticsHistogram implements Histogram {
  count: number;
  private readonly window: Float64Array;

  /** @param windowSize - how many values are remembered, at least 1 */
  constructor(windowSize: number) {
    this.count = 0;
    this.window = new Float64Array(windowSize);
  }

  update(value: number): void {
    this.window[this.count % this.window.length] = value;
    this.count++;
  }

  statistics(): HistogramStatistics {
    return new SampleStatistics(this.window.slice(0, Math.min(this.count, this.window.length)));
  }
}

class SampleStatistics implements HistogramStatistics {
  readonly size: number;
  readonly mean: number;
  readonly stddev: number;
  private readonly sorted: Float64Array;

  constructor(values: Float64Array) {
    const size = values.length;
    const mean = values.reduce((sum, value) => sum + value, 0) / size;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    this.size = size;
    this.mean = mean;
    this.stddev = size === 1 ? 0 : Math.sqrt(squares / (size - 1));
    this.sorted = values.sort();
  }

  get min(): number {
    return this.sorted[0] ?? Number.NaN;
  }

  get max(): number {
    return this.sorted[this.size - 1] ?? Number.NaN;
  }

  quantile(quantile: number): number {
    const position = quantile * (this.size + 1);
    if (position < 1) {
      return this.min;
    }
    if (position >= this.size) {
      return this.max;
    }
    const below = Math.floor(position);
    const lower = this.sorted[below - 1] as number;
    const upper = this.sorted[below] as number;
    return lower + (position - below) * (upper - lower);
  }
}

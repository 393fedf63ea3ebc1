/**
 * Min, max, mean and percentiles of a few numbers, whole as Flink gives them.
 *
 * Flink: MetricsHandler's StatsSummary over commons-math, whose percentile `p` of `n` values lies at the
 * place `p * (n + 1) / 100`, between two of them where it is not whole.
 */

/** @param sorted - ascending, at least one. @param p - in `(0, 100]` */
export function percentileOf(sorted: readonly number[], p: number): number {
  const place = (p * (sorted.length + 1)) / 100;
  const below = Math.floor(place);
  if (below < 1) {
    return sorted[0]!;
  }
  if (below >= sorted.length) {
    return sorted.at(-1)!;
  }
  const lower = sorted[below - 1]!;
  return lower + (place - below) * (sorted[below]! - lower);
}

export function summaryOf(values: readonly number[]): Record<string, number> {
  const sorted = [...values].sort((a, b) => a - b);
  const sum = sorted.reduce((total, value) => total + value, 0);
  const whole = (p: number) => Math.trunc(percentileOf(sorted, p));
  return {
    p25: whole(25),
    min: Math.trunc(sorted[0]!),
    avg: Math.trunc(sum / sorted.length),
    median: whole(50),
    max: Math.trunc(sorted.at(-1)!),
    sum: Math.trunc(sum),
    p95: whole(95),
    p75: whole(75),
  };
}

/** What the memory of a process does over time: whether it stays where it was. */

/** Bytes. */
export interface MemorySample {
  readonly atMs: number;
  readonly rss: number;
  /** Without garbage. */
  readonly mainHeap: number;
  /** Of all workers together. */
  readonly workerHeaps: number;
}

export type MemoryMeasure = Exclude<keyof MemorySample, 'atMs'>;

export interface MemoryTrend {
  /** Medians, bytes. */
  readonly secondQuarter: number;
  readonly lastQuarter: number;
  /** Least squares over the last three quarters, bytes per minute. */
  readonly slopePerMinute: number;
  readonly isFlat: boolean;
}

const MS_PER_MINUTE = 60_000;
/** What a garbage collector leaves open: a growth below this is none. */
const MB = 1024 * 1024;
const WITH_GARBAGE = { share: 0.15, bytes: 48 * MB };
const OPEN = {
  rss: WITH_GARBAGE,
  mainHeap: { share: 0.05, bytes: 4 * MB },
  workerHeaps: WITH_GARBAGE,
};

/** The first quarter is left out: the process fills its caches, and the state its keys. */
export function memoryTrend(samples: readonly MemorySample[], measure: MemoryMeasure): MemoryTrend {
  const quarter = Math.floor(samples.length / 4);
  const secondQuarter = median(samples.slice(quarter, 2 * quarter).map((s) => s[measure]));
  const lastQuarter = median(samples.slice(-quarter).map((s) => s[measure]));
  const settled = samples.slice(quarter).map((s) => [s.atMs, s[measure]] as const);
  return {
    secondQuarter,
    lastQuarter,
    slopePerMinute: slope(settled) * MS_PER_MINUTE,
    isFlat: lastQuarter <= secondQuarter * (1 + OPEN[measure].share) + OPEN[measure].bytes,
  };
}

function slope(points: readonly (readonly [number, number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  let covariance = 0;
  let variance = 0;
  for (const [x, y] of points) {
    covariance += (x - meanX) * (y - meanY);
    variance += (x - meanX) ** 2;
  }
  return variance === 0 ? 0 : covariance / variance;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** A metric as plain values, as it is sent from thread to thread. Flink: MetricDump. */
import type { Metric } from './generic-metric-group.ts';
import type { GaugeValue, Histogram, Meter } from './metrics.ts';

export type MetricDump = MetricDumpPlace & MetricDumpValue;

export interface MetricDumpPlace {
  /** With the scope: `<host>.taskmanager.<tm_id>.…`. */
  readonly identifier: string;
  readonly name: string;
  /** The scope without values: `taskmanager.job.task.operator`. */
  readonly logicalScope: string;
  /** Names of groups between the component and the metric, with dots: `Shuffle.Netty.Input.Buffers`. */
  readonly infix: string;
  /** Without brackets: `job_name`, `subtask_index` and the like. */
  readonly variables: Readonly<Record<string, string>>;
}

export type MetricDumpValue =
  | { readonly type: 'counter'; readonly value: number }
  /** `undefined` when reading it failed. */
  | { readonly type: 'gauge'; readonly value: GaugeValue | undefined }
  | { readonly type: 'meter'; readonly rate: number; readonly count: number }
  | ({ readonly type: 'histogram' } & HistogramDump);

/** All but `count` are `NaN` while there is no value. */
export interface HistogramDump {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly stddev: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p95: number;
  readonly p98: number;
  readonly p99: number;
  readonly p999: number;
}

/**
 * A metric of the program may throw: that hides its own value, and no other metric.
 *
 * @returns `undefined` for a counter, meter or histogram that threw: it has no value to show
 */
export function dumpValue(metric: Metric): MetricDumpValue | undefined {
  try {
    return readValue(metric);
  } catch {
    return metric.type === 'gauge' ? { type: 'gauge', value: undefined } : undefined;
  }
}

function readValue({ type, metric }: Metric): MetricDumpValue {
  switch (type) {
    case 'counter':
      return { type, value: metric.count };
    case 'gauge':
      return { type, value: metric() };
    case 'meter':
      return dumpMeter(metric);
    case 'histogram':
      return { type, ...dumpHistogram(metric) };
  }
}

function dumpMeter({ rate, count }: Meter): MetricDumpValue {
  return { type: 'meter', rate, count };
}

function dumpHistogram(histogram: Histogram): HistogramDump {
  const statistics = histogram.statistics();
  return {
    count: histogram.count,
    min: statistics.min,
    max: statistics.max,
    mean: statistics.mean,
    stddev: statistics.stddev,
    p50: statistics.quantile(0.5),
    p75: statistics.quantile(0.75),
    p90: statistics.quantile(0.9),
    p95: statistics.quantile(0.95),
    p98: statistics.quantile(0.98),
    p99: statistics.quantile(0.99),
    p999: statistics.quantile(0.999),
  };
}

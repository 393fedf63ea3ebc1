/** What a metric was since one looks: of all subtasks the least, the mean and the greatest. */
import { finite, formatByteRate, formatBytes, formatCount, formatRate } from '../format/numbers.ts';
import { formatDuration } from '../format/times.ts';
import type { AggregatedMetric } from '../rest/jobs.ts';

export interface MetricHistory {
  readonly times: readonly number[];
  readonly min: readonly (number | null)[];
  readonly avg: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

export const NO_HISTORY: MetricHistory = { times: [], min: [], avg: [], max: [] };

const POINTS_MAX = 900; // Half an hour at two seconds.

export function withPoint(
  history: MetricHistory,
  at: number,
  metric: AggregatedMetric | undefined,
): MetricHistory {
  const add = (values: readonly (number | null)[], value: unknown): (number | null)[] => [
    ...values.slice(1 - POINTS_MAX),
    finite(value) ?? null,
  ];
  return {
    times: [...history.times.slice(1 - POINTS_MAX), at],
    min: add(history.min, metric?.min),
    avg: add(history.avg, metric?.avg),
    max: add(history.max, metric?.max),
  };
}

/** How a metric is shown, by its name: Flink's names end in their units, and say what is bytes. */
export function metricFormat(name: string): (value: number) => string {
  const perSecond = name.endsWith('PerSecond');
  if (perSecond && /MsPerSecond$/.test(name)) {
    return (value) => `${formatCount(value)} ms/s`;
  }
  if (/bytes|memory\.|(checkpoint|state).*size/i.test(name)) {
    return perSecond ? formatByteRate : formatBytes;
  }
  if (/nanos$/i.test(name)) {
    return (value) => formatDuration(value / 1e6);
  }
  if (/(ms(_\w+)?|time|lag|duration|latency)$/i.test(name)) {
    return formatDuration;
  }
  return perSecond ? formatRate : formatCount;
}

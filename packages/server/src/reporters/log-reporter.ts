/** Writes all metrics to the log, at INFO. Flink: Slf4jReporter. */
import type { CreateMetricReporter, ReportedMetric } from './metric-reporter.ts';

const SECTIONS = [
  ['counter', 'Counters'],
  ['gauge', 'Gauges'],
  ['meter', 'Meters'],
  ['histogram', 'Histograms'],
] as const;

export const createLogReporter: CreateMetricReporter = ({ log }) => ({
  report: (metrics) => log('INFO', metricsReport(metrics)),
  close: () => {},
});

export function metricsReport(metrics: readonly ReportedMetric[]): string {
  const lines = SECTIONS.flatMap(([type, title]) => [
    '',
    `-- ${title} ${'-'.repeat(75 - title.length)}`,
    ...metrics.filter(({ dump }) => dump.type === type).map(lineOf),
  ]);
  const rule = '='.repeat(27);
  return [
    `\n${rule} Starting metrics report ${rule}`,
    ...lines,
    '',
    `${rule} Finished metrics report ${rule}`,
  ].join('\n');
}

function lineOf({ identifier, dump }: ReportedMetric): string {
  switch (dump.type) {
    case 'counter':
    case 'gauge':
      return `${identifier}: ${dump.value ?? 'null'}`;
    case 'meter':
      return `${identifier}: ${dump.rate}`;
    case 'histogram':
      return (
        `${identifier}: count=${dump.count}, min=${dump.min}, max=${dump.max}, mean=${dump.mean}, ` +
        `stddev=${dump.stddev}, p50=${dump.p50}, p75=${dump.p75}, p95=${dump.p95}, p98=${dump.p98}, ` +
        `p99=${dump.p99}, p999=${dump.p999}`
      );
  }
}

/** Flink's REST API for the jobs of a process. */
export { restApiDocument } from './endpoint/rest-api-document.ts';
export { startRestServer } from './endpoint/rest-server.ts';
export type {
  CreateMetricReporter,
  MetricReporter,
  ReportedMetric,
  ReporterContext,
} from './reporters/metric-reporter.ts';
export { startMetricReporters } from './reporters/metric-reporters.ts';

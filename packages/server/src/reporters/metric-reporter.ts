/** What a reporter is, and what it is given. Flink: MetricReporter, Scheduled, MetricConfig. */
import type { LogLevel, MetricDump } from '@millrace/core';

export interface ReportedMetric {
  /** Scope and name with the reporter's delimiter. */
  readonly identifier: string;
  /** With the reporter's own variables, without those that it leaves out. */
  readonly dump: MetricDump;
}

export interface MetricReporter {
  /** Where it listens, of one that is asked. */
  readonly port?: number;
  /** Called each `interval`; a failure is logged and the next report goes on. */
  report?(metrics: readonly ReportedMetric[]): void | Promise<void>;
  close(): void | Promise<void>;
}

export interface ReporterContext {
  readonly name: string;
  /** The keys below `metrics.reporter.<name>.`. */
  readonly properties: Readonly<Record<string, string>>;
  /** As of now, filtered: for reporters that are asked. */
  metrics(): Promise<readonly ReportedMetric[]>;
  log(level: LogLevel, message: string): void;
}

/**
 * What the module of a reporter of your own exports under this name.
 *
 * @throws ConfigError for properties that it cannot use
 */
export type CreateMetricReporter = (
  context: ReporterContext,
) => MetricReporter | Promise<MetricReporter>;

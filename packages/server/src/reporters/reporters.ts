/**
 * Reporters as they run: each gets its metrics when its interval is over, or when it is asked.
 *
 * Invariants:
 * - A report that fails, or takes long, delays no other reporter and is logged once until one succeeds.
 * - A reporter's next report begins only after its last one has ended.
 */
import {
  type Clock,
  ConfigError,
  errorMessage,
  type LogLevel,
  type MetricDump,
  type Timer,
} from '@millrace/core';
import { createLogReporter } from './log-reporter.ts';
import type { CreateMetricReporter, MetricReporter, ReportedMetric } from './metric-reporter.ts';
import { createPrometheusReporter } from './prometheus-reporter.ts';
import { createPushGatewayReporter } from './push-gateway-reporter.ts';
import type { ReporterKind, ReporterSetup } from './reporter-settings.ts';
import { createStatsDReporter } from './statsd-reporter.ts';

const CREATORS: Readonly<Record<ReporterKind, CreateMetricReporter>> = {
  prometheus: createPrometheusReporter,
  pushgateway: createPushGatewayReporter,
  statsd: createStatsDReporter,
  log: createLogReporter,
};

export interface ReportersOptions {
  readonly clock: Clock;
  readonly setups: readonly ReporterSetup[];
  /** Of the configuration: between the names of identifiers that come. */
  readonly delimiter: string;
  dumps(): Promise<readonly MetricDump[]>;
  log(level: LogLevel, message: string): void;
}

export interface Reporters {
  /** By name, of those that listen. */
  readonly ports: ReadonlyMap<string, number>;
  /** Lets all report that do so by themselves. */
  report(): Promise<void>;
  close(): Promise<void>;
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` for a reporter that cannot be made; the others are closed */
export async function startReporters(options: ReportersOptions): Promise<Reporters> {
  const running: { readonly setup: ReporterSetup; readonly reporter: MetricReporter }[] = [];
  const close = async (): Promise<void> => {
    await Promise.allSettled(running.map(async ({ reporter }) => reporter.close()));
  };
  try {
    for (const setup of options.setups) {
      running.push({ setup, reporter: await createReporter(setup, options) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const reports = running.map(({ setup, reporter }) => reportOf(setup, reporter, options));
  const timers = reports.map((report, index) =>
    repeat(options.clock, running[index]?.setup.intervalMs ?? 0, () => void report()),
  );
  return {
    ports: new Map(
      running.flatMap(({ setup, reporter }) =>
        reporter.port === undefined ? [] : [[setup.name, reporter.port]],
      ),
    ),
    async report() {
      await Promise.all(reports.map((report) => report()));
    },
    async close() {
      for (const timer of timers) {
        timer.cancel();
      }
      await close();
    },
  };
}

function repeat(clock: Clock, intervalMs: number, act: () => void): Timer {
  let timer: Timer;
  const schedule = (): void => {
    timer = clock.setTimer(intervalMs, () => {
      schedule();
      act();
    });
  };
  schedule();
  return { cancel: () => timer.cancel() };
}

async function createReporter(
  setup: ReporterSetup,
  options: ReportersOptions,
): Promise<MetricReporter> {
  const { name, properties, factory } = setup;
  const create =
    typeof factory === 'string' ? CREATORS[factory] : await loaded(factory.module, name);
  return create({
    name,
    properties,
    metrics: async () => reportedMetrics(await options.dumps(), setup, options.delimiter),
    log: options.log,
  });
}

async function loaded(module: string, name: string): Promise<CreateMetricReporter> {
  const key = `metrics.reporter.${name}.factory.class`;
  const named = (await import(module).catch((cause: unknown) => {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${key} is ${module}, which cannot be imported: ${errorMessage(cause)}`,
      { cause },
    );
  })) as { readonly createMetricReporter?: CreateMetricReporter };
  if (typeof named.createMetricReporter !== 'function') {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${key} is ${module}, which exports no function createMetricReporter`,
    );
  }
  return named.createMetricReporter;
}

function reportOf(
  setup: ReporterSetup,
  reporter: MetricReporter,
  options: ReportersOptions,
): () => Promise<void> {
  let isUnderWay = false;
  let hasFailed = false;
  return async () => {
    if (reporter.report === undefined || isUnderWay) {
      return;
    }
    isUnderWay = true;
    try {
      await reporter.report(reportedMetrics(await options.dumps(), setup, options.delimiter));
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) {
        options.log('WARN', `reporter ${setup.name} failed: ${errorMessage(error)}`);
      }
      hasFailed = true;
    } finally {
      isUnderWay = false;
    }
  };
}

/** Filtered, and with the variables and the delimiter of a reporter. */
export function reportedMetrics(
  dumps: readonly MetricDump[],
  setup: Pick<ReporterSetup, 'filter' | 'delimiter' | 'excludedVariables' | 'additionalVariables'>,
  delimiter: string,
): readonly ReportedMetric[] {
  return dumps.filter(setup.filter).map((dump) => {
    const kept = Object.entries(dump.variables).filter(
      ([name]) => !setup.excludedVariables.has(name),
    );
    const identifier =
      setup.delimiter === delimiter
        ? dump.identifier
        : dump.identifier.replaceAll(delimiter, setup.delimiter);
    const variables = { ...Object.fromEntries(kept), ...setup.additionalVariables };
    return { identifier, dump: { ...dump, variables } };
  });
}

/**
 * The reporters of the process, started by the first job whose configuration names any.
 *
 * Flink: MetricRegistryImpl with its ReporterSetups.
 */
import { ConfigError, type Configuration, errorMessage, MetricOptions } from '@millrace/core';
import { dispatcherOfProcess } from '../dispatcher/dispatcher.ts';
import type { DispatcherGateway } from '../gateway/dispatcher-gateway.ts';

export interface MetricReporters {
  /** By name, of those that listen. */
  readonly ports: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** What `@millrace/server` exports for us. */
export interface MetricReportersModule {
  /** `undefined` where there is none to start. @throws ConfigError `CONFIG_VALUE_INVALID`, `UNSUPPORTED` */
  startMetricReporters(
    configuration: Configuration,
    gateway: DispatcherGateway,
  ): Promise<MetricReporters | undefined>;
}

const SERVER = '@millrace/server';

let reporters: Promise<MetricReporters | undefined> | undefined;

/** Those that listen, by name. */
export async function metricReporterPorts(): Promise<ReadonlyMap<string, number>> {
  return (await reporters)?.ports ?? new Map();
}

/** Ends the reporters of the process; the next job that names some starts them anew. */
export async function closeMetricReporters(): Promise<void> {
  const open = reporters;
  reporters = undefined;
  await (await open)?.close();
}

/** Does nothing where the configuration names none, or some are there. @throws ConfigError */
export async function openMetricReporters(configuration: Configuration): Promise<void> {
  const { REPORTER, REPORTERS_LIST } = MetricOptions;
  if (
    reporters === undefined &&
    (configuration.contains(REPORTER) || configuration.contains(REPORTERS_LIST))
  ) {
    const starting = start(configuration);
    reporters = starting;
    starting.catch(() => {
      reporters = undefined;
    });
  }
  await reporters;
}

async function start(configuration: Configuration): Promise<MetricReporters | undefined> {
  let server: MetricReportersModule;
  try {
    server = (await import(SERVER)) as MetricReportersModule;
  } catch (cause) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${MetricOptions.REPORTER.key} names reporters, whose package cannot be imported; run ` +
        `\`npm install ${SERVER}\`, or leave out ${MetricOptions.REPORTER.key} (${errorMessage(cause)})`,
      { cause },
    );
  }
  return server.startMetricReporters(configuration, dispatcherOfProcess());
}

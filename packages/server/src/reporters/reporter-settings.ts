/**
 * Which reporters `metrics.reporters` and `metrics.reporter.<name>.*` ask for.
 *
 * Flink: ReporterSetupBuilder. Its class names are understood; any other class is a module specifier.
 */
import {
  ConfigError,
  type Configuration,
  type Duration,
  durationMs,
  MetricOptions,
} from '@millrace/core';
import { type MetricFilter, metricFilter } from './metric-filter.ts';

export type ReporterKind = 'prometheus' | 'pushgateway' | 'statsd' | 'log';

export interface ReporterSetup {
  readonly name: string;
  readonly factory: ReporterKind | { readonly module: string };
  readonly intervalMs: number;
  readonly delimiter: string;
  /** Without brackets. */
  readonly excludedVariables: ReadonlySet<string>;
  readonly additionalVariables: Readonly<Record<string, string>>;
  readonly filter: MetricFilter;
  /** The keys below `metrics.reporter.<name>.`. */
  readonly properties: Readonly<Record<string, string>>;
}

const DEFAULT_INTERVAL_MS = 10_000;

const FACTORIES: ReadonlyMap<string, ReporterKind> = new Map([
  ['org.apache.flink.metrics.prometheus.PrometheusReporterFactory', 'prometheus'],
  ['org.apache.flink.metrics.prometheus.PrometheusPushGatewayReporterFactory', 'pushgateway'],
  ['org.apache.flink.metrics.statsd.StatsDReporterFactory', 'statsd'],
  ['org.apache.flink.metrics.slf4j.Slf4jReporterFactory', 'log'],
]);

/** @throws ConfigError `CONFIG_VALUE_INVALID`, `UNSUPPORTED` for a factory of Flink that is not there */
export function reporterSetups(configuration: Configuration): readonly ReporterSetup[] {
  const byName = new Map<string, Record<string, string>>();
  for (const [key, text] of Object.entries(configuration.get(MetricOptions.REPORTER) ?? {})) {
    const [name = '', ...rest] = key.split('.');
    const properties = byName.get(name) ?? {};
    properties[rest.join('.')] = text;
    byName.set(name, properties);
  }
  const wanted = configuration
    .get(MetricOptions.REPORTERS_LIST)
    ?.split(/[,;]/)
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = wanted?.find((name) => byName.get(name)?.['factory.class'] === undefined);
  if (unknown !== undefined) {
    throw invalid(
      `${MetricOptions.REPORTERS_LIST.key} names '${unknown}', of which there is no ` +
        `${MetricOptions.REPORTER.key}.${unknown}.factory.class; set that`,
    );
  }
  return [...byName]
    .filter(([name, properties]) =>
      wanted === undefined ? properties['factory.class'] !== undefined : wanted.includes(name),
    )
    .map(([name, properties]) => setupOf(name, properties, configuration));
}

function setupOf(
  name: string,
  properties: Readonly<Record<string, string>>,
  configuration: Configuration,
): ReporterSetup {
  const key = `${MetricOptions.REPORTER.key}.${name}`;
  return {
    name,
    properties,
    factory: factoryOf(properties['factory.class'] ?? '', key),
    intervalMs: intervalOf(properties.interval, key),
    delimiter: properties['scope.delimiter'] ?? configuration.get(MetricOptions.SCOPE_DELIMITER),
    excludedVariables: new Set(
      (properties['scope.variables.excludes'] ?? '').split(';').map((each) => each.trim()),
    ),
    additionalVariables: additionalOf(properties, key),
    filter: metricFilter({
      includes: properties['filter.includes'],
      excludes: properties['filter.excludes'],
      key: `${key}.filter`,
    }),
  };
}

function factoryOf(text: string, key: string): ReporterSetup['factory'] {
  const known = FACTORIES.get(text);
  if (known === undefined && text.startsWith('org.apache.flink.')) {
    throw new ConfigError(
      'UNSUPPORTED',
      `${key}.factory.class is ${text}, which has no counterpart here; use one of ` +
        `${[...FACTORIES.keys()].join(', ')}, or a module of your own that exports createMetricReporter`,
    );
  }
  return known ?? { module: text };
}

function intervalOf(text: string | undefined, key: string): number {
  try {
    const ms = text === undefined ? DEFAULT_INTERVAL_MS : durationMs(text as Duration);
    if (ms > 0) {
      return ms;
    }
  } catch {
    // Told below.
  }
  throw invalid(`${key}.interval is '${text}'; use a duration such as '10 s', more than 0`);
}

function additionalOf(
  properties: Readonly<Record<string, string>>,
  key: string,
): Record<string, string> {
  const prefix = 'scope.variables.additional.';
  const variables: Record<string, string> = {};
  for (const pair of (properties['scope.variables.additional'] ?? '').split(',')) {
    const [name = '', ...value] = pair.split(':');
    if (name.trim() !== '') {
      if (value.length === 0) {
        throw invalid(`${key}.${prefix.slice(0, -1)} has '${pair}'; use name:value,name:value`);
      }
      variables[name.trim()] = value.join(':').trim();
    }
  }
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith(prefix)) {
      variables[name.slice(prefix.length)] = value;
    }
  }
  return variables;
}

function invalid(message: string): ConfigError {
  return new ConfigError('CONFIG_VALUE_INVALID', message);
}

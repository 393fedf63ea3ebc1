/**
 * Metrics in the text format of Prometheus, named as Flink's reporter names them.
 *
 * - `flink_<logical scope>_<name>`, all but letters, digits, `:` and `_` as `_`.
 * - Labels are the variables of the scope; their values are filtered in the same way unless
 *   `filterLabelValueCharacters` is false.
 * - Counters, gauges and the rates of meters are gauges, histograms summaries. Text gauges are left out.
 *
 * Flink: AbstractPrometheusReporter.
 */
import type { MetricDump } from '@millrace/core';
import {
  Gauge,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
  Summary,
} from 'prom-client';

const QUANTILES = [
  [0.5, 'p50'],
  [0.75, 'p75'],
  [0.95, 'p95'],
  [0.98, 'p98'],
  [0.99, 'p99'],
  [0.999, 'p999'],
] as const;

export interface ExpositionOptions {
  readonly filterLabelValueCharacters?: boolean;
}

export const CONTENT_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** Of one name: what Prometheus calls a metric. */
interface Family {
  readonly help: string;
  readonly type: 'gauge' | 'summary';
  readonly samples: { readonly dump: MetricDump; readonly labels: Record<string, string> }[];
}

export function exposition(
  dumps: readonly MetricDump[],
  options: ExpositionOptions = {},
): Promise<string> {
  return registryOf(dumps, options).metrics();
}

export function registryOf(dumps: readonly MetricDump[], options: ExpositionOptions): Registry {
  const registry = new Registry();
  for (const [name, family] of familiesOf(dumps, options)) {
    registry.registerMetric(
      family.type === 'summary' ? new DumpedSummary(name, family) : new DumpedGauge(name, family),
    );
  }
  return registry;
}

function familiesOf(
  dumps: readonly MetricDump[],
  { filterLabelValueCharacters: filtered = true }: ExpositionOptions,
): Map<string, Family> {
  const families = new Map<string, Family>();
  for (const dump of dumps) {
    if (dump.type === 'gauge' && !isShown(dump.value)) {
      continue;
    }
    const scope = filter(dump.logicalScope.replaceAll('.', '_'));
    const name = `flink_${scope}_${filter(dump.name)}`;
    const type = dump.type === 'histogram' ? 'summary' : 'gauge';
    let family = families.get(name);
    if (family === undefined) {
      family = { help: `${dump.name} (scope: ${scope})`, type, samples: [] };
      families.set(name, family);
    }
    if (family.type === type) {
      const labels = Object.entries(dump.variables).map(
        ([key, value]) => [filter(key), filtered ? filter(value) : value] as const,
      );
      family.samples.push({ dump, labels: Object.fromEntries(labels) });
    }
  }
  return families;
}

class DumpedGauge extends Gauge {
  private readonly dumped: MetricObjectWithValues<MetricValue<string>>;

  constructor(name: string, { help, samples }: Family) {
    super({ name, help, registers: [] });
    this.dumped = {
      ...{ name, help, type: 'gauge' as never, aggregator: 'omit', collect: () => {} },
      values: samples.map(({ dump, labels }) => ({ labels, value: numberOf(dump) })),
    };
  }

  override async get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    return this.dumped;
  }
}

class DumpedSummary extends Summary {
  private readonly dumped: MetricObjectWithValues<MetricValue<string>>;

  constructor(name: string, { help, samples }: Family) {
    super({ name, help, registers: [] });
    const values = samples.flatMap(({ dump, labels }) =>
      dump.type === 'histogram'
        ? [
            ...QUANTILES.map(([quantile, key]) => ({
              labels: { ...labels, quantile: String(quantile) },
              value: dump[key],
            })),
            { metricName: `${name}_count`, labels, value: dump.count },
          ]
        : [],
    );
    this.dumped = {
      ...{ name, help, type: 'summary' as never, aggregator: 'omit', collect: () => {} },
      values,
    };
  }

  override async get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    return this.dumped;
  }
}

function isShown(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

function numberOf(dump: MetricDump): number {
  switch (dump.type) {
    case 'counter':
      return dump.value;
    case 'gauge':
      return Number(dump.value);
    case 'meter':
      return dump.rate;
    case 'histogram':
      return dump.count;
  }
}

function filter(text: string): string {
  return text.replace(/[^a-zA-Z0-9:_]/g, '_');
}

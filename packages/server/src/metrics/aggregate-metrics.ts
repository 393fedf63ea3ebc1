/**
 * Metrics of several jobs, task managers or subtasks in one.
 *
 * Flink: AbstractAggregatingMetricsHandler, DoubleAccumulator.
 */
import { RestError } from '../http/rest-error.ts';
import type { ComponentMetrics } from './metric-store.ts';

const AGGREGATIONS = ['min', 'max', 'avg', 'sum', 'skew'] as const;

export type Aggregation = (typeof AGGREGATIONS)[number];
export type AggregatedMetric = { readonly id: string } & Partial<Record<Aggregation, number>>;

/** All unless some are named. @throws RestError 400 */
export function aggregationsOf(text: string | undefined): readonly Aggregation[] {
  if (text === undefined || text === '') {
    return AGGREGATIONS;
  }
  return text.split(',').map((name) => {
    const aggregation = AGGREGATIONS.find((each) => each === name.toLowerCase());
    if (aggregation === undefined) {
      throw RestError.badParameter('query parameter (agg)', name);
    }
    return aggregation;
  });
}

/**
 * `1,3,5-9` as numbers in order.
 *
 * @throws RestError 400
 */
export function subtasksOf(text: string | undefined): ReadonlySet<number> | undefined {
  if (text === undefined || text === '') {
    return undefined;
  }
  const all = new Set<number>();
  for (const part of text.split(',')) {
    const [, from = '', to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim()) ?? [];
    if (from === '' || Number(to) < Number(from)) {
      throw RestError.badParameter('query parameter (subtasks)', part);
    }
    for (let subtask = Number(from); subtask <= Number(to); subtask++) {
      all.add(subtask);
    }
  }
  return all;
}

/** Of numbers alone: a metric that is text somewhere is left out. */
export function aggregate(
  components: readonly ComponentMetrics[],
  names: readonly string[],
  aggregations: readonly Aggregation[],
): AggregatedMetric[] {
  return names.flatMap((id) => {
    const texts = components.flatMap((metrics) => metrics.get(id) ?? []);
    const values = texts.map(Number);
    if (
      values.length === 0 ||
      values.some((value, i) => Number.isNaN(value) && texts[i] !== 'NaN')
    ) {
      return [];
    }
    const figures = aggregateValues(values);
    return [{ id, ...Object.fromEntries(aggregations.map((name) => [name, figures[name]])) }];
  });
}

function aggregateValues(values: readonly number[]): Record<Aggregation, number> {
  const sum = values.reduce((a, b) => a + b, 0);
  return {
    min: Math.min(...values),
    max: Math.max(...values),
    avg: sum / values.length,
    sum,
    skew: skewOf(values, sum / values.length),
  };
}

/**
 * How far values are from their average on average, in percent of it, at most 100.
 *
 * Flink: DoubleAccumulator.DoubleDataSkew.
 */
function skewOf(values: readonly number[], average: number): number {
  const size = values.length;
  if (size < 2 || average === 0) {
    return 0;
  }
  const distance = values.reduce((total, value) => total + Math.abs(value - average), 0) / size;
  return Math.min((100 * distance) / average, 100);
}

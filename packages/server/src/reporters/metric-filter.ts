/**
 * Which metrics a reporter reports: `scope:name:type` patterns, of which name and type may be left out.
 *
 * `*` in scope and name stands for any text, names and types are lists with commas. What no include
 * matches is held back, and what any exclude does.
 *
 * Flink: DefaultMetricFilter.
 */
import { ConfigError, type MetricDump } from '@millrace/core';

const TYPES: readonly string[] = ['counter', 'gauge', 'histogram', 'meter'];

interface FilterSpec {
  readonly scope: RegExp;
  readonly name: RegExp;
  readonly types: readonly string[];
}

export type MetricFilter = (dump: MetricDump) => boolean;

/** @throws ConfigError `CONFIG_VALUE_INVALID` */
export function metricFilter(lists: {
  readonly includes: string | undefined;
  readonly excludes: string | undefined;
  /** For messages: `metrics.reporter.prom.filter`. */
  readonly key: string;
}): MetricFilter {
  const includes = specsOf(lists.includes ?? '*:*:*', `${lists.key}.includes`);
  const excludes = specsOf(lists.excludes ?? '', `${lists.key}.excludes`);
  return (dump) =>
    includes.some((spec) => matches(spec, dump)) && !excludes.some((spec) => matches(spec, dump));
}

function matches({ scope, name, types }: FilterSpec, dump: MetricDump): boolean {
  return types.includes(dump.type) && scope.test(dump.logicalScope) && name.test(dump.name);
}

function specsOf(text: string, key: string): FilterSpec[] {
  return text
    .split(';')
    .map((spec) => spec.trim())
    .filter((spec) => spec !== '')
    .map((spec) => {
      const [scope = '*', name = '*', type = '*', ...rest] = spec.split(':');
      const types = type === '*' ? TYPES : type.split(',').map((each) => each.trim().toLowerCase());
      if (rest.length > 0 || types.some((each) => !TYPES.includes(each))) {
        throw new ConfigError(
          'CONFIG_VALUE_INVALID',
          `${key} has the pattern '${spec}'; use scope:name:type, such as '*:numRecords*:counter,meter', with ` +
            `the types ${TYPES.join(', ')}`,
        );
      }
      return { scope: globOf([scope]), name: globOf(name.split(',')), types };
    });
}

function globOf(patterns: readonly string[]): RegExp {
  const any = patterns.map((pattern) =>
    pattern
      .trim()
      .split('*')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  );
  return new RegExp(`^(${any.join('|')})$`);
}

/** What of the metrics of a slot goes to the main thread. */
import type { MetricDump } from '@millrace/core';

const PLAIN_TYPES: ReadonlySet<string> = new Set(['number', 'string', 'boolean', 'undefined']);

/**
 * Metrics of the program may give anything. Those go through of which each name, variable and value is a
 * number, a string, a boolean or `undefined`: what a reporter can show. The others are left out, as what
 * no other thread can have (a function, a symbol) would keep all of them from it.
 */
export function plainMetrics(metrics: readonly MetricDump[]): readonly MetricDump[] {
  return metrics.filter(({ variables, ...own }) => isPlain(own) && isPlain(variables));
}

function isPlain(values: object): boolean {
  return Object.values(values).every((value) => PLAIN_TYPES.has(typeof value));
}

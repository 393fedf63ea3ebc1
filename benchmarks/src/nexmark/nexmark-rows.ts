/** What the tests ask of a query's rows. */
import assert from 'node:assert/strict';
import type { NexmarkQuery } from './nexmark-query.ts';

/** Those that stand in the end, where rows replace each other. */
export function remainingRows<R>(query: NexmarkQuery<R>, rows: readonly R[]): readonly R[] {
  return query.upsertKey === undefined
    ? rows
    : [...new Map(rows.map((row) => [query.upsertKey?.(row), row])).values()];
}

/** In any order. */
export function assertSameRows(rows: readonly object[], expected: readonly object[]): void {
  assert.ok(expected.length > 0, 'the query finds something in these events');
  const differences = countDifferences(rows.map(asText), expected.map(asText));
  assert.deepEqual(differences.slice(0, 6), [], `${differences.length} rows differ`);
}

/** Each row that one side has more often, with how much more often the first one has it. */
function countDifferences(
  rows: readonly string[],
  expected: readonly string[],
): [string, number][] {
  const surplus = new Map<string, number>();
  for (const row of rows) {
    surplus.set(row, (surplus.get(row) ?? 0) + 1);
  }
  for (const row of expected) {
    surplus.set(row, (surplus.get(row) ?? 0) - 1);
  }
  return [...surplus].filter(([, count]) => count !== 0);
}

function asText(row: object): string {
  return JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}

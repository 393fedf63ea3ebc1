import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CollectSink } from 'millrace';
import {
  type NexmarkConfiguration,
  nexmarkConfiguration,
} from './generator/nexmark-configuration.ts';
import { nexmarkEvents } from './generator/nexmark-generator.ts';
import { runNexmarkJob } from './nexmark-job.ts';
import { NEXMARK_QUERIES } from './nexmark-queries.ts';
import type { NexmarkQuery } from './nexmark-query.ts';

/** 50 seconds of event time: several windows, sessions that end, auctions that close. */
const EVENTS = { numEvents: 4_000, firstEventRate: 80 };
const SEEDS = [1, 2, 3];

describe('Nexmark queries', () => {
  for (const query of NEXMARK_QUERIES) {
    for (const seed of SEEDS) {
      it(`${query.name}, ${query.title}, is what a plain computation gives (seed ${seed})`, async () => {
        const configuration = nexmarkConfiguration({ ...EVENTS, seed });

        const rows = await rowsOf(query, configuration, 1);

        assertSameRows(rows, [...query.model(nexmarkEvents(configuration))]);
      });

      it(`${query.name} is the same in three subtasks, over events out of order (seed ${seed})`, async () => {
        const configuration = nexmarkConfiguration({
          ...EVENTS,
          seed,
          numEventGenerators: 3,
          outOfOrderGroupSize: query.onProcessingTime === true ? 1 : 20,
        });

        const rows = await rowsOf(query, configuration, 3);

        assertSameRows(rows, [...query.model(nexmarkEvents(configuration))]);
      });
    }
  }
});

/** Those that remain, where rows replace each other. */
async function rowsOf(
  query: NexmarkQuery<object>,
  configuration: NexmarkConfiguration,
  parallelism: number,
): Promise<object[]> {
  const sink = new CollectSink<object>();
  await runNexmarkJob({ query, configuration, parallelism }, sink);
  if (query.upsertKey === undefined) {
    return sink.results;
  }
  return [...new Map(sink.results.map((row) => [query.upsertKey?.(row), row])).values()];
}

function assertSameRows(rows: readonly object[], expected: readonly object[]): void {
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

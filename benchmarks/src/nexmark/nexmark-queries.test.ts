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
import { assertSameRows, remainingRows } from './nexmark-rows.ts';

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

async function rowsOf(
  query: NexmarkQuery<object>,
  configuration: NexmarkConfiguration,
  parallelism: number,
): Promise<readonly object[]> {
  const sink = new CollectSink<object>();
  await runNexmarkJob({ query, configuration, parallelism }, sink);
  return remainingRows(query, sink.results);
}

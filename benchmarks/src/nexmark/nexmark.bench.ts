/**
 * Events/s of the Nexmark queries, each against a plain computation over the same events.
 *
 * The generator is part of each figure, as the job and the plain computation both make the events;
 * what it takes alone is measured beside each query.
 */
import type { BenchSuite } from '@millrace/core/bench';
import {
  type NexmarkConfiguration,
  nexmarkConfiguration,
} from './generator/nexmark-configuration.ts';
import { NexmarkGenerator, nexmarkEvents } from './generator/nexmark-generator.ts';
import { nexmarkSplits } from './generator/nexmark-split.ts';
import { ChecksumSink, runNexmarkJob } from './nexmark-job.ts';
import { NEXMARK_QUERIES } from './nexmark-queries.ts';
import type { NexmarkQuery } from './nexmark-query.ts';

const GENERATOR_RUNS = 5;

export async function bench(suite: BenchSuite): Promise<void> {
  const configuration = nexmarkConfiguration({
    numEvents: suite.size(500_000, 2_000),
    firstEventRate: suite.size(10_000, 100),
    numEventGenerators: 2,
  });
  for (const query of NEXMARK_QUERIES) {
    suite.report(
      `nexmark generator beside ${query.name}`,
      generatorRate(configuration),
      'events/s',
    );
    const job = (parallelism: number) => ({
      run: () => checksumOfJob(query, configuration, parallelism),
    });
    await suite.compare(`nexmark ${query.name}, ${query.title}`, {
      baseline: 'plain',
      operations: configuration.numEvents,
      turns: 1,
      variants: {
        plain: { run: () => checksumOfModel(query, configuration) },
        'parallelism 1': job(1),
        'parallelism 2': job(2),
      },
    });
  }
}

async function checksumOfJob(
  query: NexmarkQuery<object>,
  configuration: NexmarkConfiguration,
  parallelism: number,
): Promise<number> {
  const sink = new ChecksumSink(query);
  await runNexmarkJob({ query, configuration, parallelism }, sink);
  return sink.checksum;
}

function checksumOfModel(query: NexmarkQuery<object>, configuration: NexmarkConfiguration): number {
  let sum = 0;
  for (const row of query.model(nexmarkEvents(configuration))) {
    sum += query.rowNumber(row);
  }
  return sum;
}

/** The median of a few runs. */
function generatorRate(configuration: NexmarkConfiguration): number {
  const rates = Array.from({ length: GENERATOR_RUNS }, () => {
    const began = performance.now();
    const events = generateAll(configuration);
    return (events / (performance.now() - began)) * 1000;
  });
  return rates.sort((a, b) => a - b)[GENERATOR_RUNS >> 1] as number;
}

function generateAll(configuration: NexmarkConfiguration): number {
  let events = 0;
  for (const split of nexmarkSplits(configuration)) {
    const generator = new NexmarkGenerator(configuration, split);
    while (generator.hasNext) {
      generator.next();
      events += 1;
    }
  }
  return events;
}

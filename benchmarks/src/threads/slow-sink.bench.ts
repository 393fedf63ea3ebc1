/**
 * Sources at full load before slow sinks, two each, on four worker threads: the rate settles at the sink's,
 * memory stays where it is, and what a checkpoint takes depends on how it goes past what is in flight.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchSuite } from '@millrace/core/bench';
import type { JobClient } from 'millrace';
import { type MeasuredWork, median, startMeasured } from './measured-runs.ts';

interface SlowVariant {
  readonly sinkMicros: number;
  readonly configuration: Readonly<Record<string, string>>;
}

const UNALIGNED = { 'execution.checkpointing.unaligned.enabled': 'true' };
const DEBLOATED = {
  'taskmanager.network.memory.buffer-debloat.enabled': 'true',
  'taskmanager.network.memory.buffer-debloat.target': '100 ms',
};
const VARIANTS: Readonly<Record<string, SlowVariant>> = {
  'sink of 5 us, aligned': { sinkMicros: 5, configuration: {} },
  'sink of 50 us, aligned': { sinkMicros: 50, configuration: {} },
  'sink of 200 us, aligned': { sinkMicros: 200, configuration: {} },
  'sink of 50 us, unaligned': { sinkMicros: 50, configuration: UNALIGNED },
  'sink of 200 us, unaligned': { sinkMicros: 200, configuration: UNALIGNED },
  'sink of 50 us, aligned, debloating': { sinkMicros: 50, configuration: DEBLOATED },
  'sink of 200 us, aligned, debloating': { sinkMicros: 200, configuration: DEBLOATED },
};
const SAMPLE_MS = 100;
const BYTES_PER_MIB = 2 ** 20;

interface Sample {
  readonly atMs: number;
  readonly count: number;
  readonly rss: number;
}

export async function bench(suite: BenchSuite): Promise<void> {
  const durationMs = suite.size(15_000, 300);
  const work = { keys: suite.size(100_000, 100), records: 2 ** 40 };
  for (const [name, variant] of Object.entries(VARIANTS).slice(0, suite.size(100, 1))) {
    await reportVariant(suite, name, { work, variant, durationMs });
  }
}

async function reportVariant(
  suite: BenchSuite,
  name: string,
  run: {
    readonly work: MeasuredWork;
    readonly variant: SlowVariant;
    readonly durationMs: number;
  },
): Promise<void> {
  const { samples, client } = await runFor(run);
  // Threads start, and the exchange fills up and finds its rate.
  const third = Math.floor(samples.length / 3);
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  suite.report(`${name}: rate`, rateOf(last), 'records/s');
  suite.report(
    `${name}: rate against the third of the time before`,
    rateOf(last) / rateOf(middle),
    'x',
  );
  const growth =
    Math.max(...last.map(({ rss }) => rss)) - Math.max(...middle.map(({ rss }) => rss));
  suite.report(
    `${name}: peak of memory above that of the third before`,
    growth / BYTES_PER_MIB,
    'MiB',
  );
  const completed = client
    .details()
    .checkpoints.history.filter(({ status }) => status === 'COMPLETED');
  // The first ones find little in flight.
  const settled = completed.slice(0, Math.ceil(completed.length / 2));
  suite.report(`${name}: checkpoints`, completed.length, '');
  suite.report(
    `${name}: checkpoint, trigger to completion`,
    median(settled.map(({ endToEndDurationMs }) => endToEndDurationMs)),
    'ms',
  );
  suite.report(
    `${name}: longest alignment of its tasks`,
    median(settled.map(({ subtasks }) => Math.max(...subtasks.map((s) => s.alignmentDurationMs)))),
    'ms',
  );
  suite.report(
    `${name}: size`,
    median(settled.map(({ checkpointedSizeBytes }) => checkpointedSizeBytes)) / 1024,
    'KiB',
  );
}

async function runFor({
  work,
  variant,
  durationMs,
}: {
  readonly work: MeasuredWork;
  readonly variant: SlowVariant;
  readonly durationMs: number;
}): Promise<{ readonly samples: readonly Sample[]; readonly client: JobClient }> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-slow-sink-'));
  const { sinkMicros, configuration } = variant;
  const { meter, client } = await startMeasured(
    'exchange',
    { ...work, sinkMicros },
    {
      target: 'threads',
      parallelism: 2,
      configuration: {
        'execution.checkpointing.interval': '500 ms',
        'execution.checkpointing.dir': folder,
        'web.checkpoints.history': '100',
        ...configuration,
      },
    },
  );
  const samples: Sample[] = [];
  const began = performance.now();
  for (let atMs = 0; atMs < durationMs; atMs = performance.now() - began) {
    samples.push({ atMs, count: meter.count, rss: process.memoryUsage.rss() });
    await sleep(SAMPLE_MS);
  }
  const result = client.jobExecutionResult().catch(() => {}); // It ends by being cancelled.
  await client.cancel();
  await result;
  rmSync(folder, { recursive: true });
  return { samples, client };
}

function rateOf(samples: readonly Sample[]): number {
  const [first, last] = [samples[0] as Sample, samples.at(-1) as Sample];
  return ((last.count - first.count) * 1000) / (last.atMs - first.atMs);
}

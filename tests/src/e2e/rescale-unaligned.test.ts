/** Jobs that are rescaled while barriers overtake: no checkpoint is one that another graph cannot take. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  AsyncDataStream,
  CollectSink,
  DataGeneratorSource,
  type JobClient,
  RateLimiterStrategy,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
} from 'millrace';
import { checkpointsIn, completedCheckpoints } from './counting-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-rescale-unaligned-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const NUMBERS = 24_000;
const NUMBERS_PER_CHECKPOINT = 1_000;
const ALL_NUMBERS = Array.from({ length: NUMBERS }, (_, n) => n);

/** source -> fast -> slow, which nothing partitions; all before `slow` is full until it may hurry. */
function program(name: string, configuration: Record<string, string> = {}) {
  const pace = { hurries: false };
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    ...checkpointsIn(join(folder, name)),
    'execution.checkpointing.unaligned.enabled': 'true',
    'parallelism.default': '2',
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.delay': '1 ms',
    ...configuration,
  }).setServices({ warn: () => {} });
  const fast = env
    .fromSource(
      new DataGeneratorSource((n) => n, NUMBERS, {
        rateLimiterStrategy: RateLimiterStrategy.perCheckpoint(NUMBERS_PER_CHECKPOINT),
      }),
      WatermarkStrategy.noWatermarks<number>(),
      'numbers',
      Types.LONG,
    )
    .uid('numbers')
    .map((n) => n, Types.LONG)
    .uid('fast')
    .disableChaining();
  const sink = new CollectSink<number>();
  AsyncDataStream.orderedWait(
    fast,
    async (n: number) => {
      if (!pace.hurries) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      return n;
    },
    '0 ms',
    { capacity: 1, type: Types.LONG },
  )
    .uid('slow')
    .sinkTo(sink)
    .uid('results');
  return { env, sink, pace };
}

/** With `fast` between one subtask more than before and after it. */
async function rescaledApart(job: JobClient): Promise<void> {
  await completedCheckpoints(job, 1);
  await job.rescale({ vertices: { fast: 3 } });
  await completedCheckpoints(job, job.details().checkpoints.counts.completed + 2);
}

function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

describe('a job with unaligned checkpoints', () => {
  it('goes forward again after a rescale made an edge rebalance that nothing partitions', async () => {
    const { env, sink, pace } = program('and-back');
    const job = await env.executeAsync();

    await rescaledApart(job);
    await job.rescale({ vertices: { fast: 2 } });
    pace.hurries = true;
    await job.jobExecutionResult();

    assert.equal(job.details().numberOfRescales, 2);
    assert.deepEqual(sorted(sink.results), ALL_NUMBERS);
  });

  it('goes on unchanged in a new process from a checkpoint taken after a rescale', async () => {
    const before = program('new-process');
    const first = await before.env.executeAsync();
    const ended = first.jobExecutionResult().catch(() => {});
    await rescaledApart(first);
    await first.cancel();
    await ended;
    const last = first.details().checkpoints.history.find(({ status }) => status === 'COMPLETED');

    const { env, sink, pace } = program('new-process', {
      'execution.state-recovery.path': last?.externalPointer ?? '',
    });
    pace.hurries = true;
    await env.execute();

    // What the first one committed is not among what the second one collects, unless it was committed again.
    const numbers = new Set([...before.sink.results, ...sink.results]);
    assert.deepEqual(sorted([...numbers]), ALL_NUMBERS);
    assert.equal(new Set(sink.results).size, sink.results.length);
  });
});

/** Jobs of several regions of which one fails: it alone goes back to the last checkpoint. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  type CheckpointListener,
  CollectSink,
  DataGeneratorSource,
  type JobClient,
  perSubtask,
  RateLimiterStrategy,
  RichFunction,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
} from 'millrace';
import { checkpointsIn, completedCheckpoints } from './counting-program.ts';
import { failureOf, messagesOf } from './failures.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-regions-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const NUMBER_OF_RECORDS = 2_000;
const TOO_LONG = { timeout: 60_000 };

/** What happened to the functions of a job, by subtask. */
class Life {
  readonly opened: number[] = [];
  readonly attempts = new Map<number, number[]>();
  /** Checkpoints that each subtask was told of. */
  readonly completed = new Map<number, number[]>();
  /** How often the next records of a subtask fail. */
  readonly fails = new Map<number, number>();
  failsToOpen = 0;
  /** How often a subtask fails when it is told of a checkpoint. */
  readonly failsAtCheckpoint = new Map<number, number>();

  shallFail(failures: Map<number, number>, subtask: number): boolean {
    const times = failures.get(subtask) ?? 0;
    failures.set(subtask, times - 1);
    return times > 0;
  }
}

class Watched extends RichFunction implements CheckpointListener {
  private readonly life: Life;

  constructor(life: Life) {
    super();
    this.life = life;
  }

  override open(): void {
    const { indexOfThisSubtask: subtask, attemptNumber } = this.runtimeContext.taskInfo;
    this.life.opened.push(subtask);
    this.life.attempts.set(subtask, [...(this.life.attempts.get(subtask) ?? []), attemptNumber]);
    if (attemptNumber > 0 && this.life.failsToOpen > 0) {
      this.life.failsToOpen--;
      throw new Error('the service is down');
    }
  }

  map(value: number): number {
    const { indexOfThisSubtask: subtask } = this.runtimeContext.taskInfo;
    if (this.life.shallFail(this.life.fails, subtask)) {
      throw new Error(`subtask ${subtask} fails`);
    }
    return value;
  }

  notifyCheckpointComplete(checkpointId: number): void {
    const { indexOfThisSubtask: subtask } = this.runtimeContext.taskInfo;
    const known = this.life.completed.get(subtask) ?? [];
    this.life.completed.set(subtask, [...known, checkpointId]);
    if (this.life.shallFail(this.life.failsAtCheckpoint, subtask)) {
      throw new Error(`subtask ${subtask} fails at a checkpoint`);
    }
  }
}

/** Parallelism 3, and nothing that deals records between the subtasks: three regions. */
function threeRegions(
  name: string,
  configuration: Record<string, string> = {},
  rateLimiterStrategy = RateLimiterStrategy.perCheckpoint(300),
) {
  const warnings: string[] = [];
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    ...checkpointsIn(join(folder, name)),
    'parallelism.default': '3',
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.attempts': '3',
    'restart-strategy.fixed-delay.delay': '10 ms',
    ...configuration,
  }).setServices({ warn: (message) => void warnings.push(message) });
  const life = new Life();
  const sink = new CollectSink<number>();
  env
    .fromSource(
      new DataGeneratorSource((n) => n, NUMBER_OF_RECORDS, {
        rateLimiterStrategy,
      }),
      WatermarkStrategy.noWatermarks<number>(),
      'numbers',
      Types.LONG,
    )
    .uid('numbers')
    .map(
      perSubtask(() => new Watched(life)),
      Types.LONG,
    )
    .uid('watched')
    .disableChaining()
    .sinkTo(sink)
    .uid('results');
  return { env, life, sink, warnings };
}

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}

const ALL = Array.from({ length: NUMBER_OF_RECORDS }, (_, n) => n);

/** No checkpoint but the one that all wait for at their end. */
const ONLY_AT_THE_END = { 'execution.checkpointing.interval': '1 h' };
const UNLIMITED = RateLimiterStrategy.noOp();

async function startedAndFailed(name: string, configuration: Record<string, string> = {}) {
  const program = threeRegions(name, configuration);
  const job = await program.env.executeAsync(name);
  await completedCheckpoints(job, 2);
  program.life.fails.set(1, 1);
  return { ...program, job };
}

async function restarted(job: JobClient, times: number): Promise<void> {
  while (job.details().numberOfRestarts < times || job.jobStatus() !== 'RUNNING') {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a region that fails', TOO_LONG, () => {
  it('restarts alone from the last checkpoint: the others go on, and nothing is lost', async () => {
    const { job, life, sink, warnings } = await startedAndFailed('alone');

    await restarted(job, 1);
    const again = life.opened.slice(3);
    await job.jobExecutionResult();

    assert.deepEqual(again, [1]);
    assert.deepEqual(
      life.attempts,
      new Map([
        [0, [0]],
        [1, [0, 1]],
        [2, [0]],
      ]),
    );
    assert.deepEqual(sorted(sink.results), ALL);
    assert.equal(job.details().numberOfRestarts, 1);
    assert.ok((job.details().restoredCheckpointId ?? 0) >= 2);
    // As a job that restarts as a whole: code, operator, and the line of this file that made the error.
    assert.match(
      warnings.find((message) => message.includes('failed and restart in')) ?? '',
      /: USER_FUNCTION_FAILED: .*uid 'watched'.*: subtask 1 fails \(at .*region-failover\.test\.[tj]s:\d+:\d+\)$/,
    );
  });

  it('is followed by checkpoints of all tasks again', async () => {
    const { job, life } = await startedAndFailed('checkpoints');

    await restarted(job, 1);
    const before = job.details().checkpoints.counts.completed;
    await completedCheckpoints(job, before + 2);
    const told = [0, 1, 2].map((subtask) => life.completed.get(subtask)?.at(-1) ?? 0);
    await job.jobExecutionResult();

    assert.ok(Math.min(...told) > before, `${told} of ${before}`);
  });

  it('counts once for the restart strategy, which gives up for the whole job', async () => {
    const { job, life } = await startedAndFailed('gives-up');
    life.fails.set(1, 100);

    const error = await failureOf(() => job.jobExecutionResult());

    assert.match(messagesOf(error), /subtask 1 fails/);
    assert.equal(job.details().numberOfRestarts, 3);
    assert.deepEqual(life.attempts.get(0), [0]);
    assert.deepEqual(life.attempts.get(1), [0, 1, 2, 3]);
  });

  it('that fails again while it opens tries again alone', async () => {
    const { job, life, sink } = await startedAndFailed('opens');
    life.failsToOpen = 2;

    await job.jobExecutionResult();

    assert.deepEqual(life.attempts.get(0), [0]);
    assert.deepEqual(life.attempts.get(1), [0, 1, 2, 3]);
    assert.deepEqual(sorted(sink.results), ALL);
  });

  it('at the same time as another restarts beside it, and the third goes on', async () => {
    const { job, life, sink } = await startedAndFailed('two');
    life.fails.set(2, 1);

    await job.jobExecutionResult();

    assert.deepEqual(life.attempts.get(0), [0]);
    assert.equal(life.attempts.get(1)?.length, 2);
    assert.equal(life.attempts.get(2)?.length, 2);
    assert.deepEqual(sorted(sink.results), ALL);
    assert.equal(job.details().numberOfRestarts, 2);
  });

  it('is waited for when the data of the others ends meanwhile', async () => {
    const { env, life, sink } = threeRegions('ends-meanwhile', ONLY_AT_THE_END, UNLIMITED);
    life.fails.set(1, 1);

    const job = await env.executeAsync('ends-meanwhile');
    await job.jobExecutionResult();

    assert.deepEqual(life.attempts.get(0), [0]);
    assert.deepEqual(life.attempts.get(1), [0, 1]);
    assert.deepEqual(sorted(sink.results), ALL);
  });

  it('after all data has ended has its own end waited for anew', async () => {
    const { env, life, sink } = threeRegions('ends-anew', ONLY_AT_THE_END, UNLIMITED);
    life.failsAtCheckpoint.set(1, 1);

    const job = await env.executeAsync('ends-anew');
    await job.jobExecutionResult();

    assert.deepEqual(life.attempts.get(0), [0]);
    assert.deepEqual(life.attempts.get(1), [0, 1]);
    assert.deepEqual(sorted(sink.results), ALL);
  });

  it('restarts with all others where the strategy is full', async () => {
    const { job, life, sink } = await startedAndFailed('full', {
      'jobmanager.execution.failover-strategy': 'full',
    });

    await job.jobExecutionResult();

    assert.deepEqual(life.attempts, new Map([0, 1, 2].map((subtask) => [subtask, [0, 1]])));
    assert.deepEqual(sorted(sink.results), ALL);
  });

  it('is not waited for when the job is cancelled', async () => {
    const { job } = await startedAndFailed('cancelled', {
      'restart-strategy.fixed-delay.delay': '1 h',
    });
    while (job.jobStatus() !== 'RESTARTING') {
      await new Promise((resolve) => setImmediate(resolve));
    }

    await job.cancel();

    assert.equal(job.jobStatus(), 'CANCELED');
  });

  it('leaves a job that can be rescaled', async () => {
    const { job, life, sink } = await startedAndFailed('rescaled-after');

    await restarted(job, 1);
    await job.rescale({ parallelism: 2 });
    await job.jobExecutionResult();

    assert.equal(life.opened.length, 3 + 1 + 2);
    assert.deepEqual(sorted(sink.results), ALL);
  });
});

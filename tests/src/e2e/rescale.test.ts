/** Jobs that go on at another parallelism without being started again. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { LocalFileSystem } from '@millrace/core';
import {
  CollectSink,
  csvEncoder,
  DataGeneratorSource,
  FileSink,
  FileSystems,
  type JobClient,
  RateLimiterStrategy,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
} from 'millrace';
import {
  checkpointsIn,
  completedCheckpoints,
  countingProgram,
  EXACT_COUNTS,
  lastCounts,
  NUMBER_OF_RECORDS,
} from './counting-program.ts';
import { assertError, failureOf } from './failures.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-rescale-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const QUIET = { warn: (): void => {} };

function counting(name: string, configuration: Record<string, string> = {}) {
  const settings = { ...checkpointsIn(join(folder, name)), 'parallelism.default': '2' };
  return countingProgram({ configuration: { ...settings, ...configuration }, services: QUIET });
}

async function running(name: string, configuration: Record<string, string> = {}) {
  const program = counting(name, configuration);
  const job = await program.env.executeAsync(name);
  await completedCheckpoints(job, 2);
  return { ...program, job };
}

/** Writes the numbers below `NUMBER_OF_RECORDS` to files, each in a line. */
function intoFiles(output: string): Promise<JobClient> {
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    ...checkpointsIn(join(folder, 'with-files')),
    'parallelism.default': '2',
  }).setServices(QUIET);
  numbers(env)
    .map((n) => ({ n }))
    .sinkTo(FileSink.forRowFormat(output, csvEncoder({ columns: ['n'] })))
    .uid('files');
  return env.executeAsync('files');
}

function numbers(env: StreamExecutionEnvironment) {
  const rateLimiterStrategy = RateLimiterStrategy.perCheckpoint(200);
  return env
    .fromSource(
      new DataGeneratorSource((n) => n, NUMBER_OF_RECORDS, { rateLimiterStrategy }),
      WatermarkStrategy.noWatermarks<number>(),
      'numbers',
    )
    .uid('numbers');
}

const ALL_NUMBERS = Array.from({ length: NUMBER_OF_RECORDS }, (_, n) => n);

function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

function committedLines(output: string): string[] {
  return readdirSync(output, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !file.name.startsWith('.'))
    .flatMap((file) => readFileSync(join(file.parentPath, file.name), 'utf8').trim().split('\n'));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function parallelismsOf(job: JobClient): number[] {
  return job.details().vertices.map(({ parallelism }) => parallelism);
}

describe('a job that is rescaled', () => {
  it('goes on at more and at fewer subtasks, loses nothing, and counts no failure', async () => {
    const { job, sink } = await running('up-and-down');

    await job.rescale({ parallelism: 4 });
    const up = parallelismsOf(job);
    await completedCheckpoints(job, job.details().checkpoints.counts.completed + 2);
    await job.rescale({ parallelism: 1 });
    const down = parallelismsOf(job);
    const { numberOfRestarts, numberOfRescales } = job.details();
    await job.jobExecutionResult();

    assert.deepEqual(
      [up, down],
      [
        [4, 4, 1],
        [1, 1, 1],
      ],
    );
    assert.deepEqual(
      { numberOfRestarts, numberOfRescales },
      { numberOfRestarts: 0, numberOfRescales: 2 },
    );
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });

  it('commits each record once into files, whatever was open when it was rescaled', async () => {
    const output = join(folder, 'files');
    const job = await intoFiles(output);
    await completedCheckpoints(job, 2);

    for (const parallelism of [3, 1, 2]) {
      await job.rescale({ parallelism });
      await completedCheckpoints(job, job.details().checkpoints.counts.completed + 1);
    }
    await job.jobExecutionResult();

    assert.deepEqual(sorted(committedLines(output).map(Number)), ALL_NUMBERS);
  });

  it('keeps what a CollectSink has collected, in more and in fewer subtasks', async () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment({
      ...checkpointsIn(join(folder, 'collected')),
      'parallelism.default': '3',
    }).setServices(QUIET);
    const sink = new CollectSink<number>();
    numbers(env).sinkTo(sink).uid('collected');
    const job = await env.executeAsync();
    await completedCheckpoints(job, 1);

    for (const parallelism of [1, 4, 2, 3]) {
      await job.rescale({ parallelism });
      await completedCheckpoints(job, job.details().checkpoints.counts.completed + 1);
    }
    await job.jobExecutionResult();

    assert.deepEqual(sorted(sink.results), ALL_NUMBERS);
  });

  it('is waited for where it has not started yet', async () => {
    const { env, sink } = counting('at-once');
    const job = await env.executeAsync('at-once');
    const before = job.jobStatus();

    await job.rescale({ parallelism: 3 });
    const after = parallelismsOf(job);
    await job.jobExecutionResult();

    assert.equal(before, 'CREATED');
    assert.deepEqual(after, [3, 3, 1]);
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });

  it('moves only the vertices that are named', async () => {
    const { job, sink } = await running('named');

    await job.rescale({ vertices: { counts: 3, results: 2 } });
    const parallelisms = parallelismsOf(job);
    await job.jobExecutionResult();

    assert.deepEqual(parallelisms, [2, 3, 2]);
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });

  it('does not even take a checkpoint where it has that parallelism already', async () => {
    const { job } = await running('same');

    await job.rescale({ parallelism: 2 });

    assert.equal(job.details().numberOfRescales, 0);
    await job.cancel();
  });

  it('runs on as it was when the checkpoint fails', async () => {
    const disk = new FullDisk();
    const { env, sink } = countingProgram({
      configuration: {
        ...checkpointsIn(join(folder, 'failing')),
        'execution.checkpointing.tolerable-failed-checkpoints': '1000',
        'parallelism.default': '2',
      },
      services: { ...QUIET, fileSystems: new FileSystems([disk]) },
    });
    const job = await env.executeAsync();
    await completedCheckpoints(job, 1);

    disk.isFull = true;
    const error = await failureOf(() => job.rescale({ parallelism: 3 }));
    disk.isFull = false;
    const { status, numberOfRescales } = job.details();
    await job.rescale({ parallelism: 3 });
    await job.jobExecutionResult();

    assert.match(String(error), /the disk is full/);
    assert.deepEqual([status, numberOfRescales], ['RUNNING', 0]);
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });

  it('goes back to its former parallelism where it cannot start at the new one, and says why', async () => {
    let other = 0;
    const warnings: string[] = [];
    const { env, sink } = countingProgram({
      configuration: { ...checkpointsIn(join(folder, 'back')), 'parallelism.default': '2' },
      services: { warn: (message) => warnings.push(message) },
      get countType() {
        return other-- > 0 ? (Types.STRING as unknown as typeof Types.LONG) : Types.LONG;
      },
    });
    const job = await env.executeAsync();
    await completedCheckpoints(job, 1);

    other = 1;
    const error = await failureOf(() => job.rescale({ parallelism: 3 }));
    await until(() => job.jobStatus() === 'RUNNING');
    const { numberOfRestarts, numberOfRescales } = job.details();
    const parallelisms = parallelismsOf(job);
    await job.jobExecutionResult();

    assertError(error, 'STATE_INCOMPATIBLE', /count/);
    assert.deepEqual([numberOfRestarts, numberOfRescales, parallelisms], [0, 0, [2, 2, 1]]);
    assert.ok(warnings.some((each) => /goes back to its former ones: .*count/s.test(each)));
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });

  it('restarts at the new parallelism after a failure, with one restart counted', async () => {
    let fails = false;
    const { env, sink } = countingProgram({
      configuration: {
        ...checkpointsIn(join(folder, 'fails-later')),
        'parallelism.default': '2',
        'restart-strategy.type': 'fixed-delay',
        'restart-strategy.fixed-delay.attempts': '1',
        'restart-strategy.fixed-delay.delay': '1 ms',
      },
      services: QUIET,
      onRecord: () => {
        if (fails) {
          fails = false;
          throw new Error('once');
        }
      },
    });
    const job = await env.executeAsync();
    await completedCheckpoints(job, 1);

    await job.rescale({ parallelism: 3 });
    fails = true;
    await job.jobExecutionResult();

    const { numberOfRestarts, numberOfRescales } = job.details();
    assert.deepEqual([numberOfRestarts, numberOfRescales, parallelismsOf(job)], [1, 1, [3, 3, 1]]);
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });
});

describe('a rescale is refused', () => {
  it('above the max parallelism, with no whole number, for an operator that is not there', async () => {
    const { job } = await running('refused');

    const above = await failureOf(() => job.rescale({ parallelism: 129 }));
    const half = await failureOf(() => job.rescale({ vertices: { counts: 0.5 } }));
    const unknown = await failureOf(() => job.rescale({ vertices: { nobody: 2 } }));

    assertError(above, 'PARALLELISM_OUT_OF_RANGE', /129 .*use 1 to 128, its max parallelism/);
    assertError(half, 'PARALLELISM_OUT_OF_RANGE', /0\.5 is asked for/);
    assertError(unknown, 'OPERATOR_UNKNOWN', /'nobody'/);
    assert.equal(job.jobStatus(), 'RUNNING');
    await job.cancel();
  });

  it('without checkpoints, and in a batch', async () => {
    const withoutCheckpoints = countingProgram({ services: QUIET });
    const batch = countingProgram({
      configuration: { 'execution.runtime-mode': 'BATCH' },
      services: QUIET,
    });
    const streaming = await withoutCheckpoints.env.executeAsync();
    await until(() => streaming.jobStatus() === 'RUNNING');
    const bounded = await batch.env.executeAsync();

    const disabled = await failureOf(() => streaming.rescale({ parallelism: 2 }));
    const ofBatch = await failureOf(() => bounded.rescale({ parallelism: 2 }));

    assertError(disabled, 'CHECKPOINTING_DISABLED', /set execution\.checkpointing\.interval/);
    assertError(ofBatch, 'UNSUPPORTED', /a rescale needs 'execution\.runtime-mode' STREAMING/);
    await Promise.all([streaming.jobExecutionResult(), bounded.jobExecutionResult()]);
  });

  it('while another is under way, and once the job has ended', async () => {
    const { job } = await running('two');

    const first = job.rescale({ parallelism: 3 });
    const second = await failureOf(() => job.rescale({ parallelism: 4 }));
    const stop = await failureOf(() => job.stopWithSavepoint({ targetDirectory: folder }));
    await first;
    await job.cancel();
    const late = await failureOf(() => job.rescale({ parallelism: 1 }));

    assertError(second, 'JOB_NOT_RUNNING', /is being rescaled; a rescale needs a job that runs/);
    assertError(stop, 'JOB_NOT_RUNNING', /is being rescaled; a stop with a savepoint/);
    assertError(late, 'JOB_NOT_RUNNING', /is CANCELED/);
  });

  it('by the end of a job that is cancelled meanwhile', async () => {
    const { job } = await running('cancelled');

    const rescale = failureOf(() => job.rescale({ parallelism: 3 }));
    await job.cancel();

    assert.match(String(await rescale), /was cancelled/);
    assert.equal(job.jobStatus(), 'CANCELED');
  });
});

/** Refuses what is new, as long as it is full. */
class FullDisk extends LocalFileSystem {
  isFull = false;

  override async create(path: string, options: { overwrite: boolean }) {
    if (this.isFull) {
      throw new Error('the disk is full');
    }
    return super.create(path, options);
  }
}

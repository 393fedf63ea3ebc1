/** Savepoints of running jobs, and jobs that stop with one. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FileSystems, LocalFileSystem } from '@millrace/core';
import { loadCheckpointMetadata } from '@millrace/state';
import {
  type CheckpointListener,
  CollectSink,
  DataGeneratorSource,
  errorCode,
  type JobClient,
  perSubtask,
  RateLimiterStrategy,
  RichFunction,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from 'millrace';
import {
  checkpointsIn,
  completedCheckpoints,
  countingProgram,
  EXACT_COUNTS,
  lastCounts,
  NUMBER_OF_KEYS,
  NUMBER_OF_RECORDS,
} from './counting-program.ts';
import { assertError, failureOf, localPath } from './failures.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-savepoints-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const QUIET = { warn: (): void => {} };

function counting(name: string, configuration: Record<string, string> = {}) {
  const settings = { ...checkpointsIn(join(folder, name)), ...configuration };
  return countingProgram({ configuration: settings, services: QUIET });
}

function startedFrom(savepoint: string, parallelism: number) {
  return counting('next', {
    'execution.state-recovery.path': savepoint,
    'parallelism.default': String(parallelism),
  });
}

async function savepointOfCounting(
  name: string,
  formatType: 'CANONICAL' | 'NATIVE' | undefined,
): Promise<{ job: JobClient; savepoint: string }> {
  const job = await counting(name, { 'parallelism.default': '2' }).env.executeAsync(name);
  await completedCheckpoints(job, 2);
  const savepoint = await job.triggerSavepoint({
    targetDirectory: join(folder, `${name}-savepoints`),
    ...(formatType === undefined ? {} : { formatType }),
  });
  await completedCheckpoints(job, 4);
  await job.cancel();
  return { job, savepoint };
}

describe('a savepoint', () => {
  it('lies in savepoint-<6 of job id>-<12 hex> and holds _metadata and its own files', async () => {
    const { job, savepoint } = await savepointOfCounting('layout', undefined);

    const name = localPath(savepoint).split('/').at(-1) ?? '';
    assert.match(name, /^savepoint-[0-9a-f]{6}-[0-9a-f]{12}$/);
    assert.equal(name.slice('savepoint-'.length).slice(0, 6), job.jobId.slice(0, 6));
    assert.ok(readdirSync(localPath(savepoint)).includes('_metadata'));
    assert.ok(readdirSync(localPath(savepoint)).filter((file) => !file.startsWith('_')).length > 0);
  });

  it('says what the program calls the operators', async () => {
    const { savepoint } = await savepointOfCounting('names', undefined);

    const { metadata } = await loadCheckpointMetadata(new FileSystems(), savepoint);

    const named = metadata.operatorStates.map(({ name, uid }) => ({ name, uid }));
    assert.ok(named.every(({ name }) => name !== undefined));
    assert.ok(named.some(({ uid }) => uid !== undefined));
  });

  for (const formatType of ['CANONICAL', 'NATIVE'] as const) {
    it(`is moved as a folder and started from at parallelism 3 and 1: ${formatType}`, async () => {
      const { savepoint } = await savepointOfCounting(`moved-${formatType}`, formatType);
      const moved = join(folder, `moved to ${formatType}`);
      renameSync(localPath(savepoint), moved);

      for (const [parallelism, pointer] of [
        [3, moved],
        [1, join(moved, '_metadata')],
      ] as const) {
        const next = startedFrom(pointer, parallelism);
        await next.env.execute();

        assert.deepEqual(lastCounts(next.sink), EXACT_COUNTS);
        assert.ok(next.sink.results.length < NUMBER_OF_RECORDS);
      }
      assert.ok(readdirSync(moved).includes('_metadata'), 'it is never claimed');
    });
  }

  it('is neither counted among the retained checkpoints nor deleted with them', async () => {
    const { job, savepoint } = await savepointOfCounting('retention', 'CANONICAL');

    const { history } = job.details().checkpoints;
    assert.ok(history.some(({ externalPointer }) => externalPointer === savepoint));
    const jobFolder = join(folder, 'retention', job.jobId);
    const kept = readdirSync(jobFolder).filter((file) => file.startsWith('chk-'));
    assert.equal(kept.length, 1);
    assert.ok(readdirSync(localPath(savepoint)).includes('_metadata'));
  });

  it('is refused in a format that is none and into a directory without a name, and the job runs on', async () => {
    const job = await counting('refused').env.executeAsync();
    await completedCheckpoints(job, 1);

    for (const take of [job.triggerSavepoint.bind(job), job.stopWithSavepoint.bind(job)]) {
      const format = await failureOf(() =>
        take({ targetDirectory: folder, formatType: 'FOO' as 'NATIVE' }),
      );
      const directory = await failureOf(() => take({ targetDirectory: '' }));
      assertError(format, 'CONFIG_VALUE_INVALID', /'FOO'; use 'CANONICAL' or 'NATIVE'/);
      assertError(directory, 'CONFIG_VALUE_INVALID', /directory of a savepoint is empty/);
    }
    assert.equal(job.jobStatus(), 'RUNNING');
    await job.cancel();
  });

  it('goes to the directory of the request, else to the configured one, else it is refused', async () => {
    const configured = join(folder, 'configured');
    const requested = join(folder, 'requested');
    const withDefault = await counting('target', {
      'execution.checkpointing.savepoint-dir': configured,
    }).env.executeAsync();
    const without = await counting('no-target').env.executeAsync();
    await completedCheckpoints(withDefault, 1);
    await completedCheckpoints(without, 1);

    const byConfiguration = await withDefault.triggerSavepoint();
    const byRequest = await withDefault.triggerSavepoint({ targetDirectory: requested });
    const refused = await failureOf(() => without.triggerSavepoint());

    assert.ok(localPath(byConfiguration).startsWith(configured), byConfiguration);
    assert.ok(localPath(byRequest).startsWith(requested), byRequest);
    assertError(refused, 'SAVEPOINT_DIRECTORY_MISSING', /execution\.checkpointing\.savepoint-dir/);
    await Promise.all([withDefault.cancel(), without.cancel()]);
  });

  it('that cannot begin is refused with the reason, and the job goes on', async () => {
    const blocked = join(folder, 'a-file');
    writeFileSync(blocked, '');
    const { env, sink } = counting('blocked');
    const job = await env.executeAsync();
    await completedCheckpoints(job, 1);

    const savepoint = await failureOf(() => job.triggerSavepoint({ targetDirectory: blocked }));
    const stop = await failureOf(() => job.stopWithSavepoint({ targetDirectory: blocked }));
    await job.jobExecutionResult();

    assert.equal(errorCode(savepoint), 'IO_EXCEPTION');
    assert.equal(errorCode(stop), 'IO_EXCEPTION');
    assert.equal(job.details().numberOfRestarts, 0);
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });

  it('needs a job that runs', async () => {
    const job = await counting('ended').env.executeAsync();
    await job.jobExecutionResult();

    const error = await failureOf(() => job.triggerSavepoint({ targetDirectory: folder }));

    assertError(error, 'JOB_NOT_RUNNING', /FINISHED/);
  });
});

/** Fails what is written to files of savepoints. */
class FailingSavepointFiles extends LocalFileSystem {
  override create(path: string, options: { overwrite: boolean }) {
    return path.includes('/savepoint-')
      ? Promise.reject(new Error('no room for savepoints'))
      : super.create(path, options);
  }
}

describe('a job that stops with a savepoint', () => {
  it('without drain: savepoint, commit, FINISHED, and the rest follows from the savepoint', async () => {
    const { env, sink } = counting('stopped', { 'parallelism.default': '2' });
    const job = await env.executeAsync();
    await completedCheckpoints(job, 2);

    const savepoint = await job.stopWithSavepoint({ targetDirectory: join(folder, 'stops') });

    assert.equal(job.jobStatus(), 'FINISHED');
    const before = sink.results.length;
    assert.ok(before > 0 && before < NUMBER_OF_RECORDS, String(before));
    const next = startedFrom(savepoint, 3);
    await next.env.execute();
    assert.equal(before + next.sink.results.length, NUMBER_OF_RECORDS);
    assert.deepEqual(lastCounts(next.sink), EXACT_COUNTS);
  });

  it('again and again gives each result once, at any parallelism and in both formats', async () => {
    const targetDirectory = join(folder, 'rounds saved');
    const results: string[] = [];
    let from: string | undefined;
    for (let round = 0; ; round++) {
      const { env, sink } = counting('rounds', {
        'parallelism.default': String(1 + (round % 3)),
        ...(from === undefined ? {} : { 'execution.state-recovery.path': from }),
      });
      const job = await env.executeAsync();
      const ended = job.jobExecutionResult().catch((error: unknown) => error);
      const formatType = round % 2 === 0 ? 'NATIVE' : 'CANONICAL';
      const stopped = await completedCheckpoints(job, 1 + (round % 2))
        .then(() => job.stopWithSavepoint({ targetDirectory, formatType }))
        .catch(() => undefined); // It came to its end by itself.
      await ended;
      results.push(...sink.results.map(({ key, count }) => `${key}:${count}`));
      if (stopped === undefined) {
        break;
      }
      from = stopped;
    }

    assert.ok(from !== undefined, 'it was stopped at least once');
    assert.equal(results.length, NUMBER_OF_RECORDS);
    assert.equal(new Set(results).size, NUMBER_OF_RECORDS);
  });

  it('stops without checkpoints too', async () => {
    const { env } = windowed({ checkpoints: false });
    const job = await env.executeAsync();
    await somethingRead(job);

    await job.stopWithSavepoint({ targetDirectory: join(folder, 'no checkpoints') });
    const drained = windowed({ checkpoints: false });
    const second = await drained.env.executeAsync();
    await somethingRead(second);
    await second.stopWithSavepoint({
      targetDirectory: join(folder, 'no checkpoints'),
      advanceToEndOfEventTime: true,
    });

    assert.equal(job.jobStatus(), 'FINISHED');
    assert.equal(second.jobStatus(), 'FINISHED');
    assertAllFired(drained.sink, second);
  });

  it('without drain fires no window; with drain event time ends and all windows fire first', async () => {
    const stopped = windowed({ checkpoints: true });
    const drained = windowed({ checkpoints: true });
    const targetDirectory = join(folder, 'windows');

    const stop = async ({ env }: Windowed, advanceToEndOfEventTime: boolean) => {
      const job = await env.executeAsync();
      await completedCheckpoints(job, 2);
      await job.stopWithSavepoint({ targetDirectory, advanceToEndOfEventTime });
      assert.equal(job.jobStatus(), 'FINISHED');
      return job;
    };
    await stop(stopped, false);
    const job = await stop(drained, true);

    assert.deepEqual(stopped.sink.results, []);
    assertAllFired(drained.sink, job);
  });

  it('restarts from its last checkpoint when the savepoint fails in the middle', async () => {
    const program = countingProgram({
      configuration: {
        ...checkpointsIn(join(folder, 'failing')),
        'restart-strategy.type': 'fixed-delay',
        'restart-strategy.fixed-delay.delay': '1 ms',
      },
      services: { ...QUIET, fileSystems: new FileSystems([new FailingSavepointFiles()]) },
    });
    const job = await program.env.executeAsync();
    await completedCheckpoints(job, 2);
    const targetDirectory = join(folder, 'failed savepoints');

    const error = await failureOf(() => job.stopWithSavepoint({ targetDirectory }));
    await job.jobExecutionResult();

    assert.equal(errorCode(error), 'IO_EXCEPTION');
    assert.equal(job.details().numberOfRestarts, 1);
    assert.deepEqual(lastCounts(program.sink), EXACT_COUNTS);
    assert.deepEqual(readdirSync(targetDirectory), [], 'a failed savepoint leaves no files');
  });

  it('is told of the savepoint; of a savepoint that it goes on after, nobody is told', async () => {
    const heard: number[] = [];
    const env = environment({ checkpoints: false });
    env
      .fromSource(endless(), WatermarkStrategy.noWatermarks<number>(), 'numbers', Types.LONG)
      .map(perSubtask(() => new Listening(heard)))
      .sinkTo(new CollectSink<number>());
    const job = await env.executeAsync();
    await somethingRead(job);

    await job.triggerSavepoint({ targetDirectory: join(folder, 'heard') });
    assert.deepEqual(heard, []);
    await job.stopWithSavepoint({ targetDirectory: join(folder, 'heard') });

    assert.deepEqual(heard, [2]);
  });

  it('and fails after it goes on from the savepoint, so that nothing is committed twice', async () => {
    const committing = { fails: true };
    const env = StreamExecutionEnvironment.createLocalEnvironment({
      'restart-strategy.type': 'fixed-delay',
      'restart-strategy.fixed-delay.delay': '1 ms',
    }).setServices(QUIET);
    const sink = new CollectSink<number>();
    env
      .fromSource(
        new DataGeneratorSource((index) => index, NUMBER_OF_RECORDS, {
          rateLimiterStrategy: RateLimiterStrategy.perSecond(10_000),
        }),
        WatermarkStrategy.noWatermarks<number>(),
        'numbers',
        Types.LONG,
      )
      .map(perSubtask(() => new FailingCommit(committing)))
      .sinkTo(sink);
    const job = await env.executeAsync();
    await somethingRead(job);

    const error = await failureOf(() =>
      job.stopWithSavepoint({ targetDirectory: join(folder, 'late failure saved') }),
    );
    await job.jobExecutionResult();

    assertError(error, 'STOP_WITH_SAVEPOINT_FAILED', /savepoint-.* was taken, but/);
    assert.equal(job.details().numberOfRestarts, 1);
    assert.equal(job.details().restoredCheckpointId, 1);
    assert.equal(sink.results.length, NUMBER_OF_RECORDS);
    assert.equal(new Set(sink.results).size, NUMBER_OF_RECORDS);
  });

  it('is asked only once', async () => {
    const job = await counting('twice').env.executeAsync();
    await completedCheckpoints(job, 1);
    const targetDirectory = join(folder, 'twice stopped');

    const first = job.stopWithSavepoint({ targetDirectory });
    const second = await failureOf(() => job.stopWithSavepoint({ targetDirectory }));
    await first;

    assertError(second, 'JOB_NOT_RUNNING', /is being stopped with a savepoint/);
  });
});

class Listening extends RichFunction implements CheckpointListener {
  private readonly heard: number[];

  constructor(heard: number[]) {
    super();
    this.heard = heard;
  }

  map(value: number): number {
    return value;
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.heard.push(checkpointId);
  }
}

/** Fails once, when it is told that a checkpoint completed. */
class FailingCommit extends RichFunction implements CheckpointListener {
  private readonly committing: { fails: boolean };

  constructor(committing: { fails: boolean }) {
    super();
    this.committing = committing;
  }

  map(value: number): number {
    return value;
  }

  notifyCheckpointComplete(): void {
    if (this.committing.fails) {
      this.committing.fails = false;
      throw new Error('cannot commit');
    }
  }
}

function environment({ checkpoints }: { checkpoints: boolean }): StreamExecutionEnvironment {
  return StreamExecutionEnvironment.createLocalEnvironment(
    checkpoints ? checkpointsIn(join(folder, 'windows')) : {},
  ).setServices(QUIET);
}

function endless(): DataGeneratorSource<number> {
  return new DataGeneratorSource((index) => index, Number.MAX_SAFE_INTEGER, {
    rateLimiterStrategy: RateLimiterStrategy.perSecond(20_000),
  });
}

interface Windowed {
  readonly env: StreamExecutionEnvironment;
  readonly sink: CollectSink<[key: number, count: number]>;
}

/** Counts in one window of each key that no record ends. */
function windowed(options: { checkpoints: boolean }): Windowed {
  const env = environment(options);
  const sink = new CollectSink<[key: number, count: number]>();
  env
    .fromSource(
      endless(),
      WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner(() => 1),
      'numbers',
      Types.LONG,
    )
    .map(
      (value): [number, number] => [value % NUMBER_OF_KEYS, 1],
      Types.TUPLE(Types.LONG, Types.LONG),
    )
    .keyBy(([key]) => key, Types.LONG)
    .window(TumblingEventTimeWindows.of(10_000))
    .reduce(([key, count], [, more]) => [key, count + more])
    .sinkTo(sink);
  return { env, sink };
}

/** The window of each key came once, and all that was read is in them. */
function assertAllFired(sink: Windowed['sink'], job: JobClient): void {
  const keys = sink.results.map(([key]) => key).sort((a, b) => a - b);
  const counted = sink.results.reduce((sum, [, count]) => sum + count, 0);
  assert.deepEqual(keys, [...Array(NUMBER_OF_KEYS).keys()]);
  assert.equal(counted, recordsRead(job));
}

function recordsRead(job: JobClient): number {
  return job.details().vertices[0]?.operators[0]?.numRecordsOut ?? 0;
}

async function somethingRead(job: JobClient): Promise<void> {
  while (recordsRead(job) < NUMBER_OF_KEYS * 10) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

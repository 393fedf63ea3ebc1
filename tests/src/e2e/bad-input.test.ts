/** What is told when the input is bad, and that nothing is lost by it. */
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ErrorCode, FileSystems, LocalFileSystem } from '@millrace/core';
import { FaultyFileSystem } from '@millrace/testing';
import { DiscardingSink, errorCode, StreamExecutionEnvironment, Types } from 'millrace';
import {
  type CountingOptions,
  type CountingProgram,
  checkpointsIn,
  completedCheckpoints,
  countingProgram,
  EXACT_COUNTS,
  lastCounts,
  retainedCheckpoint,
} from './counting-program.ts';
import { assertError, causesOf, failureOf, localPath, messagesOf } from './failures.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-bad-input-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const IS_ROOT = process.getuid?.() === 0;
const NO_READ_ONLY =
  IS_ROOT && process.platform !== 'linux' ? 'permissions do not bind this user' : false;

/** Nothing can be made in `/sys`, even by a user whom permissions do not bind. */
function readOnlyDirectory(): string {
  if (IS_ROOT) {
    return '/sys';
  }
  const directory = join(folder, 'read-only');
  mkdirSync(directory, { mode: 0o555 });
  return directory;
}

describe('bad settings', () => {
  it('warn of a misspelt key, name the nearest, and let the job run', async () => {
    const warnings: string[] = [];
    const program = countingProgram({
      configuration: { 'restart-strategy.fixed-delay.atempts': '3' },
      services: { warn: (message) => warnings.push(message) },
    });

    await program.env.execute();

    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0] ?? '',
      /CONFIG_KEY_UNKNOWN.*fixed-delay\.atempts.*did you mean restart-strategy\.fixed-delay\.attempts\?/,
    );
    assert.deepEqual(lastCounts(program.sink), EXACT_COUNTS);
  });

  const refused: readonly (readonly [
    string,
    Readonly<Record<string, string>>,
    ErrorCode,
    RegExp,
  ])[] = [
    [
      'a value of the wrong type',
      { 'parallelism.default': 'many' },
      'CONFIG_VALUE_INVALID',
      /parallelism\.default.*'?many'?.*(whole number|integer)/s,
    ],
    [
      'a checkpoint interval of 5 ms',
      { 'execution.checkpointing.interval': '5 ms' },
      'CONFIG_VALUE_INVALID',
      /execution\.checkpointing\.interval.*5 ?ms.*10 ?ms/s,
    ],
    [
      'a duration in a unit that is none',
      { 'execution.checkpointing.timeout': '3 fortnights' },
      'CONFIG_VALUE_INVALID',
      /execution\.checkpointing\.timeout.*3 fortnights/s,
    ],
    [
      'a state backend that nobody knows',
      { 'state.backend.type': 'hashmop' },
      'CONFIG_VALUE_INVALID',
      /state\.backend\.type.*hashmop.*hashmap/s,
    ],
    [
      'a restart strategy that nobody knows',
      { 'restart-strategy.type': 'sometimes' },
      'CONFIG_VALUE_INVALID',
      /restart-strategy\.type.*sometimes.*fixed-delay/s,
    ],
    ...['dir', 'savepoint-dir'].map(
      (key) =>
        [
          `a file system that is not there as execution.checkpointing.${key}`,
          { [`execution.checkpointing.${key}`]: 's3://bucket/a' },
          'FILE_SYSTEM_UNKNOWN',
          /'s3:' in s3:\/\/bucket\/a, .* give a folder of this machine/,
        ] as const,
    ),
    [
      'a snapshot on such a file system',
      { 'execution.state-recovery.path': 's3://bucket/savepoint-1' },
      'FILE_SYSTEM_UNKNOWN',
      /'s3:' in s3:\/\/bucket\/savepoint-1, .* give a folder of this machine/,
    ],
    [
      'high availability without a directory',
      { 'high-availability.type': 'filesystem' },
      'CONFIG_VALUE_INVALID',
      /high-availability\.storageDir is not set/,
    ],
  ];
  for (const [what, configuration, code, message] of refused) {
    it(`refuse ${what} before anything runs`, async () => {
      const seen: number[] = [];
      const error = await failureOf(() =>
        countingProgram({ configuration, onRecord: (value) => seen.push(value) }).env.execute(),
      );

      assertError(error, code, message);
      assert.deepEqual(seen, []);
    });
  }
});

describe('a bad program', () => {
  it('with one uid twice is refused, with the names of both operators', async () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment();
    const numbers = env.fromSequence(1, 3).uid('numbers');
    numbers
      .map((n) => n + 1)
      .name('plus')
      .uid('same')
      .print();
    numbers
      .map((n) => n * 2)
      .name('times')
      .uid('same')
      .print();

    const error = await failureOf(() => env.execute());

    assertError(error, 'DUPLICATE_UID', /'same'.*'(plus|times)'.*'(plus|times)'.*its own/);
  });

  for (const parallelism of [1, 2]) {
    const keyedBy = (keySelector: (record: { id?: number }) => number) => {
      const env = StreamExecutionEnvironment.createLocalEnvironment({
        'parallelism.default': String(parallelism),
      });
      const records = [{ id: 1 }, {}];
      env
        .fromData<{ id?: number }>(records)
        .keyBy(keySelector, Types.LONG)
        .reduce((a) => a)
        .sinkTo(new DiscardingSink());
      return failureOf(() => env.execute());
    };

    it(`whose key selector gives undefined is told the record, at parallelism ${parallelism}`, async () => {
      const error = await keyedBy((record) => record.id as number);

      assertError(error, 'KEY_UNDEFINED', /key selector.* undefined for the record {};? .*filter/s);
    });

    it(`whose key selector throws is told the record, at parallelism ${parallelism}`, async () => {
      const error = await keyedBy((record) => (record.id as number).toFixed().length);

      assertError(error, 'USER_FUNCTION_FAILED', /record {}.*toFixed/s);
      assert.ok((error as Error).cause instanceof TypeError);
    });
  }

  it('whose function throws is told operator, subtask and record, and keeps the cause', async () => {
    const cause = new RangeError('no such number');
    const { env } = countingProgram({
      configuration: { 'restart-strategy.type': 'none', 'parallelism.default': '2' },
      onRecord: (value) => {
        if (value === 77) {
          throw cause;
        }
      },
    });

    const error = await failureOf(() => env.execute());

    assertError(
      error,
      'USER_FUNCTION_FAILED',
      /'count keys' \(uid 'counts', subtask [12]\/2\).*77.*no such number/s,
    );
    assert.equal((error as Error).cause, cause);
  });
});

describe('a bad snapshot', () => {
  const directory = join(folder, 'snapshots');
  let checkpoint: string;
  before(async () => {
    checkpoint = await retainedCheckpoint(
      countingProgram({ configuration: checkpointsIn(directory) }),
    );
  });

  const restoring = (options: CountingOptions = {}, path = checkpoint): CountingProgram =>
    countingProgram({
      ...options,
      configuration: {
        ...checkpointsIn(join(folder, 'restored')),
        'execution.state-recovery.path': path,
        ...options.configuration,
      },
    });
  const assertStillRestores = async (): Promise<void> => {
    const program = restoring();
    const job = await program.env.executeAsync('restored');
    await job.jobExecutionResult();

    assert.equal(job.details().restoredCheckpointId, Number(/chk-(\d+)$/.exec(checkpoint)?.[1]));
    assert.deepEqual(lastCounts(program.sink), EXACT_COUNTS);
  };

  it('that is not there is told with the newest that is', async () => {
    const missing = checkpoint.replace(/chk-\d+$/, 'chk-999');

    const error = await failureOf(() => restoring({}, missing).env.execute());

    assertError(error, 'SNAPSHOT_NOT_FOUND', /chk-999.*newest.*chk-\d/s);
    await assertStillRestores();
  });

  it('whose _metadata is truncated is refused by its name', async () => {
    const metadata = join(localPath(checkpoint), '_metadata');
    const whole = readFileSync(metadata);
    truncateSync(metadata, whole.length - 20);

    const error = await failureOf(() => restoring().env.execute());
    writeFileSync(metadata, whole);

    assertError(error, 'SNAPSHOT_CORRUPT', /chk-\d+/);
    await assertStillRestores();
  });

  it('whose state file is truncated is refused by its name', async () => {
    const name = readdirSync(localPath(checkpoint)).find((entry) => !entry.startsWith('_'));
    const file = join(localPath(checkpoint), name ?? '');
    const whole = readFileSync(file);
    truncateSync(file, whole.length >> 1);

    const error = await failureOf(() => restoring().env.execute());
    writeFileSync(file, whole);

    assertError(error, 'SNAPSHOT_CORRUPT', new RegExp(name ?? ''));
    await assertStillRestores();
  });

  it('whose state has another type is refused by the name of the state', async () => {
    const error = await failureOf(() =>
      restoring({ countType: Types.STRING as never }).env.execute(),
    );

    assertError(error, 'STATE_INCOMPATIBLE', /'?count'?.*another name/s);
    await assertStillRestores();
  });

  it('taken with another max parallelism is refused with both numbers', async () => {
    const error = await failureOf(() => restoring({ maxParallelism: 64 }).env.execute());

    assertError(error, 'MAX_PARALLELISM_MISMATCH', /64.*128|128.*64/s);
    await assertStillRestores();
  });

  it('with state of an operator that the program lacks is refused, unless told to ignore it', async () => {
    const error = await failureOf(() => restoring({ uid: 'renamed' }).env.execute());
    const ignoring = restoring({
      uid: 'renamed',
      configuration: { 'execution.state-recovery.ignore-unclaimed-state': 'true' },
    });
    const warnings: string[] = [];
    ignoring.env.setServices({ warn: (message) => warnings.push(message) });
    await ignoring.env.execute();

    assertError(error, 'STATE_NOT_RESTORED', /execution\.state-recovery\.ignore-unclaimed-state/);
    assert.match(
      warnings.join(),
      /goes on without the state of .*: 'count keys' \(uid 'counts'\) /,
    );
    assert.ok(Math.max(...lastCounts(ignoring.sink)) < (EXACT_COUNTS[0] ?? 0));
    await assertStillRestores();
  });
});

describe('a bad disk', () => {
  it('that is full declines checkpoints; the job goes on, and the last whole one restores', async () => {
    const directory = join(folder, 'full');
    const files = new FaultyFileSystem(new LocalFileSystem());
    const fileSystems = new FileSystems([files]);
    const configuration = {
      ...checkpointsIn(directory),
      'execution.checkpointing.tolerable-failed-checkpoints': '1000',
    };
    const program = countingProgram({ configuration, services: { fileSystems, warn: () => {} } });
    const job = await program.env.executeAsync('full');
    const ended = job.jobExecutionResult().catch((error: unknown) => error);
    await completedCheckpoints(job, 2);
    const isWrite = (operation: string): boolean => operation === 'write' || operation === 'create';

    files.plan = ({ operation }) =>
      isWrite(operation) ? { kind: 'fail', code: 'DISK_FULL' } : undefined;
    const completedBefore = job.details().checkpoints.counts.completed;
    while (job.details().checkpoints.counts.failed < 3) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { counts, history } = job.details().checkpoints;
    const status = job.jobStatus();
    await job.cancel();
    await ended;

    const failure = history.find((checkpoint) => checkpoint.status === 'FAILED');
    assert.equal(status, 'RUNNING');
    assert.ok(counts.completed <= completedBefore + 1);
    assert.match(failure?.failureMessage ?? '', /full|as planned/);
    assert.deepEqual(unfinishedFilesIn(directory), []);
    const completed = history.find((checkpoint) => checkpoint.status === 'COMPLETED');
    await assertRestores(completed?.externalPointer ?? '');
  });

  it('that is full fails the job with DISK_FULL in its causes when no failure is tolerated', async () => {
    const directory = join(folder, 'full-at-once');
    const files = new FaultyFileSystem(new LocalFileSystem(), ({ operation }) =>
      operation === 'write' ? { kind: 'fail', code: 'DISK_FULL' } : undefined,
    );
    const { env } = countingProgram({
      configuration: checkpointsIn(directory),
      services: { fileSystems: new FileSystems([files]), warn: () => {} },
    });

    const error = await failureOf(() => env.execute());

    assertError(error, 'TOO_MANY_CHECKPOINT_FAILURES', /tolerable-failed-checkpoints/);
    assert.ok(causesOf(error).includes('DISK_FULL'), causesOf(error).join(' < '));
    assert.deepEqual(unfinishedFilesIn(directory), []);
  });

  it('that cannot be written is told before the job runs', async () => {
    // Also for a user whom permissions do not bind: nothing can be made below a file.
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const seen: number[] = [];

    const error = await failureOf(() =>
      countingProgram({
        configuration: checkpointsIn(join(file, 'checkpoints')),
        onRecord: (value) => seen.push(value),
      }).env.execute(),
    );

    assert.match(String(errorCode(error)), /^FILE_/);
    assert.match((error as Error).message, /a-file.*(directory|path)/s);
    assert.deepEqual(seen, []);
  });

  it('that is read-only is told with the path and the remedy', { skip: NO_READ_ONLY }, async () => {
    const directory = readOnlyDirectory();
    const { env } = countingProgram({ configuration: checkpointsIn(join(directory, 'millrace')) });

    const error = await failureOf(() => env.execute());

    assertError(error, 'FILE_PERMISSION_DENIED', new RegExp(`${directory}.*(right|choose)`, 's'));
  });
});

describe('state that is too large', () => {
  it('for the storage in memory fails its checkpoint with the remedy', async () => {
    const text = 'x'.repeat(6 * 1024 * 1024);
    const env = StreamExecutionEnvironment.createLocalEnvironment({
      'execution.checkpointing.interval': '10 ms',
      'restart-strategy.type': 'none',
    });
    env
      .fromSequence(1, 2)
      .map(() => text, Types.STRING)
      .keyBy(() => 'one', Types.STRING)
      .reduce((a) => a)
      .sinkTo(new DiscardingSink());

    const error = await failureOf(() => env.execute());

    assert.ok(causesOf(error).includes('STATE_TOO_LARGE_FOR_JOBMANAGER'), String(error));
    assert.match(messagesOf(error), /5242880|5 ?MiB/);
    assert.match(messagesOf(error), /execution\.checkpointing\.(storage|dir)/);
  });
});

async function assertRestores(path: string): Promise<void> {
  const program = countingProgram({
    configuration: {
      ...checkpointsIn(join(folder, 'restored')),
      'execution.state-recovery.path': path,
    },
  });
  await program.env.execute();

  assert.deepEqual(lastCounts(program.sink), EXACT_COUNTS);
}

function unfinishedFilesIn(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const isWhole = new Set(
    names.filter((name) => name.endsWith('_metadata')).map((name) => name.split('/').at(-2)),
  );
  return names.filter(
    (name) =>
      name.endsWith('.inprogress') ||
      (/chk-\d+\//.test(name) && !isWhole.has(/chk-\d+/.exec(name)?.[0])),
  );
}

/** Processes that are told to stop while their job runs. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CollectSink, StreamExecutionEnvironment } from 'millrace';
import { type ProgramEnd, type StartedProgram, startProgram } from '../child-program.ts';
import { assertError, failureOf } from './failures.ts';

const PROGRAM = fileURLToPath(new URL('./shutdown-program.js', import.meta.url));
const IN_ORDER = { 'execution.shutdown-on-attached-exit': 'true' };
const TOO_LONG = { timeout: 120_000 };

const folder = mkdtempSync(join(tmpdir(), 'millrace-shutdown-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function start(name: string, settings: Record<string, string>): StartedProgram {
  return startProgram(PROGRAM, [join(folder, name), JSON.stringify(settings)]);
}

/** Sends the signals one after the other, the first once checkpoints are taken. */
async function stopped(
  program: StartedProgram,
  ...signals: readonly NodeJS.Signals[]
): Promise<ProgramEnd> {
  const { child, ended } = program;
  await told(program, child.stdout, 'running');
  for (const [index, signal] of signals.entries()) {
    child.kill(signal);
    if (index < signals.length - 1) {
      await told(program, child.stderr, 'is ended in order');
    }
  }
  return ended;
}

function told(
  { ended }: StartedProgram,
  stream: StartedProgram['child']['stdout'],
  text: string,
): Promise<unknown> {
  let heard = '';
  const said = new Promise<void>((resolve) => {
    stream?.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (heard.includes(text)) {
        resolve();
      }
    });
  });
  return Promise.race([said, ended]);
}

function highlyAvailable(name: string): Record<string, string> {
  return {
    'high-availability.type': 'filesystem',
    'high-availability.storageDir': join(folder, name, 'high-availability'),
  };
}

/** What is committed, in order; nothing before the first window has fired. */
function committed(name: string): string[] {
  const output = join(folder, name, 'output');
  if (!existsSync(output)) {
    return [];
  }
  return readdirSync(output, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !file.name.startsWith('.'))
    .flatMap((file) => readFileSync(join(file.parentPath, file.name), 'utf8').trim().split('\n'))
    .filter((line) => line !== '')
    .sort();
}

function completedBelow(name: string): string[] {
  const checkpoints = join(folder, name, 'checkpoints');
  return readdirSync(checkpoints, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('_metadata'),
  );
}

describe('a process that is told to stop', TOO_LONG, () => {
  let undisturbed: string[] = [];
  before(async () => {
    const { code, stderr } = await start('undisturbed', {}).ended;
    assert.equal(code, 0, stderr);
    undisturbed = committed('undisturbed');
  });

  it('suspends its job with high availability, and the next process goes on: the output is the same', async () => {
    const settings = { ...IN_ORDER, ...highlyAvailable('suspended') };

    const first = await stopped(start('suspended', settings), 'SIGTERM');
    const partOfIt = committed('suspended').length;
    const second = await start('suspended', settings).ended;

    assert.deepEqual([first.code, first.signal], [143, null], first.stderr);
    assert.match(first.stderr, /SIGTERM: job shutdown is ended in order/);
    assert.doesNotMatch(first.stderr, /JOB_SUSPENDED|at .*\.js:/);
    assert.ok(partOfIt < undisturbed.length);
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, /finished after [1-9]/);
    assert.deepEqual(committed('suspended'), undisturbed);
  });

  it('stops its job with a savepoint where that is asked for, tells its path, and ends with 0', async () => {
    const settings = {
      ...IN_ORDER,
      'execution.shutdown-with-savepoint': 'true',
      'execution.checkpointing.savepoint-dir': join(folder, 'savepoints'),
    };

    const first = await stopped(start('with-savepoint', settings), 'SIGTERM');
    const path = /^Savepoint completed\. Path: (.+)$/m.exec(first.stdout)?.[1] ?? '';
    const second = await start('with-savepoint', { 'execution.state-recovery.path': path }).ended;

    assert.equal(first.code, 0, first.stderr);
    assert.match(path, /savepoint-[0-9a-f]{6}-[0-9a-f]{12}$/);
    assert.doesNotMatch(first.stdout, /finished after/);
    assert.equal(second.code, 0, second.stderr);
    assert.deepEqual(committed('with-savepoint'), undisturbed);
  });

  it('cancels its job without high availability: checkpoints go or stay as their retention says', async () => {
    const key = 'execution.checkpointing.externalized-checkpoint-retention';
    const deleted = await stopped(
      start('deleted', { ...IN_ORDER, [key]: 'DELETE_ON_CANCELLATION' }),
      'SIGINT',
    );
    const retained = await stopped(
      start('retained', { ...IN_ORDER, [key]: 'RETAIN_ON_CANCELLATION' }),
      'SIGTERM',
    );

    assert.deepEqual([deleted.code, retained.code], [130, 143], deleted.stderr + retained.stderr);
    assert.deepEqual(completedBelow('deleted'), []);
    assert.equal(completedBelow('retained').length, 1);
  });

  it('ends at once at the second signal', async () => {
    const settings = { ...IN_ORDER, 'test.hangs': 'true', 'task.cancellation.timeout': '0 ms' };

    const { code, stderr } = await stopped(start('twice', settings), 'SIGTERM', 'SIGINT');

    assert.equal(code, 130, stderr);
  });

  it('ends with 1 when its job does not end in time, and names the job', async () => {
    const settings = {
      ...IN_ORDER,
      'test.hangs': 'true',
      'task.cancellation.timeout': '0 ms',
      'cluster.services.shutdown-timeout': '200 ms',
    };

    const { code, stderr } = await stopped(start('late', settings), 'SIGTERM');

    assert.equal(code, 1, stderr);
    assert.match(stderr, /job shutdown has not ended after 200 ms/);
  });

  it('dies of the signal unless its configuration asks for more, and goes on all the same', async () => {
    const settings = highlyAvailable('killed');

    const first = await stopped(start('killed', settings), 'SIGTERM');
    const second = await start('killed', settings).ended;

    assert.deepEqual([first.code, first.signal], [null, 'SIGTERM'], first.stderr);
    assert.equal(second.code, 0, second.stderr);
    assert.deepEqual(committed('killed'), undisturbed);
  });
});

describe('an end with a savepoint', () => {
  it('is refused at the start where no signal is listened to, without a directory, and in a batch', async () => {
    const withSavepoint = { 'execution.shutdown-with-savepoint': 'true' };

    const alone = await failureOf(() => run(withSavepoint));
    const nowhere = await failureOf(() => run({ ...IN_ORDER, ...withSavepoint }));
    const ofBatch = await failureOf(() =>
      run({ ...IN_ORDER, ...withSavepoint, 'execution.runtime-mode': 'BATCH' }),
    );

    assertError(alone, 'CONFIG_VALUE_INVALID', /set execution\.shutdown-on-attached-exit/);
    assertError(nowhere, 'SAVEPOINT_DIRECTORY_MISSING', /execution\.checkpointing\.savepoint-dir/);
    assertError(ofBatch, 'UNSUPPORTED', /a batch takes no savepoint/);
  });

  it('leaves no listener behind when the job has ended', async () => {
    const before = process.listenerCount('SIGTERM');

    await run(IN_ORDER);

    assert.equal(process.listenerCount('SIGTERM'), before);
  });
});

function run(configuration: Record<string, string>): Promise<unknown> {
  const env = StreamExecutionEnvironment.createLocalEnvironment(configuration);
  env.fromData([1, 2]).sinkTo(new CollectSink<number>());
  return env.execute();
}

/** What a failure does to a job: section by section of the rules of restarting. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FileSystems, LocalFileSystem } from '@millrace/core';
import { ConfigError, errorCode, FatalError } from 'millrace';
import { checkpointsIn, countingProgram, EXACT_COUNTS, lastCounts } from './counting-program.ts';
import { failureOf } from './failures.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-failover-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const QUIET = { warn: (): void => {} };

function settings(name: string, strategy: Record<string, string>): Record<string, string> {
  const { 'restart-strategy.type': _none, ...rest } = checkpointsIn(join(folder, name));
  return { ...rest, ...strategy };
}

const FIXED_DELAY = {
  'restart-strategy.type': 'fixed-delay',
  'restart-strategy.fixed-delay.attempts': '3',
  'restart-strategy.fixed-delay.delay': '1 ms',
};

/** Runs the counting program, which fails where `failing` throws. */
async function run(
  configuration: Record<string, string>,
  failing: (value: number) => void,
  warn: (message: string) => void = () => {},
) {
  const program = countingProgram({ configuration, services: { warn }, onRecord: failing });
  const job = await program.env.executeAsync();
  const error = await job.jobExecutionResult().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { ...program, job, error };
}

/** Throws `errors` in turn, each at the record 2,500. */
function failingWith(...errors: readonly Error[]): (value: number) => void {
  const left = [...errors];
  return (value) => {
    const error = value === 2_500 ? left.shift() : undefined;
    if (error !== undefined) {
      throw error;
    }
  };
}

describe('a job that fails', () => {
  it('restarts with exponential delay when checkpoints are taken and no strategy is named', async () => {
    const warnings: string[] = [];
    const configuration = settings('default', {
      'restart-strategy.exponential-delay.initial-backoff': '1 ms',
      'restart-strategy.exponential-delay.jitter-factor': '0',
    });
    const errors = [new Error('first'), new Error('second')];

    const { sink, error, job } = await run(configuration, failingWith(...errors), (message) =>
      warnings.push(message),
    );

    assert.equal(error, undefined);
    assert.equal(job.details().numberOfRestarts, 2);
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
    const told = warnings.filter((message) => /restarts in \d+ ms/.test(message));
    assert.equal(told.length, 2);
    // Code, operator, and the line of this file that made the error.
    assert.match(
      told[0] as string,
      /: USER_FUNCTION_FAILED: a function of operator '.*subtask 1\/1\) threw at the record .*: first \(at .*failover\.test\.[tj]s:\d+:\d+\)$/,
    );
  });

  it('tells each restart in one line, with class and causes of what was thrown', async () => {
    const warnings: string[] = [];
    const thrown: unknown[] = [
      new TypeError('not\nthat', { cause: new RangeError('too far') }),
      'text',
      undefined,
    ];
    const failing = (value: number): void => {
      if (value === 2_500 && thrown.length > 0) {
        throw thrown.shift();
      }
    };

    await run(settings('lines', FIXED_DELAY), failing, (message) => warnings.push(message));

    const told = warnings.filter((message) => /restarts in \d+ ms/.test(message));
    assert.equal(told.length, 3);
    for (const [index, what] of [
      /: TypeError: not that; caused by RangeError: too far \(at .*failover\.test\.[tj]s:\d+:\d+\)$/,
      /: 'text', which is no Error: throw one to see its line$/,
      /: undefined, which is no Error: throw one to see its line$/,
    ].entries()) {
      assert.match(told[index] as string, what);
    }
  });

  it('without checkpoints and without a strategy does not restart', async () => {
    const { error, job } = await run({}, failingWith(new Error('only once')));

    assert.equal(errorCode(error), 'USER_FUNCTION_FAILED');
    assert.equal(job.details().numberOfRestarts, 0);
  });

  it('restores the latest completed checkpoint in all of its tasks', async () => {
    const { job, sink, error } = await run(
      settings('latest', { ...FIXED_DELAY, 'parallelism.default': '2' }),
      failingWith(new Error('once')),
    );

    const { restoredCheckpointId = 0, checkpoints } = job.details();
    assert.equal(error, undefined);
    assert.ok(restoredCheckpointId > 0);
    assert.ok(restoredCheckpointId <= checkpoints.counts.completed);
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });

  it('gives up after the attempts of a fixed delay, with the last error', async () => {
    const errors = ['1', '2', '3', '4', '5'].map((text) => new Error(text));

    const { error, job } = await run(settings('attempts', FIXED_DELAY), failingWith(...errors));

    assert.match(String((error as Error).cause), /4/);
    assert.equal(job.jobStatus(), 'FAILED');
  });

  it('gives up when more failures lie in the interval of a failure rate than it allows', async () => {
    const errors = ['1', '2', '3'].map((text) => new Error(text));

    const { error } = await run(
      settings('rate', {
        'restart-strategy.type': 'failure-rate',
        'restart-strategy.failure-rate.max-failures-per-interval': '2',
        'restart-strategy.failure-rate.failure-rate-interval': '1 h',
        'restart-strategy.failure-rate.delay': '1 ms',
      }),
      failingWith(...errors),
    );

    assert.match(String((error as Error).cause), /3/);
  });

  it('is never restarted after an error that the next attempt would meet again', async () => {
    for (const final of [
      new ConfigError('STATE_NAME_CONFLICT', 'two states of one name'),
      new FatalError('PROCESS_POISONED', 'no more writes'),
    ]) {
      const { error, job } = await run(settings(final.code, FIXED_DELAY), failingWith(final));

      assert.equal(errorCode(error), final.code);
      assert.equal(job.details().numberOfRestarts, 0);
    }
  });

  it('by more failed checkpoints in a row than are tolerated goes through the strategy', async () => {
    let failures = 3;
    class FailingCheckpoints extends LocalFileSystem {
      override create(path: string, options: { overwrite: boolean }) {
        if (path.includes('/chk-') && failures > 0) {
          failures--;
          return Promise.reject(new Error('no room'));
        }
        return super.create(path, options);
      }
    }
    const program = (tolerated: string) =>
      countingProgram({
        configuration: settings(`tolerated ${tolerated}`, {
          ...FIXED_DELAY,
          'restart-strategy.fixed-delay.attempts': '100',
          'execution.checkpointing.tolerable-failed-checkpoints': tolerated,
        }),
        services: { ...QUIET, fileSystems: new FileSystems([new FailingCheckpoints()]) },
      });

    const strict = await program('0').env.executeAsync();
    await strict.jobExecutionResult();
    failures = 3;
    const tolerant = await program('100').env.executeAsync();
    await tolerant.jobExecutionResult();

    assert.ok(strict.details().numberOfRestarts > 0);
    assert.equal(tolerant.details().numberOfRestarts, 0);
  });

  it('while it waits to restart can be cancelled', async () => {
    const { env } = countingProgram({
      configuration: settings('cancelled', {
        ...FIXED_DELAY,
        'restart-strategy.fixed-delay.delay': '1 h',
      }),
      services: QUIET,
      onRecord: failingWith(new Error('once')),
    });
    const job = await env.executeAsync();
    while (job.jobStatus() !== 'RESTARTING') {
      await new Promise((resolve) => setImmediate(resolve));
    }

    await job.cancel();

    assert.equal(errorCode(await failureOf(() => job.jobExecutionResult())), 'JOB_CANCELED');
    assert.equal(job.jobStatus(), 'CANCELED');
  });
});

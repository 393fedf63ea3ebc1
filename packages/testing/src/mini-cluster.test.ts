import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Types } from '@millrace/core';
import { ManualClock } from './manual-clock.ts';
import { failOnce, MiniCluster } from './mini-cluster.ts';

const LAST = Number.MAX_SAFE_INTEGER;

describe('a mini cluster', () => {
  let cluster = new MiniCluster();
  beforeEach(() => {
    cluster = new MiniCluster({ parallelism: 2 });
  });
  afterEach(() => cluster.close());

  const endless = () => {
    const env = cluster.environment();
    env
      .fromSequence(1, LAST)
      .filter(() => false)
      .print();
    return env;
  };

  it('keeps checkpoints in memory', async () => {
    const env = endless();
    env.enableCheckpointing('10 ms');
    const job = await cluster.start(env);

    await cluster.waitForCheckpoints(job, 2);

    assert.ok(cluster.fileSystem.paths.some((path) => path.endsWith('/_metadata')));
  });

  it('leaves no job running', async () => {
    const job = await cluster.start(endless());

    await cluster.close();

    assert.equal(job.jobStatus(), 'CANCELED');
    await assert.rejects(job.jobExecutionResult(), { code: 'JOB_CANCELED' });
  });

  it('starts no job once it is closed', async () => {
    const env = endless();
    await cluster.close();

    await assert.rejects(cluster.start(env, 'late'), {
      code: 'UNSUPPORTED',
      message: /start of 'late' on a MiniCluster that is closed/,
    });
  });

  it('tells what failed a job that is waited for', async () => {
    const env = cluster.environment();
    env
      .fromSequence(1, LAST)
      .map((n) => {
        throw new Error(`no ${n}`);
      })
      .print();
    const job = await cluster.start(env);

    await assert.rejects(cluster.waitForCheckpoints(job), {
      code: 'USER_FUNCTION_FAILED',
      message: /no \d/,
    });
  });

  it('runs with time under control', async () => {
    const clock = new ManualClock();
    cluster = new MiniCluster({ clock });
    const env = endless();
    env.enableCheckpointing('1 h');
    const job = await cluster.start(env);
    await cluster.until(() => job.jobStatus() === 'RUNNING');

    await cluster.until(() => {
      clock.advance(60_000);
      return job.details().checkpoints.counts.completed === 1;
    });

    assert.ok(clock.now() <= 2 * 3_600_000, 'the first one comes within an interval');
  });

  it('fails a job once where it is told to, which restarts from its checkpoint', async () => {
    const env = cluster.environment({
      'restart-strategy.type': 'fixed-delay',
      'restart-strategy.fixed-delay.delay': '1 ms',
    });
    env.enableCheckpointing('10 ms');
    env
      .fromSequence(1, LAST)
      .map(
        failOnce((n) => n === 1_000),
        Types.LONG,
      )
      .filter(() => false)
      .print();
    const job = await cluster.start(env);

    await cluster.until(() => job.details().numberOfRestarts === 1, 'a restart');

    assert.equal(job.jobStatus(), 'RUNNING');
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Clock, Configuration, SystemClock, TaskError, type Timer } from '@millrace/core';
import type { DispatcherGateway, JobDetails, JobOverview } from '@millrace/runtime';
import { ExecutionGraphCache } from './execution-graph-cache.ts';

/** Can be set on; whoever waits for it waits no longer than it takes to turn around. */
class LeapingClock extends SystemClock implements Clock {
  aheadMs = 0;

  override now(): number {
    return super.now() + this.aheadMs;
  }

  override setTimer(_delayMs: number, callback: () => void): Timer {
    return super.setTimer(0, callback);
  }
}

function heldJobs() {
  const clock = new LeapingClock();
  const asked: string[] = [];
  let answers: 'at once' | 'never' | 'late' = 'at once';
  let running = ['a'];
  const answer = <T>(value: T): Promise<T> => {
    if (answers === 'late') {
      return Promise.reject(new TaskError('REST_TIMEOUT', 'the jobs did not answer'));
    }
    return answers === 'never' ? new Promise(() => {}) : Promise.resolve(value);
  };
  const gateway = {
    jobs: () => answer(running.map((jobId) => ({ jobId, status: 'RUNNING' }) as JobOverview)),
    jobDetails: (jobId: string) => {
      asked.push(jobId);
      return answer({ jobId } as JobDetails);
    },
  } as unknown as DispatcherGateway;
  return {
    cache: new ExecutionGraphCache(gateway, new Configuration({}), clock),
    asked,
    leap: (ms: number) => {
      clock.aheadMs += ms;
    },
    hold: (how: 'never' | 'late') => {
      answers = how;
    },
    begin: (jobId: string) => {
      running = [...running, jobId];
    },
  };
}

describe('the pictures of jobs whose thread is held', () => {
  for (const how of ['never', 'late'] as const) {
    it(`are those from before, however old, to whoever looks where it answers ${how}`, async () => {
      const { cache, leap, hold } = heldJobs();
      await cache.jobs();

      hold(how);
      leap(24 * 60 * 60 * 1000);

      for (let look = 0; look < 2; look += 1) {
        assert.equal((await cache.jobs())[0]?.jobId, 'a');
        assert.equal((await cache.jobDetails('a')).jobId, 'a');
        assert.equal((await cache.newJobDetails('a')).jobId, 'a');
      }
    });
  }

  it('are taken of each running job once it is listed, and then only when somebody asks', async () => {
    const { cache, asked, leap, begin } = heldJobs();

    await cache.jobs();
    begin('b');
    for (let look = 0; look < 3; look += 1) {
      leap(1000);
      await cache.jobs();
    }

    assert.deepEqual(asked, ['a', 'b']);
  });
});

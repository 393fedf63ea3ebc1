import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Clock, Configuration, type Timer } from '@millrace/core';
import type { DispatcherGateway, JobDetails, JobOverview } from '@millrace/runtime';
import { ExecutionGraphCache } from '../cache/execution-graph-cache.ts';
import { takeFirstPicture } from './first-picture.ts';

/** Its timers come at once, after what was under way. */
class HastyClock implements Clock {
  waitedMs = 0;

  now(): number {
    return this.waitedMs;
  }

  async yieldTurn(): Promise<void> {}

  setTimer(delayMs: number, callback: () => void): Timer {
    let isCancelled = false;
    setImmediate(() => {
      if (!isCancelled) {
        this.waitedMs += delayMs;
        callback();
      }
    });
    return {
      cancel: () => {
        isCancelled = true;
      },
    };
  }
}

function picturesOf(statusAt: (look: number) => JobOverview['status']) {
  const clock = new HastyClock();
  const asked: string[] = [];
  let looks = 0;
  const gateway = {
    jobs: async () => {
      looks += 1;
      return [{ jobId: 'a', status: statusAt(looks) }] as JobOverview[];
    },
    jobDetails: async (jobId: string) => {
      asked.push(jobId);
      return {} as JobDetails;
    },
    taskManagers: async () => [],
  } as unknown as DispatcherGateway;
  const cache = new ExecutionGraphCache(gateway, new Configuration({}), clock);
  return { take: () => takeFirstPicture(cache, clock), asked, looks: () => looks, clock };
}

describe('the first picture', () => {
  it('is taken once, as soon as a job runs', async () => {
    const pictures = picturesOf((look) => (look < 3 ? 'CREATED' : 'RUNNING'));

    await pictures.take();

    assert.deepEqual([pictures.asked, pictures.looks()], [['a'], 3]);
  });

  it('is waited for no longer than some seconds', async () => {
    const pictures = picturesOf(() => 'CREATED');

    await pictures.take();

    assert.deepEqual(pictures.asked, []);
    assert.ok(pictures.clock.waitedMs < 30_000, `${pictures.clock.waitedMs} ms`);
  });
});

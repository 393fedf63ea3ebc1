import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type Clock, SystemClock } from '@millrace/core';
import type { DispatcherGateway, JobStatus } from '@millrace/runtime';
import { BRIEF_AGE_MS, BriefCalls } from './brief-gateway.ts';

class SetClock extends SystemClock implements Clock {
  at = 1000;

  override now(): number {
    return this.at;
  }
}

describe('a gateway for many who ask', () => {
  let clock = new SetClock();
  let asked: string[] = [];
  let status: JobStatus = 'RUNNING';
  let gateway = briefGateway();

  function briefGateway(): DispatcherGateway {
    return new BriefCalls(clock).gateway({
      jobStatus: async (jobId: string) => {
        asked.push(jobId);
        if (jobId === 'gone') {
          throw new Error('not known');
        }
        return status;
      },
      cancelJob: async () => {
        status = 'CANCELED';
      },
      queryState: async () => asked.push('state'),
    } as unknown as DispatcherGateway);
  }

  beforeEach(() => {
    clock = new SetClock();
    asked = [];
    status = 'RUNNING';
    gateway = briefGateway();
  });

  it('asks once for all who ask within the moment, for each job', async () => {
    await Promise.all([gateway.jobStatus('a'), gateway.jobStatus('a'), gateway.jobStatus('b')]);
    clock.at += BRIEF_AGE_MS - 1;

    assert.equal(await gateway.jobStatus('a'), 'RUNNING');
    assert.deepEqual(asked, ['a', 'b']);
  });

  it('asks anew when the moment is over, and waits for the answer', async () => {
    await gateway.jobStatus('a');
    status = 'FINISHED';
    clock.at += BRIEF_AGE_MS;

    assert.equal(await gateway.jobStatus('a'), 'FINISHED');
  });

  it('gives nobody what was asked before a change that was made through it', async () => {
    await gateway.jobStatus('a');

    await gateway.cancelJob('a');

    assert.equal(await gateway.jobStatus('a'), 'CANCELED');
  });

  it('keeps no error, and no state', async () => {
    await assert.rejects(gateway.jobStatus('gone'));
    await assert.rejects(gateway.jobStatus('gone'));
    await gateway.queryState('a', {} as never, {} as never);
    await gateway.queryState('a', {} as never, {} as never);

    assert.deepEqual(asked, ['gone', 'gone', 'state', 'state']);
  });
});

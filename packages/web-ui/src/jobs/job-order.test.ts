import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runningTime } from './job-order.ts';

describe('how long a job runs', () => {
  it('goes on between two answers while it runs', () => {
    const job = { state: 'RUNNING', 'start-time': 1000, duration: 500 } as const;

    assert.equal(runningTime(job, 2600), 1600);
  });

  it('does not go back on a clock that is behind', () => {
    const job = { state: 'RUNNING', 'start-time': 1000, duration: 500 } as const;

    assert.equal(runningTime(job, 900), 500);
  });

  it('stands still after the end', () => {
    const job = { state: 'FAILED', 'start-time': 1000, duration: 500 } as const;

    assert.equal(runningTime(job, 9999), 500);
  });
});

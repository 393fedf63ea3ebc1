import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JobStatusTracker } from './job-status-tracker.ts';

describe('the status of a job', () => {
  it('knows for how long it is what it is, and for how long it was in all', () => {
    let now = 10;
    const statuses = new JobStatusTracker({ now: () => now });
    statuses.status = 'RUNNING';
    now = 30;
    statuses.status = 'RESTARTING';
    now = 35;
    statuses.status = 'RUNNING';
    now = 40;

    assert.equal(statuses.currentTimeMs('RUNNING', now), 5);
    assert.equal(statuses.totalTimeMs('RUNNING', now), 25);
    assert.equal(statuses.currentTimeMs('RESTARTING', now), 0);
    assert.equal(statuses.totalTimeMs('RESTARTING', now), 5);
  });

  it('has the time of its end and of each status that it came to', () => {
    let now = 10;
    const statuses = new JobStatusTracker({ now: () => now });
    assert.equal(statuses.endTimeMs, -1);

    now = 20;
    statuses.status = 'FINISHED';

    assert.equal(statuses.startTimeMs, 10);
    assert.equal(statuses.endTimeMs, 20);
    assert.deepEqual(statuses.timestamps, { INITIALIZING: 10, FINISHED: 20 });
  });
});

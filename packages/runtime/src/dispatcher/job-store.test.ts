import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobDetails } from '../gateway/job-details.ts';
import { type ArchivedJob, JobStore } from './job-store.ts';

const LIMITS = { maxCapacity: 3, expirationTimeMs: 1000, cacheSizeBytes: 1_000_000 };

function archived(jobId: string, jobName = 'job'): ArchivedJob {
  return {
    overview: {
      ...{ jobId, jobName, jobType: 'STREAMING', status: 'FINISHED' },
      ...{ startTimeMs: 0, endTimeMs: 1, lastModificationMs: 1, tasks: {} },
    },
    details: { jobId, jobName } as JobDetails,
    result: {
      ...{ kind: 'ended', status: 'FINISHED', netRuntimeMs: 1, accumulators: [] },
      error: undefined,
    },
  };
}

function ids(store: JobStore): string[] {
  return store.overviews().map(({ jobId }) => jobId);
}

describe('the store of jobs that have ended', () => {
  it('gives back what was put in', () => {
    const store = new JobStore(LIMITS, () => 0);

    store.put(archived('a'));

    assert.deepEqual(store.get('a'), archived('a'));
    assert.equal(store.get('b'), undefined);
  });

  it('drops the oldest beyond its capacity', () => {
    const store = new JobStore(LIMITS, () => 0);

    for (const id of ['a', 'b', 'c', 'd']) {
      store.put(archived(id));
    }

    assert.deepEqual(ids(store), ['b', 'c', 'd']);
  });

  it('keeps none where its capacity is 0', () => {
    const store = new JobStore({ ...LIMITS, maxCapacity: 0 }, () => 0);

    store.put(archived('a'));

    assert.deepEqual(ids(store), []);
  });

  it('drops those that have expired', () => {
    let now = 0;
    const store = new JobStore(LIMITS, () => now);
    store.put(archived('a'));
    now = 600;
    store.put(archived('b'));

    now = 1001;

    assert.deepEqual(ids(store), ['b']);
    assert.equal(store.get('a'), undefined);
  });

  it('drops the oldest beyond its bytes, never the last', () => {
    const store = new JobStore({ ...LIMITS, cacheSizeBytes: 5000 }, () => 0);

    store.put(archived('a', 'x'.repeat(1500)));
    store.put(archived('b', 'x'.repeat(1500)));
    assert.deepEqual(ids(store), ['b']);
    store.put(archived('c', 'x'.repeat(9000)));

    assert.deepEqual(ids(store), ['c']);
  });

  it('has a later job of an id in the place of the earlier', () => {
    const store = new JobStore(LIMITS, () => 0);

    store.put(archived('a', 'first'));
    store.put(archived('a', 'second'));

    assert.equal(store.get('a')?.details.jobName, 'second');
    assert.equal(ids(store).length, 1);
  });
});

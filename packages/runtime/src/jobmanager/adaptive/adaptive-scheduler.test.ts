import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemClock, TaskError } from '@millrace/core';
import type { JobVertex } from '../../graph/job-graph.ts';
import type { VertexParallelism } from '../../graph/rescaled-job-graph.ts';
import { AdaptiveScheduler } from './adaptive-scheduler.ts';
import { AvailableSlots } from './available-slots.ts';

const upTo = (upperBound: number) => ({ v: { lowerBound: 1, upperBound } });
const at = (parallelism: number): VertexParallelism => new Map([['v', parallelism]]);

/** Of a job with one vertex of parallelism 2, with 8 slots. */
function schedulerOf(): AdaptiveScheduler {
  const vertex = {
    ...({} as JobVertex),
    id: 'v',
    parallelism: 2,
    maxParallelism: 128,
    slotSharingGroup: 'default',
    operators: [],
    inputs: [],
  };
  return new AdaptiveScheduler({
    jobGraph: { jobName: 'job', batchExecution: false, vertices: [vertex] },
    mode: 'adaptive',
    clock: new SystemClock(),
    slots: new AvailableSlots(8),
    settings: {
      resourceWaitTimeoutMs: 0,
      resourceStabilizationTimeoutMs: 0,
      minParallelismIncrease: 1,
      scalingIntervalMinMs: 0,
      scalingIntervalMaxMs: 0,
    },
    takesCheckpoints: true,
    close: () => {},
    warn: () => {},
  });
}

/** A change that fails when it is told to. */
function failingChange(): { readonly change: () => Promise<void>; readonly fail: () => void } {
  let reject: (error: Error) => void = () => {};
  const changed = new Promise<void>((_, fails) => {
    reject = fails;
  });
  return { change: () => changed, fail: () => reject(new Error('the checkpoint failed')) };
}

describe('a rescale of a job with the adaptive scheduler', () => {
  it('bounds it from now on, unless it fails', async () => {
    const scheduler = schedulerOf();
    const { change, fail } = failingChange();

    await scheduler.rescaleTo(at(3), async () => {});
    const failing = scheduler.rescaleTo(at(5), change);
    fail();

    await assert.rejects(failing, /the checkpoint failed/);
    assert.deepEqual(scheduler.requirements, upTo(3));
  });

  it('that fails leaves an update of the requirements that came meanwhile', async () => {
    const scheduler = schedulerOf();
    const { change, fail } = failingChange();

    const failing = scheduler.rescaleTo(at(5), change);
    scheduler.updateRequirements(upTo(4));
    fail();

    await assert.rejects(failing, /the checkpoint failed/);
    assert.deepEqual(scheduler.requirements, upTo(4));
  });

  it('that fails is followed by what the slots allow by the former bounds', async () => {
    const scheduler = schedulerOf();
    const { change, fail } = failingChange();
    const asked: (number | undefined)[] = [];
    const neverDone = (parallelism: VertexParallelism): Promise<void> => {
      asked.push(parallelism.get('v'));
      return new Promise(() => {});
    };
    scheduler.attemptRuns(at(2), neverDone);

    const failing = scheduler.rescaleTo(at(1), change);
    scheduler.attemptEnded(at(2), undefined);
    scheduler.attemptRuns(at(1), neverDone);
    fail();

    await assert.rejects(failing, /the checkpoint failed/);
    assert.deepEqual(asked, [2]);
  });
});

describe('a job of which a slot could not be had', () => {
  const notHad = new TaskError('TASK_MANAGER_NOT_REGISTERED', 'the worker did not come in time');

  it('starts again with fewer', async () => {
    const scheduler = schedulerOf();
    scheduler.attemptEnded(at(2), notHad);

    assert.deepEqual(await scheduler.waitForResources(), at(1));
  });

  it('starts again with as many where it needs them, rather than wait for others', async () => {
    const scheduler = schedulerOf();
    scheduler.attemptEnded(at(2), notHad);
    scheduler.attemptEnded(at(1), notHad);

    assert.deepEqual(await scheduler.waitForResources(), at(2));
  });
});

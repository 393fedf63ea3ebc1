/** Jobs that take the slots that there are, and follow them while they run. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { AvailableSlots, type JobClient } from 'millrace';
import {
  checkpointsIn,
  completedCheckpoints,
  countingProgram,
  EXACT_COUNTS,
  lastCounts,
} from './counting-program.ts';
import { assertError, failureOf } from './failures.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-adaptive-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const TOO_LONG = { timeout: 60_000 };
const ADAPTIVE = {
  'jobmanager.scheduler': 'adaptive',
  'jobmanager.adaptive-scheduler.resource-stabilization-timeout': '5 ms',
  'jobmanager.adaptive-scheduler.scaling-interval.min': '0 ms',
};
const REACTIVE = { ...ADAPTIVE, 'scheduler-mode': 'reactive' };

/** At parallelism 4 but for its sink, which has 1. */
async function started(
  name: string,
  slots: AvailableSlots | undefined,
  configuration: Readonly<Record<string, string>>,
) {
  const program = countingProgram({
    configuration: {
      ...checkpointsIn(join(folder, name)),
      'parallelism.default': '4',
      ...configuration,
    },
    services: { warn: () => {}, ...(slots === undefined ? {} : { slots }) },
  });
  return { ...program, job: await program.env.executeAsync(name) };
}

function parallelismsOf(job: JobClient): number[] {
  return job.details().vertices.map(({ parallelism }) => parallelism);
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Its vertices have these, and it runs. */
async function runsAt(job: JobClient, parallelisms: readonly number[]): Promise<void> {
  await until(
    () => job.jobStatus() === 'RUNNING' && parallelismsOf(job).join() === parallelisms.join(),
  );
}

function boundsOf(job: JobClient, lowerBound: number, upperBound: number) {
  const ids = Object.keys(job.resourceRequirements());
  return Object.fromEntries(ids.map((id, i) => [id, i === 2 ? ONE : { lowerBound, upperBound }]));
}

const ONE = { lowerBound: 1, upperBound: 1 };

describe('a job with the adaptive scheduler', TOO_LONG, () => {
  it('starts with the slots that there are where it could use more', async () => {
    const slots = { 'taskmanager.numberOfTaskSlots': '3' };
    const { job, sink } = await started('fewer', undefined, { ...ADAPTIVE, ...slots });

    await runsAt(job, [3, 3, 1]);
    await job.jobExecutionResult();

    assert.equal(job.details().numberOfRescales, 0);
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });

  it('follows them up to its parallelism and down again, loses nothing, and counts no failure', async () => {
    const slots = new AvailableSlots(2);
    const { job, sink } = await started('follows', slots, ADAPTIVE);
    await runsAt(job, [2, 2, 1]);
    await completedCheckpoints(job, 2);

    slots.resize(9);
    await runsAt(job, [4, 4, 1]);
    slots.resize(1);
    await runsAt(job, [1, 1, 1]);
    await job.jobExecutionResult();

    const { numberOfRescales, numberOfRestarts } = job.details();
    assert.deepEqual([numberOfRescales, numberOfRestarts], [2, 0]);
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });

  it('waits for the slots that it needs, and starts when they come', async () => {
    const slots = new AvailableSlots(0);
    const { job, sink } = await started('waits', slots, ADAPTIVE);
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = job.jobStatus();

    slots.resize(2);
    await job.jobExecutionResult();

    assert.equal(waiting, 'CREATED');
    assert.deepEqual(parallelismsOf(job), [2, 2, 1]);
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });

  it('fails when they do not come in time, and can be cancelled while it waits', async () => {
    const timeout = { 'jobmanager.adaptive-scheduler.resource-wait-timeout': '20 ms' };
    const late = await started('late', new AvailableSlots(0), { ...ADAPTIVE, ...timeout });
    const error = await failureOf(() => late.job.jobExecutionResult());
    const waiting = await started('cancelled', new AvailableSlots(0), {
      ...ADAPTIVE,
      'jobmanager.adaptive-scheduler.resource-wait-timeout': '-1 ms',
    });

    await waiting.job.cancel();

    assertError(error, 'NO_RESOURCE_AVAILABLE', /has waited 20 ms .* 0 are available.*could use 4/);
    assert.equal(waiting.job.jobStatus(), 'CANCELED');
  });

  it('comes to what its resource requirements allow when they are changed', async () => {
    const { job, sink } = await started('requirements', new AvailableSlots(4), ADAPTIVE);
    await runsAt(job, [4, 4, 1]);
    const initial = Object.values(job.resourceRequirements());

    await job.updateResourceRequirements(boundsOf(job, 1, 2));
    const changed = Object.values(job.resourceRequirements());
    await runsAt(job, [2, 2, 1]);
    await job.jobExecutionResult();

    const upTo = (upperBound: number) => ({ lowerBound: 1, upperBound });
    assert.deepEqual(initial, [upTo(4), upTo(4), ONE]);
    assert.deepEqual(changed, [upTo(2), upTo(2), ONE]);
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });

  it('keeps to the parallelism of a rescale, and refuses one that there are no slots for', async () => {
    const { job, sink } = await started('rescaled', new AvailableSlots(4), ADAPTIVE);
    await runsAt(job, [4, 4, 1]);

    await job.rescale({ parallelism: 3 });
    const after = parallelismsOf(job);
    const error = await failureOf(() => job.rescale({ parallelism: 5 }));
    await job.jobExecutionResult();

    assert.deepEqual(after, [3, 3, 1]);
    assert.deepEqual(parallelismsOf(job), [3, 3, 1]);
    assertError(error, 'NO_RESOURCE_AVAILABLE', /needs 5 slots for that and 4 are available/);
    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });

  it('refuses requirements that it cannot have, and changes nothing', async () => {
    const { job } = await started('refuses', new AvailableSlots(4), ADAPTIVE);
    await runsAt(job, [4, 4, 1]);

    const error = await failureOf(() => job.updateResourceRequirements(boundsOf(job, 3, 2)));
    await job.cancel();

    assertError(error, 'RESOURCE_REQUIREMENTS_INVALID', /lower bound \[3\].*higher than/);
    assert.deepEqual(parallelismsOf(job), [4, 4, 1]);
  });
});

describe('a job in reactive mode', TOO_LONG, () => {
  it('takes all slots, whatever the parallelisms of the program, and follows them', async () => {
    const slots = new AvailableSlots(2);
    const { job, sink } = await started('reactive', slots, REACTIVE);
    await runsAt(job, [2, 2, 2]);

    slots.resize(5);
    await runsAt(job, [5, 5, 5]);
    await job.jobExecutionResult();

    assert.deepEqual(lastCounts(sink), EXACT_COUNTS);
  });

  it('refuses to be rescaled by hand', async () => {
    const { job } = await started('by-hand', new AvailableSlots(1), REACTIVE);
    await runsAt(job, [1, 1, 1]);

    const rescale = await failureOf(() => job.rescale({ parallelism: 2 }));
    const update = await failureOf(() => job.updateResourceRequirements(boundsOf(job, 1, 2)));
    await job.cancel();

    assertError(rescale, 'UNSUPPORTED', /running in reactive mode/);
    assertError(update, 'UNSUPPORTED', /running in reactive mode/);
  });
});

describe('a job with the default scheduler', TOO_LONG, () => {
  it('has no resource requirements', async () => {
    const { job } = await started('default', undefined, {});

    assert.throws(() => job.resourceRequirements(), { code: 'UNSUPPORTED' });
    const update = await failureOf(() => job.updateResourceRequirements({}));
    await job.cancel();

    assertError(update, 'UNSUPPORTED', /set jobmanager\.scheduler to Adaptive/);
  });
});

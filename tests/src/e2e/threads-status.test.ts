/** What is told of jobs on worker threads: states with their times, where tasks ran, which workers there are. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import {
  dispatcherOfProcess,
  type ExecutionDetails,
  type JobClient,
  type TaskManagerInfo,
} from '@millrace/runtime';
import { counts, type Settings } from './threads-jobs.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-threads-status-'));
after(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;

function settings(interval: string): Settings {
  folders++;
  return {
    'execution.target': 'threads',
    'parallelism.default': '2',
    'execution.checkpointing.interval': interval,
    'execution.checkpointing.dir': join(root, `checkpoints-${folders}`),
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.attempts': '1',
    'restart-strategy.fixed-delay.delay': '1 ms',
  };
}

function subtasksOf(job: JobClient) {
  return job.details().vertices.flatMap(({ subtasks }) => subtasks);
}

function taskManagersOf(job: JobClient): string[] {
  return [...new Set(subtasksOf(job).map(({ taskManagerId }) => String(taskManagerId)))].sort();
}

/** The states that it came to, by their times. */
function course({ stateTimestamps }: ExecutionDetails): string[] {
  return Object.entries(stateTimestamps)
    .sort(([, a], [, b]) => a - b)
    .map(([state]) => state);
}

describe('the tasks of a job on threads', () => {
  it('come to each state in its turn, with the time', async () => {
    const { job } = await counts(settings('20 ms'), 'none');
    await job.jobExecutionResult();

    for (const subtask of subtasksOf(job)) {
      const { CREATED, SCHEDULED, DEPLOYING, INITIALIZING, RUNNING, FINISHED } =
        subtask.stateTimestamps;
      const times = [CREATED, SCHEDULED, DEPLOYING, INITIALIZING, RUNNING, FINISHED].map(Number);
      assert.equal(subtask.state, 'FINISHED');
      assert.ok(
        times.every((time) => time > 0),
        course(subtask).join(),
      );
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
      assert.deepEqual(subtask.earlierAttempts, []);
    }
  });

  it('have failed with the worker that ran them, or were cancelled, and run again', async () => {
    const { job } = await counts(settings('20 ms'), 'exits');
    await job.jobExecutionResult();

    const lost = subtasksOf(job).flatMap(({ earlierAttempts }) => earlierAttempts);
    assert.equal(lost.length, subtasksOf(job).length);
    assert.ok(lost.some(({ state }) => state === 'FAILED'));
    for (const attempt of lost) {
      assert.equal(attempt.attempt, 0);
      assert.ok(['FAILED', 'CANCELED', 'FINISHED'].includes(attempt.state), attempt.state);
      assert.ok(Number(attempt.stateTimestamps[attempt.state]) > 0, course(attempt).join());
      assert.ok(taskManagersOf(job).includes(String(attempt.taskManagerId)));
    }
    for (const subtask of subtasksOf(job)) {
      assert.equal(subtask.state, 'FINISHED');
      assert.equal(subtask.attempt, 1);
    }
  });
});

describe('the workers of two jobs on threads at once', () => {
  it('are told apart, each with the job whose tasks it runs', async () => {
    const one = (await counts(settings('200 ms'), 'none')).job;
    const other = (await counts(settings('200 ms'), 'none')).job;
    let ended = false;
    const ends = Promise.all([one.jobExecutionResult(), other.jobExecutionResult()]);
    void ends.finally(() => {
      ended = true;
    });
    let managers: readonly TaskManagerInfo[] = [];
    while (managers.length < 4 && !ended) {
      await setImmediate();
      managers = await dispatcherOfProcess().taskManagers();
    }
    await ends;

    const expected = [one, other].flatMap((job) =>
      taskManagersOf(job).map((id) => `${id} ${job.jobId}`),
    );
    const told = managers.map(({ id, allocatedSlots }) => `${id} ${allocatedSlots[0]?.jobId}`);
    assert.deepEqual(told.sort(), expected.sort());
    assert.equal(new Set(managers.map(({ id }) => id)).size, 4);
    for (const { slotsNumber, freeSlots, memoryConfiguration } of managers) {
      assert.deepEqual([slotsNumber, freeSlots], [1, 0]);
      assert.ok(memoryConfiguration.networkMemoryBytes > 0);
    }
  });
});

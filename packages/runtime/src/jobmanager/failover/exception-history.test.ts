import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { TaskError } from '@millrace/core';
import { ExceptionHistory, type FailedTask } from './exception-history.ts';

const TASK: FailedTask = {
  taskName: 'Map (1/2) - execution #0',
  vertexId: 'v',
  subtask: 0,
  attempt: 0,
  taskManagerId: 'local',
  endpoint: 'localhost:0',
};

function wrapped(cause: Error): TaskError {
  return new TaskError('TASK_FAILED', `Map (1/2) failed: ${cause.message}`, { cause });
}

describe('the history of what failed a job', () => {
  let now = 0;
  let history = new ExceptionHistory({ now: () => now }, 16);
  beforeEach(() => {
    now = 100;
    history = new ExceptionHistory({ now: () => now }, 16);
  });

  it('shows what a function threw, with its task, where the job restarts', () => {
    const error = wrapped(new RangeError('too far'));

    history.taskFailed(error, TASK);
    history.restarts(error);

    const [entry, ...others] = history.snapshot().entries;
    assert.equal(others.length, 0);
    assert.equal(entry?.exceptionName, 'RangeError');
    assert.equal(entry.message, 'too far');
    assert.match(entry.stacktrace, /^RangeError: too far\n\s+at /);
    assert.equal(entry.timestamp, 100);
    assert.equal(entry.taskName, 'Map (1/2) - execution #0');
    assert.deepEqual(entry.concurrentExceptions, []);
  });

  it('shows what was thrown though it is no error and has no text', () => {
    history.restarts(wrapped(Object.create(null)));

    const [entry] = history.snapshot().entries;
    assert.deepEqual(
      [entry?.exceptionName, entry?.message, entry?.stacktrace],
      ['object', '[Object: null prototype] {}', '[Object: null prototype] {}'],
    );
  });

  it('has a failure of the job, with that of the task beside it, where nothing restarts', () => {
    const error = wrapped(new RangeError('too far'));

    history.taskFailed(error, TASK);
    history.failed(error, 'Recovery is suppressed by NoRestartBackoffTimeStrategy');

    const { entries, failureCause } = history.snapshot();
    assert.equal(entries.length, 1);
    assert.equal(entries[0]?.exceptionName, 'JobException');
    assert.equal(entries[0].taskName, undefined);
    assert.deepEqual(
      entries[0].concurrentExceptions.map(({ exceptionName, subtask }) => [exceptionName, subtask]),
      [['RangeError', 0]],
    );
    assert.match(
      failureCause?.stacktrace ?? '',
      /^JobException: Recovery is suppressed.*\nCaused by: RangeError: too far\n/,
    );
  });

  it('puts what else fails in the course of a failure beside it, each once', () => {
    const first = wrapped(new Error('first'));
    const second = wrapped(new Error('second'));

    history.taskFailed(first, TASK);
    history.alsoFailed(second, { ...TASK, subtask: 1 });
    history.alsoFailed(first, TASK);
    history.restarts(first);
    history.alsoFailed(second, TASK);
    history.alsoFailed(wrapped(new Error('third')), TASK);

    const { entries } = history.snapshot();
    assert.deepEqual(
      entries.map((each) => [
        each.message,
        each.concurrentExceptions.map(({ message }) => message),
      ]),
      [['first', ['second', 'third']]],
    );
  });

  it('has failures that no task is to blame for, and one of a task before them beside them', () => {
    const ofTask = wrapped(new Error('of a task'));
    const ofJob = new TaskError('TASK_MANAGER_LOST', 'worker thread 1 died');

    history.taskFailed(ofTask, TASK);
    history.restarts(ofJob);

    const [entry] = history.snapshot().entries;
    assert.equal(entry?.exceptionName, 'TASK_MANAGER_LOST');
    assert.equal(entry.taskName, undefined);
    assert.deepEqual(
      entry.concurrentExceptions.map(({ message }) => message),
      ['of a task'],
    );
  });

  it('keeps the newest first, and says that older ones were dropped', () => {
    history = new ExceptionHistory({ now: () => now }, 2);
    for (const message of ['a', 'b', 'c']) {
      history.restarts(new Error(message));
    }

    const { entries, truncated } = history.snapshot();

    assert.deepEqual(
      entries.map(({ message }) => message),
      ['c', 'b'],
    );
    assert.equal(truncated, true);
  });

  it('shows the causes of an error', () => {
    const error = new Error('outer', { cause: new TypeError('inner') });

    history.restarts(error);

    assert.match(
      history.snapshot().entries[0]?.stacktrace ?? '',
      /^Error: outer\n(.*\n)+Caused by: TypeError: inner\n/,
    );
  });
});

/** What a job shows of its executions and failures. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Collector, IntCounter, KeyedProcessFunction } from '@millrace/core';
import type { ExecutionState, JobClient, JobVertexDetails } from '@millrace/runtime';
import { ManualClock } from './manual-clock.ts';
import { failOnce, MiniCluster } from './mini-cluster.ts';

const ENDLESS = Number.MAX_SAFE_INTEGER;
const FIXED_DELAY = {
  'restart-strategy.type': 'fixed-delay',
  'restart-strategy.fixed-delay.attempts': '2',
  'restart-strategy.fixed-delay.delay': '0 s',
};

class Counting extends KeyedProcessFunction<number, number, number> {
  private records!: IntCounter;

  override open(): void {
    this.records = new IntCounter();
    this.runtimeContext.addAccumulator('records', this.records);
  }

  override processElement(value: number, _context: unknown, out: Collector<number>): void {
    this.records.add(1);
    out.collect(value);
  }
}

function vertexOf(job: JobClient, name: RegExp): JobVertexDetails {
  const vertex = job.details().vertices.find((each) => name.test(each.name));
  assert.ok(vertex, `no vertex ${name}`);
  return vertex;
}

describe('the details of a job', () => {
  let cluster = new MiniCluster();
  beforeEach(() => {
    cluster = new MiniCluster({ parallelism: 2 });
  });
  afterEach(() => cluster.close());

  it('show each state of each subtask with its time, and where it runs', async () => {
    const clock = new ManualClock();
    cluster = new MiniCluster({ parallelism: 2, clock });
    const env = cluster.environment();
    env
      .fromSequence(1, ENDLESS)
      .keyBy((n) => n)
      .filter(() => false)
      .print();
    const job = await cluster.start(env);
    await cluster.until(() => job.jobStatus() === 'RUNNING');
    const startedAt = job.details().startTimeMs;
    clock.advance(50);

    await job.cancel();

    const { subtasks } = vertexOf(job, /Filter/);
    assert.deepEqual(
      subtasks.map(({ subtask, attempt, taskManagerId }) => [subtask, attempt, taskManagerId]),
      [
        [0, 0, 'local'],
        [1, 0, 'local'],
      ],
    );
    const states: readonly [ExecutionState, number][] = [
      ['CREATED', 0],
      ['SCHEDULED', 0],
      ['DEPLOYING', 0],
      ['INITIALIZING', 0],
      ['RUNNING', 0],
      ['CANCELING', 50],
      ['CANCELED', 50],
    ];
    assert.deepEqual(
      Object.entries(subtasks[1]?.stateTimestamps ?? {}).map(([state, at]) => [
        state,
        at - startedAt,
      ]),
      states,
    );
  });

  it('keep what tasks counted and gathered when they have ended', async () => {
    const env = cluster.environment();
    env
      .fromSequence(1, 100)
      .keyBy((n) => n)
      .process(new Counting())
      .filter(() => false)
      .print();
    const job = await cluster.start(env);

    await job.jobExecutionResult();

    const { subtasks, numRecordsIn, accumulators } = vertexOf(job, /Process/);
    assert.ok(subtasks.every(({ state }) => state === 'FINISHED'));
    assert.equal(numRecordsIn, 100);
    assert.deepEqual(accumulators, [{ name: 'records', type: 'IntCounter', value: '100' }]);
    const parts = subtasks.map((each) => Number(each.accumulators[0]?.value));
    assert.equal(parts[0]! + parts[1]!, 100);
    assert.deepEqual(job.details().accumulators, accumulators);
  });

  it('show an earlier attempt with what it came to, and the failure with its task', async () => {
    const env = cluster.environment(FIXED_DELAY);
    env
      .fromSequence(1, 1000)
      .keyBy((n) => n)
      .process(new Counting())
      .map(failOnce((n) => n === 500))
      .filter(() => false)
      .print();
    const job = await cluster.start(env);

    await job.jobExecutionResult();

    const { subtasks, name } = vertexOf(job, /Process/);
    const failed = subtasks.filter(({ earlierAttempts }) =>
      earlierAttempts.some(({ state }) => state === 'FAILED'),
    );
    assert.equal(failed.length, 1);
    const [{ subtask, attempt, earlierAttempts }] = failed as [(typeof failed)[0]];
    assert.equal(attempt, 1);
    assert.equal(earlierAttempts.length, 1);
    assert.ok(Number(earlierAttempts[0]?.accumulators[0]?.value) > 0);
    const other = subtasks[1 - subtask];
    assert.deepEqual(
      other?.earlierAttempts.map(({ state }) => state),
      ['CANCELED'],
    );
    const { entries, failureCause } = job.details().exceptions;
    assert.deepEqual(
      entries.map((each) => [each.exceptionName, each.taskName]),
      [['Error', `${name} (${subtask + 1}/2) - execution #0`]],
    );
    assert.match(failureCause?.message ?? '', /failed on demand/);
    assert.equal(job.details().numberOfRestarts, 1);
  });

  it('show why the job failed for good: the restarts were used up', async () => {
    const env = cluster.environment(FIXED_DELAY);
    env
      .fromSequence(1, 10)
      .map((): number => {
        throw new TypeError('never');
      })
      .print();
    const job = await cluster.start(env);

    await assert.rejects(job.jobExecutionResult());

    const { exceptions, status, vertices } = job.details();
    assert.equal(status, 'FAILED');
    assert.deepEqual(
      exceptions.entries.map(({ exceptionName, taskName, concurrentExceptions }) => [
        exceptionName,
        taskName !== undefined,
        concurrentExceptions[0]?.exceptionName,
      ]),
      [
        ['JobException', false, 'TypeError'],
        ['TypeError', true, undefined],
        ['TypeError', true, undefined],
      ],
    );
    assert.match(
      exceptions.failureCause?.stacktrace ?? '',
      /Recovery is suppressed by FixedDelayRestartBackoffTimeStrategy\n(.*\n)*Caused by: TypeError: never/,
    );
    assert.ok(vertices.some(({ subtasks }) => subtasks.some((each) => each.state === 'FAILED')));
  });

  it('name the task that could not be opened', async () => {
    class Shut extends Counting {
      override open(): void {
        throw new RangeError('shut');
      }
    }
    const env = cluster.environment();
    env
      .fromSequence(1, 10)
      .keyBy((n) => n)
      .process(new Shut())
      .print();
    const job = await cluster.start(env);

    await assert.rejects(job.jobExecutionResult());

    const [entry] = job.details().exceptions.entries;
    assert.equal(entry?.concurrentExceptions[0]?.exceptionName, 'RangeError');
    assert.match(entry.concurrentExceptions[0].taskName ?? '', /\(1\/2\) - execution #0$/);
    assert.ok(vertexOf(job, /Process/).subtasks[0]?.stateTimestamps.FAILED);
  });
});

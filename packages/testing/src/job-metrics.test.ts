/** What a job tells of itself while it runs, on a clock that the test moves. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { type KeyedProcessContext, KeyedProcessFunction, type MetricDump } from '@millrace/core';
import { operatorIdFromUid as id } from '@millrace/runtime';
import { ManualClock } from './manual-clock.ts';
import { MiniCluster } from './mini-cluster.ts';

describe('the metrics of a job', () => {
  let cluster = new MiniCluster();
  afterEach(() => cluster.close());

  it('are read through its client, under the scopes that the configuration says', async () => {
    const clock = new ManualClock();
    cluster = new MiniCluster({
      clock,
      configuration: {
        'metrics.scope.operator': '<job_name>.<operator_name>.<subtask_index>',
        'metrics.scope.delimiter': '/',
      },
    });
    const env = cluster.environment();
    env
      .fromSequence(1, 10)
      .map((n) => n)
      .name('same')
      .print();
    const job = await cluster.start(env, 'numbers');

    await job.jobExecutionResult();

    assert.equal(readingOf(job.metrics(), 'numbers/same/0/numRecordsIn'), 10);
  });

  it('count the timers that fired of all operators of a task', async () => {
    cluster = new MiniCluster({ configuration: { 'metrics.scope.task': '<task_id>' } });
    const env = cluster.environment();
    class Reminder extends KeyedProcessFunction<number, number, number> {
      override processElement(value: number, context: KeyedProcessContext<number>): void {
        context.timerService().registerEventTimeTimer(value);
        context.timerService().registerEventTimeTimer(value + 100);
      }
    }
    env
      .fromSequence(1, 10)
      .keyBy((n) => n)
      .process(new Reminder())
      .print();
    const job = await cluster.start(env);

    await job.jobExecutionResult();

    const fired = job.details().vertices.map(({ id: vertex, name }) => ({
      hasTimers: name.startsWith('KeyedProcess'),
      count: readingOf(job.metrics(), `${vertex}.numFiredTimers`),
    }));
    assert.deepEqual(
      fired.map(({ hasTimers, count }) => [hasTimers, count]),
      [
        [false, 0],
        [true, 20],
      ],
    );
  });

  it('hold the latency of each operator since each source, where markers are sent', async () => {
    const clock = new ManualClock();
    cluster = new MiniCluster({ clock, configuration: { 'metrics.scope.tm-job': 'job' } });
    const env = cluster.environment();
    env.config.setLatencyTrackingInterval('10 ms');
    env
      .fromSequence(1, Number.MAX_SAFE_INTEGER)
      .uid('numbers')
      .keyBy((n) => n)
      .filter(() => false)
      .uid('none')
      .print();
    const job = await cluster.start(env);
    const latencies = () => job.metrics().filter(({ name }) => name === 'latency');

    await cluster.until(() => {
      clock.advance(10);
      return latencies().some((each) => each.type === 'histogram' && each.count >= 5);
    });

    const scope = `job.latency.source_id.${id('numbers')}.operator_id.${id('none')}`;
    assert.ok(
      latencies().some(({ identifier }) =>
        identifier.startsWith(`${scope}.operator_subtask_index.0.latency`),
      ),
      latencies()
        .map(({ identifier }) => identifier)
        .join('\n'),
    );
  });
  it('hold how long accesses to keyed state take, where that is asked for', async () => {
    cluster = new MiniCluster({
      configuration: {
        'state.latency-track.keyed-state-enabled': 'true',
        'state.latency-track.sample-interval': '5',
        'metrics.scope.operator': '<operator_name>',
      },
    });
    const env = cluster.environment();
    env
      .fromSequence(1, 50)
      .keyBy((n) => n % 2)
      .reduce((a, b) => a + b)
      .name('sums')
      .print();
    const job = await cluster.start(env);

    await job.jobExecutionResult();

    const reads = readingOf(job.metrics(), 'sums.state_name._op_state.valueStateGetLatency');
    assert.equal((reads as { count: number }).count, 10);
  });

  it('show how each vertex and subtask fares in the details of the job', async () => {
    const clock = new ManualClock();
    cluster = new MiniCluster({ clock, parallelism: 2 });
    const env = cluster.environment();
    let slow = true;
    env
      .fromSequence(1, Number.MAX_SAFE_INTEGER)
      .keyBy((n) => n)
      .filter(() => {
        if (slow) {
          slow = false;
          clock.advance(4000);
        }
        return false;
      })
      .print();
    const job = await cluster.start(env);
    await cluster.until(() => !slow);
    clock.advance(1000);

    const [, filter] = structuredClone(job.details().vertices);

    assert.ok(filter !== undefined && filter.numRecordsIn > 0);
    assert.equal(filter.subtasks.length, 2);
    assert.ok(filter.busyRatioMax >= 0.8, `busy ${filter.busyRatioMax}`);
    assert.equal(filter.backPressureLevel, 'ok');
    for (const {
      busyRatio,
      idleRatio,
      backPressuredRatio,
      waitingForThreadRatio,
    } of filter.subtasks) {
      assert.ok(
        Math.abs(busyRatio + idleRatio + backPressuredRatio + waitingForThreadRatio - 1) < 0.01,
      );
    }
  });
});

function readingOf(metrics: readonly MetricDump[], identifier: string): unknown {
  const found = metrics.find((metric) => metric.identifier === identifier);
  assert.ok(found, `${identifier} is none of ${metrics.map((each) => each.identifier).join('\n')}`);
  return found.type === 'counter' || found.type === 'gauge' ? found.value : found;
}

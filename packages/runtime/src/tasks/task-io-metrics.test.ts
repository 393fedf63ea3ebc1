import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { barrier, type Rig, runningTask } from './stream-task-fixture.ts';

const SCOPE = '.taskmanager.test.job.recording.0.';

/** What the metric of the task is now; of a histogram its count, of a meter its rate. */
function reading({ registry }: Rig, name: string): unknown {
  const found = registry.dump().find(({ identifier }) => identifier.endsWith(SCOPE + name));
  assert.ok(found, `the task has no metric ${name}`);
  switch (found.type) {
    case 'meter':
      return found.rate;
    case 'histogram':
      return [found.count, found.max];
    default:
      return found.value;
  }
}

/** Each record takes so long. */
function slow({ operator, time }: Rig, ms: number): void {
  const process = operator.processElement.bind(operator);
  operator.processElement = (value, timestamp) => {
    time.ms += ms;
    process(value, timestamp);
  };
}

function activity(rig: Rig): Record<string, unknown> {
  return Object.fromEntries(
    ['busy', 'idle', 'backPressured'].map((name) => [name, reading(rig, `${name}TimeMsPerSecond`)]),
  );
}

describe('a task', () => {
  it('is busy in its slices and idle while it has no input', async () => {
    const rig = await runningTask();
    slow(rig, 1000);
    rig.inputs[0]?.push('a', 1);
    rig.inputs[0]?.push('b', 2);

    rig.task.runSlice(4);
    rig.time.ms += 3000;

    assert.deepEqual(activity(rig), { busy: 400, idle: 600, backPressured: 0 });
  });

  it('is back-pressured while it has input and an output is full', async () => {
    const rig = await runningTask({ outputCapacity: 1 });
    rig.inputs[0]?.push('a', 1);
    rig.inputs[0]?.push('b', 2);

    rig.task.runSlice(1);
    const isBackPressured = reading(rig, 'isBackPressured');
    rig.time.ms += 2000;
    rig.output.head++;
    rig.loopClock.beginTurn();
    rig.task.runSlice(1);
    rig.time.ms += 3000;

    assert.equal(isBackPressured, true);
    assert.deepEqual(activity(rig), { busy: 0, idle: 600, backPressured: 400 });
    assert.equal(reading(rig, 'softBackPressuredTimeMsPerSecond'), 400);
    assert.equal(reading(rig, 'maxSoftBackPressureTimeMs'), 2000);
  });

  it('is none of these while others have the thread that it could go on with', async () => {
    const rig = await runningTask();
    rig.inputs[0]?.push('a', 1);
    rig.inputs[0]?.push('b', 2);

    rig.task.runSlice(1);
    rig.time.ms += 5000;

    assert.deepEqual(activity(rig), { busy: 0, idle: 0, backPressured: 0 });
    assert.equal(rig.task.load.waitingForThreadRatio, 1);
  });

  it('becomes back-pressured between slices when input comes and its output is full', async () => {
    const rig = await runningTask({ outputCapacity: 1 });
    rig.inputs[0]?.push('a', 1);
    rig.task.runSlice(4);
    rig.inputs[0]?.push('b', 2);

    rig.task.rest();
    rig.time.ms += 5000;

    assert.deepEqual(activity(rig), { busy: 0, idle: 0, backPressured: 1000 });
  });

  it('is busy while it waits in the middle of a checkpoint, and idle afterwards', async () => {
    const rig = await runningTask();
    let flushed = (): void => {};
    rig.operator.flushing = new Promise((resolve) => {
      flushed = resolve;
    });
    rig.inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    rig.task.runSlice(4);
    rig.time.ms += 1000;

    flushed();
    await rig.settle();
    rig.task.rest();
    rig.time.ms += 4000;

    assert.deepEqual(activity(rig), { busy: 200, idle: 800, backPressured: 0 });
  });

  it('accumulates these times from its beginning', async () => {
    const rig = await runningTask();
    slow(rig, 10);
    rig.inputs[0]?.push('a', 1);
    rig.task.runSlice(1);
    rig.time.ms += 5;

    assert.deepEqual(
      ['Busy', 'Idle', 'BackPressured'].map((name) => reading(rig, `accumulate${name}TimeMs`)),
      [10, 5, 0],
    );
  });

  it('counts what its head takes and its tails emit, and their rates', async () => {
    const rig = await runningTask();
    const { metricGroup } = rig.operator.context;
    metricGroup.counter('numRecordsIn').inc(120);
    metricGroup.counter('numRecordsOut').inc(60);

    rig.time.ms += 5000;

    assert.deepEqual(
      ['numRecordsIn', 'numRecordsOut', 'numRecordsInPerSecond', 'numRecordsOutPerSecond'].map(
        (name) => reading(rig, name),
      ),
      [120, 60, 2, 1],
    );
  });

  it('tells how full its channels are, also under the older names', async () => {
    const rig = await runningTask({ inputs: 2, outputCapacity: 4 });
    rig.inputs[0]?.push('a', 1);
    rig.inputs[0]?.push('b', 2);
    rig.output.push('c', 3);

    for (const [input, output] of [
      ['Shuffle.Netty.Input.Buffers', 'Shuffle.Netty.Output.Buffers'],
      ['buffers', 'buffers'],
    ]) {
      assert.deepEqual(
        [
          reading(rig, `${input}.inPoolUsage`),
          reading(rig, `${input}.inputQueueLength`),
          reading(rig, `${output}.outPoolUsage`),
          reading(rig, `${output}.outputQueueLength`),
        ],
        [0.125, 2, 0.25, 1],
      );
    }
  });

  it('tells what came from other threads as remote, also under the newer names, and nothing as local', async () => {
    const received = { usage: 0, numBytesIn: 0, numBuffersIn: 0 };
    const rig = await runningTask({ received });
    received.numBytesIn = 6000;
    received.numBuffersIn = 60;
    rig.time.ms += 5000;
    rig.loopClock.beginTurn();

    const names = ['Bytes', 'Buffers'].flatMap((what) =>
      ['Local', 'Remote', 'LocalPerSecond', 'RemotePerSecond'].map((of) => `num${what}In${of}`),
    );

    for (const group of ['', 'Shuffle.Netty.Input.']) {
      assert.deepEqual(
        names.map((name) => reading(rig, `${group}${name}`)),
        [0, 6000, 0, 100, 0, 60, 0, 1],
      );
    }
  });

  it('tells how much mail it worked off, how long it waited and how much there is', async () => {
    const rig = await runningTask();
    rig.operator.context.executeInMailbox(() => {});
    rig.operator.context.executeInMailbox(() => {});
    const size = reading(rig, 'mailboxQueueSize');
    rig.time.ms += 30;

    rig.task.runSlice(1);
    rig.time.ms += 5000;

    assert.equal(size, 2);
    assert.deepEqual(reading(rig, 'mailboxLatencyMs'), [1, 30]);
    assert.equal(reading(rig, 'mailboxMailsPerSecond'), 2 / 60);
  });

  it('tells in nanoseconds how long the last checkpoint aligned and took to it', async () => {
    const rig = await runningTask({ inputs: 2 });
    rig.inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    rig.task.runSlice(1);
    rig.time.ms += 40;
    rig.inputs[1]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });

    await rig.settle();

    assert.equal(reading(rig, 'checkpointAlignmentTime'), 40e6);
    assert.equal(reading(rig, 'checkpointStartDelayNanos'), 1000e6);
  });
});

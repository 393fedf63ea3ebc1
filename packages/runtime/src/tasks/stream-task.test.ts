import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CheckpointError, errorCode, SystemClock, TaskMetricGroup } from '@millrace/core';
import type { OperatorSubtaskState } from '@millrace/state';
import { EMPTY_SUBTASK_STATE } from '@millrace/state';
import type { CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import { savepointType } from '../checkpoint/savepoint-types.ts';
import type { JobVertex } from '../graph/job-graph.ts';
import type { ChannelEvent } from '../network/channel-event.ts';
import { LocalChannel } from '../network/local-channel.ts';
import { ResultPartition } from '../network/result-partition.ts';
import { KvStateLocationRegistry } from '../operators/kv-state-location-registry.ts';
import type { Output, WatermarkStatus } from '../operators/output.ts';
import type {
  OneInputStreamOperator,
  OperatorSnapshotFutures,
  StreamOperatorContext,
} from '../operators/stream-operator.ts';
import { StreamTask } from './stream-task.ts';
import type { TaskServices } from './task-deployment.ts';

const SNAPSHOT = {
  kind: 'checkpoint',
  name: 'Checkpoint',
  sharingFilesStrategy: 'forward',
} as const;

function barrier(checkpointId: number): CheckpointBarrier {
  return { checkpointId, timestamp: 0, snapshotType: SNAPSHOT };
}

/** Hands records on and remembers what was asked of it. */
class RecordingOperator implements OneInputStreamOperator<string, string> {
  readonly calls: string[] = [];
  flushing: Promise<void> | undefined;
  written: Promise<OperatorSubtaskState> = Promise.resolve(EMPTY_SUBTASK_STATE);
  /** What `finish` yields for. */
  finishing: Promise<void> | undefined;
  context!: StreamOperatorContext;
  private output!: Output<string>;

  setup(context: StreamOperatorContext, output: Output<string>): void {
    this.context = context;
    this.output = output;
  }

  async initializeState(): Promise<void> {}

  open(): void {}

  processElement(value: string, timestamp: number): void {
    if (value === 'poison') {
      throw new Error('a poisoned record');
    }
    this.calls.push(value);
    this.output.collect(value, timestamp);
  }

  processWatermark(watermark: number): void {
    this.output.emitWatermark(watermark);
  }

  processWatermarkStatus(status: WatermarkStatus): void {
    this.output.emitWatermarkStatus(status);
  }

  prepareSnapshotPreBarrier(checkpointId: number): void | Promise<void> {
    this.calls.push(`prepare ${checkpointId}`);
    return this.flushing;
  }

  snapshotState(checkpointId: number): OperatorSnapshotFutures {
    this.calls.push(`snapshot ${checkpointId}`);
    return {
      write: () => this.written,
      cancel: () => this.calls.push(`cancel ${checkpointId}`),
    };
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.calls.push(`complete ${checkpointId}`);
  }

  notifyCheckpointAborted(checkpointId: number): void {
    this.calls.push(`aborted ${checkpointId}`);
  }

  isAvailable(): undefined {}

  async finish(): Promise<void> {
    this.calls.push('finish');
    if (this.finishing !== undefined) {
      await this.context.yieldUntil(this.finishing);
      this.calls.push('finished');
    }
  }

  close(): void {
    this.calls.push('close');
  }
}

interface Rig {
  readonly task: StreamTask;
  readonly operator: RecordingOperator;
  readonly inputs: readonly LocalChannel[];
  readonly output: LocalChannel;
  /** What the coordinator and the job heard. */
  readonly heard: string[];
  readonly failures: unknown[];
  /** What the clock shows. */
  readonly time: { ms: number };
  /** Lets the task do all it can. */
  settle(): Promise<void>;
}

async function runningTask(
  options: { inputs?: number; outputCapacity?: number } = {},
): Promise<Rig> {
  const operator = new RecordingOperator();
  const inputs = Array.from({ length: options.inputs ?? 1 }, () => new LocalChannel(8));
  const output = new LocalChannel(options.outputCapacity ?? 64);
  const heard: string[] = [];
  const failures: unknown[] = [];
  const vertex: JobVertex = {
    id: 'vertex',
    name: 'recording',
    parallelism: 1,
    maxParallelism: 128,
    maxParallelismExplicit: false,
    batchInputs: undefined,
    inputs: [],
    operators: [
      {
        operatorId: 'operator',
        userProvidedHash: undefined,
        uid: undefined,
        name: 'recording',
        factory: { kind: 'one-input', createOperator: () => operator as never },
        chainedInput: -1,
        sideOutputId: undefined,
      },
    ],
  };
  const time = { ms: 1000 };
  const services = {
    clock: Object.assign(new SystemClock(), { now: () => time.ms }),
    jobInfo: { jobId: 'job', jobName: 'job' },
    metricGroup: new TaskMetricGroup('job'),
    checkpointing: { mode: 'EXACTLY_ONCE', afterTasksFinish: true },
    autoWatermarkIntervalMs: 0,
    kvStates: new KvStateLocationRegistry(),
    batchExecution: undefined,
    execution: { objectReuseEnabled: false, globalJobParameters: {} },
    snapshotSliceMs: 1,
    wake: () => {},
    checkAcknowledgeSize: () => {},
    checkpointStreams: () => ({}) as never,
    responder: {
      acknowledgeCheckpoint: ({ checkpointId }) => heard.push(`acknowledged ${checkpointId}`),
      declineCheckpoint: (_task, id, error) => heard.push(`declined ${id}: ${errorCode(error)}`),
      lateStateWritten: (id) => heard.push(`late state of ${id}`),
    },
  } as Partial<TaskServices> as TaskServices;
  const partition = new ResultPartition([output], { selectChannel: () => 0 });
  const task = new StreamTask(
    {
      address: { vertexId: 'vertex', subtask: 0 },
      vertex,
      maxParallelism: 128,
      attemptNumber: 0,
      inputs: inputs.map((channel) => ({ inputIndex: 0, channel })),
      outputs: [{ operatorIndex: 0, sideOutputId: undefined, partition }],
      restored: undefined,
      sourceCoordinator: undefined,
    },
    services,
    {
      taskFinished: () => heard.push('finished'),
      taskFailed: (_task, error) => failures.push(error),
      taskReachedEndOfData: () => heard.push('end of data'),
    },
  );
  await task.initialize();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) {
      if (task.isRunnable) {
        task.runSlice(4);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { task, operator, inputs, output, heard, failures, time, settle };
}

/** What went downstream, records as they are and events by name. */
function sent(channel: LocalChannel): string[] {
  return Array.from({ length: channel.size }, (_, i) => {
    const at = (channel.head + i) & channel.mask;
    const isEvent = LocalChannel.isEvent(channel.timestamps[at] as number);
    return isEvent ? (channel.values[at] as ChannelEvent).kind : (channel.values[at] as string);
  });
}

describe('a task', () => {
  it('sends the barrier after the records that its snapshot holds and before all others', async () => {
    const { inputs, output, operator, heard, settle } = await runningTask();
    inputs[0]?.push('before', 1);
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    inputs[0]?.push('after', 2);

    await settle();

    assert.deepEqual(sent(output), ['before', 'barrier', 'after']);
    assert.deepEqual(operator.calls, ['before', 'prepare 1', 'snapshot 1', 'after']);
    assert.deepEqual(heard, ['acknowledged 1']);
  });

  it('reads no channel past its barrier before the last barrier has come', async () => {
    const { inputs, operator, settle } = await runningTask({ inputs: 2 });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    inputs[0]?.push('after', 2);
    inputs[1]?.push('before', 1);

    await settle();
    const whileAligning = [...operator.calls];
    inputs[1]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    await settle();

    assert.deepEqual(whileAligning, ['before']);
    assert.deepEqual(operator.calls, ['before', 'prepare 1', 'snapshot 1', 'after']);
  });

  it('takes no record while an operator flushes', async () => {
    const { inputs, operator, settle } = await runningTask();
    let flushed = (): void => {};
    operator.flushing = new Promise((resolve) => {
      flushed = resolve;
    });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    inputs[0]?.push('after', 2);

    await settle();
    const whileFlushing = [...operator.calls];
    flushed();
    await settle();

    assert.deepEqual(whileFlushing, ['prepare 1']);
    assert.deepEqual(operator.calls, ['prepare 1', 'snapshot 1', 'after']);
  });

  it('takes no record while its output is full', async () => {
    const { inputs, output, operator, settle } = await runningTask({ outputCapacity: 2 });
    for (const value of ['a', 'b', 'c', 'd', 'e']) {
      inputs[0]?.push(value, 1);
    }

    await settle();
    const whileFull = [...operator.calls];
    output.head = output.tail;
    await settle();

    assert.deepEqual(whileFull, ['a', 'b', 'c', 'd']);
    assert.deepEqual(operator.calls, ['a', 'b', 'c', 'd', 'e']);
  });

  it('reads on when the coordinator gives up the checkpoint that it aligns', async () => {
    const { task, inputs, output, operator, heard, settle } = await runningTask({ inputs: 2 });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    inputs[0]?.push('after', 2);
    await settle();

    task.notifyCheckpointAborted(1);
    await settle();
    inputs[1]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    await settle();

    assert.ok(operator.calls.includes('after'));
    assert.ok(!operator.calls.includes('snapshot 1'));
    assert.deepEqual(sent(output), ['cancel-checkpoint', 'after']);
    assert.deepEqual(heard, ['declined 1: CHECKPOINT_DECLINED']);
  });

  it('declines a checkpoint whose state cannot be written, and goes on', async () => {
    const { inputs, operator, heard, failures, settle } = await runningTask();
    operator.written = Promise.reject(new CheckpointError('DISK_FULL', 'no room'));
    operator.written.catch(() => {});
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    inputs[0]?.push('after', 2);

    await settle();

    assert.deepEqual(heard, ['declined 1: DISK_FULL']);
    assert.equal(operator.calls.at(-1), 'after');
    assert.deepEqual(failures, []);
  });

  it('drops an aborted checkpoint, and tells when what it was writing is written', async () => {
    const { task, inputs, operator, heard, settle } = await runningTask();
    let wrote = (_state: OperatorSubtaskState): void => {};
    operator.written = new Promise((resolve) => {
      wrote = resolve;
    });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    await settle();

    task.notifyCheckpointAborted(1);
    await settle();
    const whileWriting = [...heard];
    wrote(EMPTY_SUBTASK_STATE);
    await settle();

    assert.deepEqual(operator.calls, ['prepare 1', 'snapshot 1', 'cancel 1', 'aborted 1']);
    assert.deepEqual(whileWriting, []);
    assert.deepEqual(heard, ['late state of 1']);
  });

  it('stays after the end of its data until a checkpoint that holds it has completed', async () => {
    const { task, inputs, output, operator, heard, settle } = await runningTask();
    inputs[0]?.push('last', 1);
    inputs[0]?.pushEvent({ kind: 'end-of-data' });
    await settle();
    const afterData = [...heard];

    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(7) });
    await settle();
    task.notifyCheckpointComplete(6);
    await settle();
    const afterAnEarlierOne = task.status;
    task.notifyCheckpointComplete(7);
    await settle();

    assert.deepEqual(afterData, ['end of data']);
    assert.equal(afterAnEarlierOne, 'finishing');
    assert.equal(task.status, 'finished');
    assert.equal(operator.calls.at(-1), 'close');
    assert.deepEqual(sent(output), ['last', 'end-of-data', 'barrier', 'end-of-partition']);
  });

  it('takes no snapshot when it was cancelled while an operator flushed', async () => {
    const { task, inputs, operator, heard, settle } = await runningTask();
    let flushed = (): void => {};
    operator.flushing = new Promise((resolve) => {
      flushed = resolve;
    });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(1) });
    await settle();

    const cancelled = task.cancel();
    await settle();
    const whileFlushing = [...operator.calls];
    flushed();
    await cancelled;

    assert.deepEqual(whileFlushing, ['prepare 1'], 'nothing is closed under a flush');
    assert.deepEqual(operator.calls, ['prepare 1', 'close']);
    assert.deepEqual(heard, []);
    assert.equal(task.status, 'canceled');
  });

  it('waits at its end for a later checkpoint that it is still writing', async () => {
    const { task, inputs, operator, heard, settle } = await runningTask();
    let wrote = (_state: OperatorSubtaskState): void => {};
    inputs[0]?.pushEvent({ kind: 'end-of-data' });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(7) });
    await settle();
    operator.written = new Promise((resolve) => {
      wrote = resolve;
    });
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: barrier(8) });
    await settle();

    task.notifyCheckpointComplete(7);
    await settle();
    const whileWriting = task.status;
    wrote(EMPTY_SUBTASK_STATE);
    await settle();

    assert.equal(whileWriting, 'finishing');
    assert.deepEqual(heard, ['end of data', 'acknowledged 7', 'acknowledged 8', 'finished']);
  });

  it('fails with what an operator throws, once', async () => {
    const { task, inputs, failures, settle } = await runningTask();
    inputs[0]?.push('poison', 1);
    inputs[0]?.push('poison', 2);

    await settle();

    assert.equal(task.status, 'failed');
    assert.equal(failures.length, 1);
    assert.match(String(failures[0]), /a poisoned record/);
  });

  it('runs operators’ mail, and nothing else, while an operator that finishes yields', async () => {
    const { task, inputs, operator, settle } = await runningTask();
    let done = (): void => {};
    operator.finishing = new Promise((resolve) => {
      done = resolve;
    });
    inputs[0]?.pushEvent({ kind: 'end-of-data' });
    await settle();

    task.notifyCheckpointComplete(3);
    operator.context.executeInMailbox(() => operator.calls.push('mail'));
    await settle();
    const whileYielding = [...operator.calls];
    done();
    await settle();

    assert.deepEqual(whileYielding, ['finish', 'mail']);
    assert.deepEqual(operator.calls, ['finish', 'mail', 'finished', 'complete 3']);
  });

  it('that fails or is cancelled does not wait for an operator that yields', async () => {
    const { task, inputs, operator, failures, settle } = await runningTask();
    operator.finishing = new Promise(() => {});
    inputs[0]?.pushEvent({ kind: 'end-of-data' });
    await settle();

    operator.context.executeInMailbox(() => {
      throw new Error('a result that failed');
    });
    await settle();
    await task.cancel();

    assert.match(String(failures), /a result that failed/);
    assert.deepEqual(operator.calls, ['finish', 'close']);
  });

  it('counts no time of its inputs as quiet while its output is full', async () => {
    const { inputs, output, operator, time, settle } = await runningTask({ outputCapacity: 2 });
    const clock = operator.context.inputActivityClock;
    for (const value of ['a', 'b', 'c', 'd', 'e']) {
      inputs[0]?.push(value, 1);
    }
    await settle();

    time.ms = 5000;
    const whileFull = clock.now();
    output.head = output.tail;
    await settle();
    time.ms = 5100;

    assert.deepEqual([whileFull, clock.now()], [1000, 1100]);
  });

  it('lets no operator emit after the savepoint that it stops with', async () => {
    const { inputs, operator, settle } = await runningTask();
    const snapshotType = savepointType('CANONICAL', 'suspend');
    inputs[0]?.pushEvent({ kind: 'barrier', barrier: { ...barrier(1), snapshotType } });
    await settle();

    operator.context.executeInMailbox(() => operator.calls.push('a late result'));
    await settle();

    assert.deepEqual(operator.calls, ['prepare 1', 'snapshot 1']);
  });
});

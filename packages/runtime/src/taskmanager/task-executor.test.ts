import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration, FileSystems, SystemClock, Types } from '@millrace/core';
import type { OpenStateHandle, StateAssignment, StateBackend } from '@millrace/state';
import { taskExecutorSettings } from '../deployment/task-executor-settings.ts';
import type { JobGraph, JobVertex } from '../graph/job-graph.ts';
import { RebalancePartitioner } from '../graph/stream-partitioners.ts';
import { RecordingOperator } from '../tasks/stream-task-fixture.ts';
import { TaskExecutor } from './task-executor.ts';
import type { JobMasterGateway } from './task-executor-gateway.ts';

/** `in -> out`; `out` says when it is opened and closed. */
function jobOf(heard: string[]): JobGraph {
  const vertex = (id: string, inputs: JobVertex['inputs']): JobVertex => ({
    id,
    name: id,
    parallelism: 1,
    maxParallelism: 8,
    maxParallelismExplicit: true,
    slotSharingGroup: 'default',
    batchInputs: undefined,
    inputs,
    operators: [
      {
        operatorId: id,
        name: id,
        uid: id,
        userProvidedHash: undefined,
        chainedInput: -1,
        sideOutputId: undefined,
        factory: { kind: 'one-input', createOperator: () => new HeardOperator(heard) as never },
      },
    ],
  });
  const edge = {
    sourceVertexId: 'in',
    sourceOperatorIndex: 0,
    sideOutputId: undefined,
    inputIndex: 0,
    partitionIndex: 0,
    gateIndex: 0,
    partitioner: new RebalancePartitioner(),
    type: Types.STRING,
  };
  const vertices = [vertex('in', []), vertex('out', [edge as never])];
  return { jobName: 'job', batchExecution: false, vertices };
}

class HeardOperator extends RecordingOperator {
  private readonly heard: string[];

  constructor(heard: string[]) {
    super();
    this.heard = heard;
  }

  override open(): void {
    this.heard.push('open');
  }

  override close(): void {
    this.heard.push('close');
  }
}

/** With a file of what was in flight into `out`; `in` had finished. */
function inFlight(): StateAssignment {
  const handle = {
    subtaskIndex: 0,
    partitionIndex: 0,
    channelIndex: 0,
    offsets: [4],
    sizeBytes: 8,
    delegate: { kind: 'byte-stream' as const, handleName: 'channel', data: new Uint8Array(8) },
  };
  const operator = (inputChannels: (typeof handle)[], fullyFinished: boolean) => ({
    restoredMaxParallelism: 8,
    fullyFinished,
    coordinatorState: undefined,
    channelState: { parallelism: 1, inputChannels, resultSubpartitions: [] },
    subtasks: [],
  });
  return new Map([
    ['in', operator([], true)],
    ['out', operator([handle], false)],
  ]);
}

/** An executor that is restoring; storage does not answer before `answer`. */
async function restoring() {
  const heard: string[] = [];
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let ask = (): void => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const openStateHandle: OpenStateHandle = async (handle) => {
    ask();
    await answered;
    heard.push('read');
    assert.equal(handle.kind, 'byte-stream');
    return {
      sizeBytes: handle.data.length,
      read: async (position, length) => handle.data.slice(position, position + length),
      close: async () => {},
    };
  };
  const jobGraph = jobOf(heard);
  const settings = taskExecutorSettings(jobGraph, {
    configuration: new Configuration(),
    clock: new SystemClock(),
    random: () => 0,
    shuffleTurns: false,
    stateBackend: {} as StateBackend,
    fileSystems: new FileSystems(),
    warn: (message) => assert.fail(message),
  });
  const executor = new TaskExecutor(
    {
      ...settings,
      stateBackendMemoryOfSlotBytes: 0,
      openStateHandle,
      checkpointStreams: () => assert.fail('no checkpoint is taken'),
    },
    {
      jobInfo: { jobId: 'job', jobName: 'job' },
      jobGraph,
      attemptNumber: 0,
      restored: { checkpointId: 1, startsJob: false, assignment: inFlight() },
    },
    { updateTaskExecutionState: () => {} } as unknown as JobMasterGateway,
  );
  const initialized = executor.initialize();
  await asked;
  return { executor, heard, initialized, answer };
}

describe('a task executor', () => {
  it('opens its task once what was in flight is read, and closes it when it is cancelled', async () => {
    const { executor, heard, initialized, answer } = await restoring();

    answer();
    await initialized;
    await executor.cancel();

    assert.deepEqual(heard, ['read', 'open', 'close']);
  });

  it('that is cancelled while it reads ends when that does, and opens nothing', async () => {
    const { executor, heard, initialized, answer } = await restoring();

    const canceled = executor.cancel().then(() => void heard.push('canceled'));
    answer();
    await Promise.all([canceled, initialized]);

    assert.deepEqual(heard, ['read', 'close', 'canceled']);
  });

  it('that is stopped while it reads opens nothing', async () => {
    const { executor, heard, initialized, answer } = await restoring();

    executor.stop();
    answer();
    await initialized;

    assert.deepEqual(heard, ['read']);
    await executor.cancel();
  });
});

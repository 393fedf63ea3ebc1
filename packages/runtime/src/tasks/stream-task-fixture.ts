/** One task between channels that a test fills and reads, without a job around it. */
import {
  type Clock,
  Configuration,
  errorCode,
  type MetricRegistry,
  SystemClock,
  type Timer,
  Types,
} from '@millrace/core';
import {
  type CheckpointStateOutputStream,
  type CheckpointStreamFactory,
  EMPTY_SUBTASK_STATE,
  type OperatorSubtaskState,
} from '@millrace/state';
import type { CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import type { JobVertex } from '../graph/job-graph.ts';
import type { ChannelEvent } from '../network/channel-event.ts';
import { LocalChannel } from '../network/local-channel.ts';
import { ResultPartition } from '../network/result-partition.ts';
import { KvStateLocationRegistry } from '../operators/kv-state-location-registry.ts';
import type { LatencyMarker } from '../operators/latency-marker.ts';
import type { Output, WatermarkStatus } from '../operators/output.ts';
import type {
  OneInputStreamOperator,
  OperatorSnapshotFutures,
  StreamOperatorContext,
} from '../operators/stream-operator.ts';
import { createMetricRegistry } from './create-metric-registry.ts';
import { LoopClock } from './loop-clock.ts';
import { StreamTask } from './stream-task.ts';
import type { TaskInputChannel, TaskServices } from './task-deployment.ts';

const SNAPSHOT = {
  kind: 'checkpoint',
  name: 'Checkpoint',
  sharingFilesStrategy: 'forward',
} as const;

export function barrier(checkpointId: number): CheckpointBarrier {
  return { checkpointId, timestamp: 0, snapshotType: SNAPSHOT };
}

/** Hands records on and remembers what was asked of it. */
export class RecordingOperator implements OneInputStreamOperator<string, string> {
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

  processLatencyMarker(marker: LatencyMarker): void {
    this.output.emitLatencyMarker(marker);
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

export interface Rig {
  readonly task: StreamTask;
  readonly operator: RecordingOperator;
  readonly inputs: readonly LocalChannel[];
  readonly output: LocalChannel;
  /** What the coordinator and the job heard. */
  readonly heard: string[];
  readonly failures: unknown[];
  /** How often it asked for a turn. */
  readonly wakes: { count: number };
  /** What the clock shows. */
  readonly time: { ms: number };
  readonly registry: MetricRegistry;
  readonly loopClock: LoopClock;
  /** That are set and neither over nor cancelled. */
  readonly timers: ReadonlySet<Timer>;
  /** Lets the task do all it can. */
  settle(): Promise<void>;
}

function inputChannel(channel: LocalChannel, channelIndex: number): TaskInputChannel {
  const inFlight = { gateIndex: 0, channelIndex, type: Types.STRING, edgeName: 'into the task' };
  return { inputIndex: 0, channel, inFlight };
}

/** What is written is counted and forgotten. */
function memoryStreams(): CheckpointStreamFactory {
  const createCheckpointStateOutputStream = (): CheckpointStateOutputStream => {
    let position = 0;
    return {
      get position() {
        return position;
      },
      write: async (bytes) => {
        position += bytes.length;
      },
      closeAndGetHandle: async () => ({ kind: 'file', path: 'gone', sizeBytes: position }),
      abort: async () => {},
    };
  };
  return { createCheckpointStateOutputStream };
}

/** The system's with its timers, but for what it shows. */
function clockAt(time: { readonly ms: number }) {
  const system = new SystemClock();
  const timers = new Set<Timer>();
  const setTimer = (delayMs: number, action: () => void): Timer => {
    const running = system.setTimer(delayMs, () => {
      timers.delete(timer);
      action();
    });
    const timer = {
      cancel: () => {
        timers.delete(timer);
        running.cancel();
      },
    };
    timers.add(timer);
    return timer;
  };
  const clock = Object.assign(new SystemClock(), { now: () => time.ms, setTimer });
  return { clock, timers };
}

export async function runningTask(
  options: {
    inputs?: number;
    outputCapacity?: number;
    /** All inputs come from another slot. */
    received?: TaskInputChannel['received'];
  } = {},
): Promise<Rig> {
  const operator = new RecordingOperator();
  const inputs = Array.from({ length: options.inputs ?? 1 }, () => new LocalChannel(8));
  const output = new LocalChannel(options.outputCapacity ?? 64);
  const heard: string[] = [];
  const failures: unknown[] = [];
  const vertex = vertexOf(operator);
  const time = { ms: 1000 };
  const wakes = { count: 0 };
  const { clock, timers } = clockAt(time);
  const registry = createMetricRegistry(new Configuration(), {
    clock,
    taskManagerId: 'test',
    warn: () => {},
  });
  const loopClock = new LoopClock(clock, registry);
  const services = {
    clock,
    jobInfo: { jobId: 'job', jobName: 'job' },
    jobMetrics: registry.job('job', 'job'),
    latencyTracking: { intervalMs: 0, granularity: 'operator', historySize: 8 },
    random: () => 0,
    loopClock,
    checkpointing: { mode: 'EXACTLY_ONCE', afterTasksFinish: true },
    autoWatermarkIntervalMs: 0,
    kvStates: new KvStateLocationRegistry(),
    batchExecution: undefined,
    execution: { objectReuseEnabled: false, globalJobParameters: {} },
    snapshotSliceMs: 1,
    stateBackendMemoryOfSlotBytes: 0,
    warn: () => {},
    wake: () => void wakes.count++,
    checkAcknowledgeSize: () => {},
    checkpointStreams: memoryStreams,
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
      inputs: inputs.map((channel, index) => ({
        ...inputChannel(channel, index),
        received: options.received,
      })),
      outputs: [{ operatorIndex: 0, sideOutputId: undefined, partition, overtakenPartition: 0 }],
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
  const settle = (): Promise<void> => settleTask(task, loopClock, clock);
  return {
    task,
    operator,
    inputs,
    output,
    heard,
    failures,
    wakes,
    time,
    registry,
    loopClock,
    timers,
    settle,
  };
}

/** Lets the task do all it can. */
async function settleTask(task: StreamTask, loopClock: LoopClock, clock: Clock): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    loopClock.beginTurn();
    if (task.isRunnable) {
      task.runSlice(4);
    }
    await clock.yieldTurn();
  }
}

function vertexOf(operator: RecordingOperator): JobVertex {
  return {
    id: 'vertex',
    name: 'recording',
    parallelism: 1,
    maxParallelism: 128,
    maxParallelismExplicit: false,
    slotSharingGroup: 'default',
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
}

/** What went downstream, records as they are and events by name. */
export function sent(channel: LocalChannel): string[] {
  return Array.from({ length: channel.size }, (_, i) => {
    const at = (channel.head + i) & channel.mask;
    const isEvent = LocalChannel.isEvent(channel.timestamps[at] as number);
    return isEvent ? (channel.values[at] as ChannelEvent).kind : (channel.values[at] as string);
  });
}

/**
 * The operators of one task and the outputs between them.
 *
 * Invariants:
 * - Operators are initialized and opened from tail to head, so that what an operator emits in
 *   `open` meets an open operator; they finish from head to tail.
 * - `close` reaches every operator that was set up, also when one of them throws.
 *
 * Flink: OperatorChain.
 */
import {
  type AccumulatorRegistry,
  CheckpointError,
  errorCode,
  errorMessage,
  invariant,
  keyGroupRangeForOperatorIndex,
  type RelativeClock,
  type TaskInfo,
  type TaskMetrics,
  Types,
  taskNameWithSubtasks,
} from '@millrace/core';
import {
  type CheckpointStreamFactory,
  createOperatorStateBackend,
  describeOperator,
} from '@millrace/state';
import type { CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import type { ChainedOperator, JobVertex } from '../graph/job-graph.ts';
import type { QueriedOperator } from '../live-state/task-state-queries.ts';
import type { ChannelEvent } from '../network/channel-event.ts';
import { LatencyStats } from '../operators/latency-marker.ts';
import type {
  OneInputStreamOperator,
  OperatorSnapshotFutures,
  StreamOperator,
  StreamOperatorContext,
} from '../operators/stream-operator.ts';
import {
  ChainingOutput,
  type ChainOutput,
  type Consumer,
  joinedOutput,
  PartitionOutput,
} from './chain-outputs.ts';
import type { Mailbox } from './mailbox.ts';
import type { OvertakenOutput } from './task-channel-state.ts';
import type { RestoredOperatorState, TaskDeployment, TaskServices } from './task-deployment.ts';
import type { TaskProcessingTimeService } from './task-processing-time-service.ts';

export interface ChainHooks {
  readonly metrics: TaskMetrics;
  readonly mailbox: Mailbox;
  readonly timers: TaskProcessingTimeService;
  readonly accumulators: AccumulatorRegistry;
  readonly inputActivityClock: RelativeClock;
  failTask(error: unknown): void;
  yieldUntil(done: Promise<void>): Promise<void>;
}

export class OperatorChain {
  /** What it is more is said by the kind of its factory. */
  readonly head: StreamOperator<unknown>;
  /** Head first, like the vertex' operators. */
  readonly operators: readonly StreamOperator<unknown>[];
  private readonly deployment: TaskDeployment;

  constructor(deployment: TaskDeployment, services: TaskServices, hooks: ChainHooks) {
    this.deployment = deployment;
    const chained = deployment.vertex.operators;
    const operators = chained.map((each) => each.factory.createOperator());
    const outputs = operators.map((_, index) =>
      chainOutput(index, operators, {
        deployment,
        objectReuseEnabled: services.execution.objectReuseEnabled,
        random: services.random,
      }),
    );
    operators.forEach((operator, index) => {
      const context = operatorContext(chained[index] as ChainedOperator, {
        deployment,
        services,
        hooks,
      });
      const output = outputs[index] as ChainOutput<unknown>;
      operator.setup(context, output);
      context.metricGroup.gauge('currentOutputWatermark', () => output.currentWatermark);
    });
    this.operators = operators;
    invariant(operators[0] !== undefined, 'a chain has a head');
    this.head = operators[0];
  }

  /** Those that show their state, by id. */
  get queried(): ReadonlyMap<string, QueriedOperator> {
    const ids = this.deployment.vertex.operators.map(({ operatorId }) => operatorId);
    return new Map(
      this.operators.flatMap((operator, index) =>
        operator.watchKeyAccesses === undefined
          ? []
          : [[ids[index] as string, operator as QueriedOperator] as const],
      ),
    );
  }

  async initializeAndOpen(): Promise<void> {
    for (const operator of [...this.operators].reverse()) {
      await operator.initializeState();
      await operator.open();
    }
  }

  async finish(): Promise<void> {
    for (const operator of this.operators) {
      await operator.finish();
    }
  }

  async prepareSnapshotPreBarrier(checkpointId: number): Promise<void> {
    for (const operator of this.operators) {
      await operator.prepareSnapshotPreBarrier(checkpointId);
    }
  }

  /** By operator id. */
  snapshotState(
    checkpointId: number,
    checkpointTimestamp: number,
    streams: CheckpointStreamFactory,
  ): Map<string, OperatorSnapshotFutures> {
    const futures = new Map<string, OperatorSnapshotFutures>();
    this.operators.forEach((operator, index) => {
      const { operatorId } = this.deployment.vertex.operators[index] as ChainedOperator;
      futures.set(operatorId, operator.snapshotState(checkpointId, checkpointTimestamp, streams));
    });
    return futures;
  }

  broadcastEvent(event: ChannelEvent): void {
    for (const output of this.deployment.outputs) {
      output.partition.broadcastEvent(event);
    }
  }

  /** @returns what it overtakes before it leaves this task */
  broadcastBarrier(barrier: CheckpointBarrier): OvertakenOutput[] {
    return this.deployment.outputs.flatMap(({ partition, overtakenPartition }) => {
      const overtaken = partition.broadcastBarrier(barrier, overtakenPartition !== undefined);
      return overtaken.map((each) => ({ partitionIndex: overtakenPartition ?? 0, ...each }));
    });
  }

  timeOutBarrier(checkpointId: number): void {
    for (const { partition } of this.deployment.outputs) {
      partition.timeOutBarrier(checkpointId);
    }
  }

  /** The checkpoint is over: its barrier overtakes nothing any more. */
  forgetBarrier(checkpointId: number): void {
    for (const { partition } of this.deployment.outputs) {
      partition.forgetBarrier(checkpointId);
    }
  }

  /** False when an edge out of the task is full. */
  get outputsAvailable(): boolean {
    const outputs = this.deployment.outputs;
    for (let i = 0; i < outputs.length; i++) {
      if (!outputs[i]?.partition.isAvailable) {
        return false;
      }
    }
    return true;
  }

  /** What the first operator that takes no input waits for. */
  operatorBackpressure(): Promise<void> | undefined {
    for (let i = 0; i < this.operators.length; i++) {
      const waiting = this.operators[i]?.isAvailable();
      if (waiting !== undefined) {
        return waiting;
      }
    }
    return undefined;
  }

  async notifyCheckpointComplete(checkpointId: number): Promise<void> {
    for (const operator of this.operators) {
      await operator.notifyCheckpointComplete(checkpointId);
    }
  }

  notifyCheckpointAborted(checkpointId: number): void {
    for (const operator of this.operators) {
      operator.notifyCheckpointAborted(checkpointId);
    }
  }

  /** @throws the first error, after every operator was closed */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const operator of [...this.operators].reverse()) {
      try {
        await operator.close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) {
      throw errors[0];
    }
  }
}

/** Joins whatever consumes operator `index`: chained operators and edges, main and side. */
function chainOutput(
  index: number,
  operators: readonly StreamOperator<unknown>[],
  chain: {
    readonly deployment: TaskDeployment;
    readonly objectReuseEnabled: boolean;
    random(): number;
  },
): ChainOutput<unknown> {
  const { deployment, objectReuseEnabled, random } = chain;
  const consumers: Consumer[] = [];
  deployment.vertex.operators.forEach((each, consumer) => {
    if (each.chainedInput === index) {
      const operator = operators[consumer] as OneInputStreamOperator<unknown, unknown>;
      const { sideOutputId, inputType: type = Types.GENERIC } = each;
      const keeps = operator.mayKeepWhatItIsGiven === true;
      consumers.push({ output: new ChainingOutput(operator), sideOutputId, type, keeps });
    }
  });
  for (const {
    operatorIndex,
    sideOutputId,
    partition,
    type = Types.GENERIC,
  } of deployment.outputs) {
    if (operatorIndex === index) {
      consumers.push({
        output: new PartitionOutput(partition, random),
        sideOutputId,
        type,
        keeps: true,
      });
    }
  }
  const keeps = operators[index]?.mayKeepWhatItEmits === true;
  const { name: operatorName } = deployment.vertex.operators[index] as ChainedOperator;
  return joinedOutput(consumers, { objectReuseEnabled, keeps, operatorName, random });
}

function taskInfoOf({ vertex, address, maxParallelism, attemptNumber }: TaskDeployment): TaskInfo {
  const task = {
    taskName: vertex.name,
    indexOfThisSubtask: address.subtask,
    numberOfParallelSubtasks: vertex.parallelism,
    maxNumberOfParallelSubtasks: maxParallelism,
    attemptNumber,
  };
  return {
    ...task,
    taskNameWithSubtasks: taskNameWithSubtasks(task),
    allocationId: slotName(vertex, address.subtask),
  };
}

/** Subtasks of one index share the slot of their group. */
function slotName({ slotSharingGroup }: JobVertex, subtask: number): string {
  return `${slotSharingGroup}_${subtask}`;
}

function operatorContext(
  operator: ChainedOperator,
  parts: { deployment: TaskDeployment; services: TaskServices; hooks: ChainHooks },
): StreamOperatorContext {
  const { deployment, services, hooks } = parts;
  const { vertex, maxParallelism } = deployment;
  const subtask = deployment.address.subtask;
  const state = deployment.restored?.operators.get(operator.operatorId);
  const recorder = services.rehearsal?.(operator.operatorId);
  const reportMismatch = recorder?.report ?? services.reportMismatch;
  const metricGroup = hooks.metrics.operator(operator.operatorId, operator.name);
  const identity = {
    operatorName: operator.name,
    operatorUid: operator.uid,
    ...(reportMismatch === undefined ? {} : { reportMismatch }),
  };
  return {
    operatorId: operator.operatorId,
    operatorName: operator.name,
    operatorUid: operator.uid,
    jobInfo: services.jobInfo,
    taskInfo: taskInfoOf(deployment),
    execution: services.execution,
    accumulators: hooks.accumulators,
    clock: services.clock,
    inputActivityClock: hooks.inputActivityClock,
    metricGroup,
    numFiredTimers: hooks.metrics.group.counter('numFiredTimers'),
    processingTimeService: hooks.timers,
    stateLatency: services.stateLatencyTracking,
    latency: latencyOf(services, { operatorId: operator.operatorId, subtaskIndex: subtask }),
    autoWatermarkIntervalMs: services.autoWatermarkIntervalMs,
    batchExecution: services.batchExecution,
    restored: restoredOf(deployment, state),
    isRehearsal: recorder !== undefined,
    createKeyedStateBackend: async (keyType, keyedAt) => {
      const backend = await inOperator(
        identity,
        services.stateBackend.createKeyedStateBackend({
          ...identity,
          schemaOnly: recorder !== undefined,
          ...{ keyType, keyedAt },
          numberOfKeyGroups: maxParallelism,
          keyGroupRange: keyGroupRangeForOperatorIndex(subtask, {
            parallelism: vertex.parallelism,
            maxParallelism,
          }),
          stateHandles: state?.managedKeyedState ?? [],
          openStateHandle: services.openStateHandle,
          clock: services.clock,
          slot: {
            id: `${services.jobInfo.jobId} ${slotName(vertex, subtask)}`,
            managedMemoryBytes: services.stateBackendMemoryOfSlotBytes,
          },
          metricGroup,
          warn: services.warn,
          snapshotSliceMs: services.snapshotSliceMs,
        }),
      );
      recorder?.watchKeyed(backend, keyType);
      return backend;
    },
    createOperatorStateBackend: async () => {
      const backend = await inOperator(
        identity,
        createOperatorStateBackend({
          ...identity,
          stateHandles: state?.managedOperatorState ?? [],
          openStateHandle: services.openStateHandle,
        }),
      );
      recorder?.watchOperator(backend);
      return backend;
    },
    sourceCoordinator: deployment.sourceCoordinator,
    failTask: hooks.failTask,
    executeInMailbox: (action) => hooks.mailbox.putOfOperator(action),
    yieldUntil: (done) => hooks.yieldUntil(done),
    checkpointingEnabled: services.checkpointing !== undefined,
    kvStates: services.kvStates,
    sendToSinkCoordinator: sinkEventsOf(operator.operatorId, deployment, services),
  };
}

/** A batch has no sense for it: its records wait for each other. */
function latencyOf(
  { latencyTracking, jobMetrics, batchExecution }: TaskServices,
  operator: { readonly operatorId: string; readonly subtaskIndex: number },
): StreamOperatorContext['latency'] {
  const stats = new LatencyStats(jobMetrics.group.addGroup('latency'), latencyTracking, operator);
  const intervalMs = batchExecution === undefined ? latencyTracking.intervalMs : 0;
  return { stats, intervalMs };
}

function sinkEventsOf(
  operatorId: string,
  { address }: TaskDeployment,
  { sendToSinkCoordinator: send }: TaskServices,
): StreamOperatorContext['sendToSinkCoordinator'] {
  return send && ((event) => send(operatorId, address.subtask, event));
}

function restoredOf(
  { restored }: TaskDeployment,
  state: RestoredOperatorState | undefined,
): StreamOperatorContext['restored'] {
  return restored === undefined
    ? undefined
    : {
        checkpointId: restored.checkpointId,
        startsJob: restored.startsJob,
        state: {
          hasKeyedState: (state?.managedKeyedState.length ?? 0) > 0,
          hasOperatorState: (state?.managedOperatorState.length ?? 0) > 0,
        },
      };
}

/** Says whose state cannot be read: a serializer that nothing knows, a file that is gone or damaged. */
async function inOperator<T>(
  operator: { readonly operatorName: string; readonly operatorUid: string | undefined },
  backend: Promise<T>,
): Promise<T> {
  try {
    return await backend;
  } catch (error) {
    const code = errorCode(error);
    if (
      code !== 'SERIALIZER_SNAPSHOT_UNKNOWN' &&
      code !== 'SNAPSHOT_NOT_FOUND' &&
      code !== 'SNAPSHOT_CORRUPT'
    ) {
      throw error;
    }
    const message = `${describeOperator(operator)}: ${errorMessage(error)}`;
    throw new CheckpointError(code, message, { cause: error });
  }
}

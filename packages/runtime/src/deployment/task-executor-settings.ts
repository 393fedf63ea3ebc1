/** What the settings of a job say to whoever runs its tasks, in whichever deployment. */
import {
  type Clock,
  type Configuration,
  type FileSystems,
  JobManagerOptions,
  PipelineOptions,
  RpcOptions,
  TaskManagerOptions,
} from '@millrace/core';
import { checkAcknowledgeSize, createStateHandleOpener, type StateBackend } from '@millrace/state';
import { checkpointConfiguration } from '../checkpoint/checkpoint-configuration.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import {
  createMetricRegistry,
  LOCAL_TASK_MANAGER_ID,
  latencyTracking,
  stateLatencyTracking,
} from '../tasks/create-metric-registry.ts';
import { batchExecution } from './batch-execution.ts';
import type { LocalDeploymentOptions } from './local/local-deployment.ts';
import { stateBackendMemoryOfSlot } from './slot-memory.ts';

export interface TaskExecutorServices {
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly random: () => number;
  readonly shuffleTurns: boolean;
  readonly stateBackend: StateBackend;
  readonly fileSystems: FileSystems;
  /** `local` unless given. */
  readonly taskManagerId?: string;
  warn(message: string): void;
}

/** A slice of a snapshot holds the thread no longer than this. */
const SNAPSHOT_SLICE_MS = 4;

/** All but where checkpoints are written. */
export function taskExecutorSettings(
  jobGraph: JobGraph,
  services: TaskExecutorServices,
): Omit<LocalDeploymentOptions, 'checkpointStreams'> {
  const { configuration, clock, random, shuffleTurns, stateBackend, fileSystems, warn } = services;
  const { taskManagerId = LOCAL_TASK_MANAGER_ID } = services;
  const { intervalMs, mode, checkpointsAfterTasksFinish } = checkpointConfiguration(configuration);
  const frameSizeBytes = configuration.get(RpcOptions.FRAMESIZE);
  return {
    clock,
    random,
    warn,
    shuffleTurns,
    stateBackend,
    stateBackendMemoryOfSlot: (graph) => stateBackendMemoryOfSlot(graph, configuration),
    batchExecution: jobGraph.batchExecution ? batchExecution(jobGraph, configuration) : undefined,
    autoWatermarkIntervalMs: configuration.get(PipelineOptions.AUTO_WATERMARK_INTERVAL),
    execution: {
      objectReuseEnabled: configuration.get(PipelineOptions.OBJECT_REUSE),
      globalJobParameters: configuration.get(PipelineOptions.GLOBAL_JOB_PARAMETERS),
    },
    cancellationTimeoutMs: configuration.get(TaskManagerOptions.TASK_CANCELLATION_TIMEOUT),
    failoverStrategy: configuration.get(JobManagerOptions.EXECUTION_FAILOVER_STRATEGY),
    snapshotSliceMs: SNAPSHOT_SLICE_MS,
    latencyTracking: latencyTracking(configuration),
    stateLatencyTracking: stateLatencyTracking(configuration),
    metricRegistry: createMetricRegistry(configuration, { clock, taskManagerId, warn }),
    openStateHandle: createStateHandleOpener({
      getFileSystem: (path) => fileSystems.getFileSystem(path),
    }),
    checkAcknowledgeSize: (states) => checkAcknowledgeSize(states, frameSizeBytes),
    checkpointing:
      intervalMs === undefined
        ? undefined
        : { mode, afterTasksFinish: checkpointsAfterTasksFinish },
  };
}

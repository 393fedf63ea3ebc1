/**
 * What is different for a job that runs as a batch: no checkpoints, and memory to sort in.
 *
 * Flink: StreamGraphGenerator.setBatchStateBackendAndTimerService, configureStreamGraphBatch.
 */
import { tmpdir } from 'node:os';
import {
  CheckpointingOptions,
  ConfigError,
  type Configuration,
  ExecutionOptions,
  type ManagedMemoryUse,
  managedMemoryBytes,
  managedMemoryShare,
  splitDirectories,
  TaskManagerOptions,
} from '@millrace/core';
import type { JobGraph } from '../graph/job-graph.ts';
import type { BatchExecution } from '../tasks/task-deployment.ts';

/** The settings without periodic checkpoints, which a batch does not take. */
export function batchSettings(configuration: Configuration): Configuration {
  const settings = configuration.clone();
  settings.remove(CheckpointingOptions.CHECKPOINTING_INTERVAL);
  return settings;
}

/** @throws ConfigError `UNSUPPORTED` */
export function refuseSnapshot(pointer: string): never {
  throw new ConfigError(
    'UNSUPPORTED',
    `a batch cannot go on from the snapshot ${pointer}: it keeps the state of one key at a time; ` +
      "start it without one, or set 'execution.runtime-mode' to STREAMING",
  );
}

/** The subtasks that sort share the memory. */
export function batchExecution(jobGraph: JobGraph, configuration: Configuration): BatchExecution {
  const sorting = jobGraph.vertices.reduce(
    (count, vertex) => count + (vertex.batchInputs === undefined ? 0 : vertex.parallelism),
    0,
  );
  const oneKeyAtATime = configuration.get(ExecutionOptions.USE_BATCH_STATE_BACKEND);
  const present: ManagedMemoryUse[] = oneKeyAtATime ? ['OPERATOR'] : ['OPERATOR', 'STATE_BACKEND'];
  const memoryBytes =
    managedMemoryBytes(configuration) * managedMemoryShare(configuration, 'OPERATOR', present);
  return {
    oneKeyAtATime,
    sortMemoryBytes: Math.floor(memoryBytes / Math.max(sorting, 1)),
    spillFolder:
      splitDirectories(configuration.get(TaskManagerOptions.TMP_DIRS) ?? '')[0] ?? tmpdir(),
    maxFan: configuration.get(TaskManagerOptions.SPILLING_MAX_FAN),
  };
}

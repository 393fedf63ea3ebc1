/** What is known of a job when it is submitted. */
import { type Configuration, CoreOptions, PipelineOptions } from '@millrace/core';
import type { CheckpointStorage, StateBackend } from '@millrace/state';
import { checkpointConfiguration } from '../checkpoint/checkpoint-configuration.ts';
import { configurationEntries } from '../configuration/configuration-entries.ts';
import type { JobCheckpointConfiguration, JobFacts } from '../gateway/job-details.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import { describeRestartStrategy } from './failover/describe-restart-strategy.ts';

export function jobFacts(
  jobId: string,
  { jobName, batchExecution, vertices }: JobGraph,
  parts: {
    readonly configuration: Configuration;
    readonly stateBackend: StateBackend;
    readonly storage: CheckpointStorage;
  },
): JobFacts {
  const { configuration } = parts;
  return {
    jobId,
    jobName,
    jobType: batchExecution ? 'BATCH' : 'STREAMING',
    maxParallelism: Math.max(0, ...vertices.map(({ maxParallelism }) => maxParallelism)),
    executionConfig: {
      executionMode: 'PIPELINED',
      restartStrategyDescription: describeRestartStrategy(configuration),
      parallelism: configuration.get(CoreOptions.DEFAULT_PARALLELISM),
      objectReuseEnabled: configuration.get(PipelineOptions.OBJECT_REUSE),
      globalJobParameters: { ...configuration.get(PipelineOptions.GLOBAL_JOB_PARAMETERS) },
    },
    configuration: configurationEntries(configuration),
    checkpointConfiguration: jobCheckpointConfiguration(parts),
  };
}

function jobCheckpointConfiguration({
  configuration,
  stateBackend,
  storage,
}: {
  readonly configuration: Configuration;
  readonly stateBackend: StateBackend;
  readonly storage: CheckpointStorage;
}): JobCheckpointConfiguration {
  const { intervalMs, alignedTimeoutMs, ...settings } = checkpointConfiguration(configuration);
  return {
    mode: settings.mode,
    intervalMs,
    timeoutMs: settings.timeoutMs,
    minPauseMs: settings.minPauseMs,
    maxConcurrentCheckpoints: settings.maxConcurrentCheckpoints,
    tolerableFailedCheckpoints: settings.tolerableFailedCheckpoints,
    retention: settings.retention,
    unalignedCheckpoints: alignedTimeoutMs !== undefined,
    alignedTimeoutMs: alignedTimeoutMs ?? 0,
    checkpointsAfterTasksFinish: settings.checkpointsAfterTasksFinish,
    stateBackend: stateBackend.constructor.name,
    checkpointStorage: storage.constructor.name,
  };
}

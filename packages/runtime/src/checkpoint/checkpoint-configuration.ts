/** What a job's configuration says about checkpoints. Flink: CheckpointCoordinatorConfiguration. */
import { CheckpointingOptions, ConfigError, type Configuration } from '@millrace/core';
import type { CheckpointingMode } from './checkpoint-options.ts';
import type { ExternalizedCheckpointRetention } from './checkpoint-properties.ts';
import type { CheckpointProtocolConfig } from './checkpoint-protocol.ts';

const MIN_CHECKPOINT_TIME_MS = 10;
const MAX_PAUSE_MS = 365 * 24 * 60 * 60 * 1000; // Flink's year.

export interface CheckpointConfiguration extends CheckpointProtocolConfig {
  readonly mode: CheckpointingMode;
  readonly retention: ExternalizedCheckpointRetention;
  readonly maxRetained: number;
}

/**
 * `intervalMs` is `undefined` when checkpoints are off, and never below the minimum pause.
 *
 * @throws ConfigError `CONFIG_VALUE_INVALID`
 */
export function checkpointConfiguration(configuration: Configuration): CheckpointConfiguration {
  const keys = CheckpointingOptions;
  const minPauseMs = Math.min(configuration.get(keys.MIN_PAUSE_BETWEEN_CHECKPOINTS), MAX_PAUSE_MS);
  const intervalMs = configuration.get(keys.CHECKPOINTING_INTERVAL);
  const timeoutMs = configuration.get(keys.CHECKPOINTING_TIMEOUT);
  if (intervalMs !== undefined) {
    checkAtLeast(keys.CHECKPOINTING_INTERVAL.key, intervalMs);
  }
  checkAtLeast(keys.CHECKPOINTING_TIMEOUT.key, timeoutMs);
  return {
    mode: configuration.get(keys.CHECKPOINTING_CONSISTENCY_MODE),
    intervalMs: intervalMs === undefined ? undefined : Math.max(intervalMs, minPauseMs),
    minPauseMs,
    timeoutMs,
    maxConcurrentCheckpoints: configuration.get(keys.MAX_CONCURRENT_CHECKPOINTS),
    tolerableFailedCheckpoints: configuration.get(keys.TOLERABLE_FAILURE_NUMBER),
    checkpointsAfterTasksFinish: configuration.get(keys.ENABLE_CHECKPOINTS_AFTER_TASKS_FINISH),
    retention: configuration.get(keys.EXTERNALIZED_CHECKPOINT_RETENTION),
    maxRetained: configuration.get(keys.MAX_RETAINED_CHECKPOINTS),
  };
}

function checkAtLeast(key: string, valueMs: number): void {
  if (valueMs < MIN_CHECKPOINT_TIME_MS) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${key} is ${valueMs} ms; use at least ${MIN_CHECKPOINT_TIME_MS} ms`,
    );
  }
}

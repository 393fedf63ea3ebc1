/** What a job's configuration says about checkpoints. Flink: CheckpointCoordinatorConfiguration. */
import { CheckpointingOptions, ConfigError, type Configuration } from '@millrace/core';
import type { CheckpointingMode } from './checkpoint-options.ts';
import type { ExternalizedCheckpointRetention } from './checkpoint-properties.ts';
import type { CheckpointProtocolConfig } from './checkpoint-protocol-state.ts';

const MIN_CHECKPOINT_TIME_MS = 10;
const MAX_PAUSE_MS = 365 * 24 * 60 * 60 * 1000; // Flink's year.

export interface CheckpointConfiguration extends CheckpointProtocolConfig {
  readonly mode: CheckpointingMode;
  readonly retention: ExternalizedCheckpointRetention;
  readonly maxRetained: number;
  /** After which barriers overtake, 0 from the start; `undefined` where they never do. */
  readonly alignedTimeoutMs: number | undefined;
}

/** Unaligned checkpoints are asked for with a mode that does not have them: it goes on without. */
export function unalignedWithoutExactlyOnce(configuration: Configuration): boolean {
  const { ENABLE_UNALIGNED, CHECKPOINTING_CONSISTENCY_MODE } = CheckpointingOptions;
  return (
    configuration.get(ENABLE_UNALIGNED) &&
    configuration.get(CHECKPOINTING_CONSISTENCY_MODE) !== 'EXACTLY_ONCE'
  );
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
  const mode = configuration.get(keys.CHECKPOINTING_CONSISTENCY_MODE);
  const unaligned = mode === 'EXACTLY_ONCE' && configuration.get(keys.ENABLE_UNALIGNED);
  if (unaligned) {
    checkOneAtATime(configuration.get(keys.MAX_CONCURRENT_CHECKPOINTS));
  }
  return {
    mode,
    alignedTimeoutMs: unaligned ? configuration.get(keys.ALIGNED_CHECKPOINT_TIMEOUT) : undefined,
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

function checkOneAtATime(maxConcurrentCheckpoints: number): void {
  if (maxConcurrentCheckpoints > 1) {
    const keys = CheckpointingOptions;
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${keys.MAX_CONCURRENT_CHECKPOINTS.key} is ${maxConcurrentCheckpoints}, and unaligned ` +
        `checkpoints go one at a time; set it to 1, or ${keys.ENABLE_UNALIGNED.key} to false`,
    );
  }
}

function checkAtLeast(key: string, valueMs: number): void {
  if (valueMs < MIN_CHECKPOINT_TIME_MS) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${key} is ${valueMs} ms; use at least ${MIN_CHECKPOINT_TIME_MS} ms`,
    );
  }
}

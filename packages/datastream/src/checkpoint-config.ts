/**
 * The settings of checkpoints, by name. Each is a key of the configuration, set with the same
 * checks.
 *
 * Flink: CheckpointConfig.
 */
import { CheckpointingOptions, type Configuration, type Duration } from '@millrace/core';
import type { CheckpointingMode, ExecuteJobOptions } from '@millrace/runtime';

export type ExternalizedCheckpointRetention =
  | 'DELETE_ON_CANCELLATION'
  | 'RETAIN_ON_CANCELLATION'
  | 'NO_EXTERNALIZED_CHECKPOINTS';

type CheckpointStorageFactory = NonNullable<ExecuteJobOptions['checkpointStorage']>;

export class CheckpointConfig {
  private readonly configuration: Configuration;
  /** Set by `setCheckpointStorage`; wins over the configuration. */
  checkpointStorage: CheckpointStorageFactory | undefined = undefined;

  constructor(configuration: Configuration) {
    this.configuration = configuration;
  }

  get isCheckpointingEnabled(): boolean {
    return (this.configuration.get(CheckpointingOptions.CHECKPOINTING_INTERVAL) ?? 0) > 0;
  }

  setCheckpointInterval(interval: Duration): this {
    this.configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, interval);
    return this;
  }

  setCheckpointingConsistencyMode(mode: CheckpointingMode): this {
    this.configuration.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, mode);
    return this;
  }

  /** A checkpoint that takes longer is given up. */
  setCheckpointTimeout(timeout: Duration): this {
    this.configuration.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, timeout);
    return this;
  }

  setMinPauseBetweenCheckpoints(pause: Duration): this {
    this.configuration.set(CheckpointingOptions.MIN_PAUSE_BETWEEN_CHECKPOINTS, pause);
    return this;
  }

  setMaxConcurrentCheckpoints(count: number): this {
    this.configuration.set(CheckpointingOptions.MAX_CONCURRENT_CHECKPOINTS, count);
    return this;
  }

  /** How many checkpoints in a row may fail before the job does; 0 for none. */
  setTolerableCheckpointFailureNumber(count: number): this {
    this.configuration.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, count);
    return this;
  }

  setExternalizedCheckpointRetention(retention: ExternalizedCheckpointRetention): this {
    this.configuration.set(CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION, retention);
    return this;
  }

  /** A directory, or what makes the storage of a job. */
  setCheckpointStorage(storage: string | CheckpointStorageFactory): this {
    if (typeof storage === 'string') {
      this.configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, 'filesystem');
      this.configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, storage);
      this.checkpointStorage = undefined;
    } else {
      this.checkpointStorage = storage;
    }
    return this;
  }
}

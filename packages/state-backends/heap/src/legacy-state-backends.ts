/**
 * The names that the heap backend had when a backend also said where checkpoints go.
 *
 * Flink: MemoryStateBackend, FsStateBackend.
 */
import { CheckpointingOptions, ConfigError, type Configuration } from '@millrace/core';
import {
  type CheckpointStorage,
  type CheckpointStorageContext,
  filesystemStorageOf,
  jobManagerStorageOf,
} from '@millrace/state';
import { HashMapStateBackend } from './hashmap-state-backend.ts';

/**
 * `HashMapStateBackend` whose checkpoints are kept in the memory of the job's process, whatever storage is
 * set beside it; a configured directory holds their metadata only.
 *
 * @deprecated Set a `HashMapStateBackend`, and `execution.checkpointing.storage: jobmanager`.
 */
export class MemoryStateBackend extends HashMapStateBackend {
  private readonly maxStateSizeBytes: number | undefined;
  private readonly checkpointDirectory: string | undefined;

  /**
   * @param first - the most bytes that a piece of state may have, 5 MiB unless given; or the directory of the
   *   metadata; or whether snapshots are asynchronous, which they always are
   * @param second - with a size: whether snapshots are asynchronous; with a directory: that of
   *   savepoints, only `null` here
   * @throws ConfigError `CONFIG_VALUE_INVALID`; `UNSUPPORTED` for a directory of savepoints
   */
  constructor(first?: number | string | boolean, second?: boolean | string | null) {
    super();
    if (typeof second === 'string') {
      throw new ConfigError(
        'UNSUPPORTED',
        `MemoryStateBackend was given the directory of savepoints '${second}'; ` +
          'set execution.checkpointing.savepoint-dir in its place',
      );
    }
    if (typeof first === 'number' && !(Number.isSafeInteger(first) && first > 0)) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `MemoryStateBackend was given ${first} as the most bytes of a piece of state; use a whole number above 0`,
      );
    }
    this.maxStateSizeBytes = typeof first === 'number' ? first : undefined;
    this.checkpointDirectory = typeof first === 'string' ? first : undefined;
  }

  createCheckpointStorage(
    context: CheckpointStorageContext,
    configuration: Configuration,
  ): CheckpointStorage {
    const { maxStateSizeBytes, checkpointDirectory } = this;
    return jobManagerStorageOf(context, configuration, {
      ...(maxStateSizeBytes === undefined ? {} : { maxStateSizeBytes }),
      ...(checkpointDirectory === undefined ? {} : { checkpointDirectory }),
    });
  }
}

export interface FsStateBackendOptions {
  /** `execution.checkpointing.data-inline-threshold` unless given: 0 to 1 MiB. */
  readonly fileStateSizeThreshold?: number;
  /** `execution.checkpointing.write-buffer-size` unless given. */
  readonly writeBufferSize?: number;
}

/**
 * `HashMapStateBackend` whose checkpoints go to `checkpointDirectory`, whatever storage is set beside it.
 *
 * @deprecated Set a `HashMapStateBackend`, and `checkpointConfig.setCheckpointStorage`.
 */
export class FsStateBackend extends HashMapStateBackend {
  readonly checkpointDirectory: string;
  private readonly options: FsStateBackendOptions;

  /**
   * @param options - or whether snapshots are asynchronous, which they always are
   * @throws ConfigError `CONFIG_VALUE_INVALID` for no directory
   */
  constructor(checkpointDirectory: string, options: boolean | FsStateBackendOptions = {}) {
    super();
    if (typeof checkpointDirectory !== 'string') {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `FsStateBackend was given ${String(checkpointDirectory)}; give it the directory of checkpoints`,
      );
    }
    this.checkpointDirectory = checkpointDirectory;
    this.options = typeof options === 'boolean' ? {} : options;
  }

  createCheckpointStorage(
    context: CheckpointStorageContext,
    configuration: Configuration,
  ): CheckpointStorage {
    const { fileStateSizeThreshold, writeBufferSize } = this.options;
    return filesystemStorageOf(context, configuration, {
      checkpointDirectory: this.checkpointDirectory,
      ...(fileStateSizeThreshold === undefined
        ? {}
        : { inlineThresholdBytes: fileStateSizeThreshold }),
      ...(writeBufferSize === undefined ? {} : { writeBufferSizeBytes: writeBufferSize }),
    });
  }
}

/** What `state.backend.type: jobmanager` loads. Flink: MemoryStateBackendFactory. */
export function createMemoryStateBackend(): MemoryStateBackend {
  return new MemoryStateBackend();
}

/** What Flink's older factory class makes: it insists on a directory. Flink: FsStateBackendFactory. */
export function createFsStateBackend(configuration: Configuration): FsStateBackend {
  const directory = configuration.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
  if (directory === undefined) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      'state.backend.type names FsStateBackendFactory, which needs the directory of checkpoints; ' +
        'set execution.checkpointing.dir, or use hashmap',
    );
  }
  return new FsStateBackend(directory);
}

/**
 * What a job needs to take checkpoints and to find the one it starts from, made from its
 * configuration.
 *
 * Which snapshot a job starts from: the last completed one of its own that high availability knows,
 * else `execution.state-recovery.path`, else none.
 */
import {
  CheckpointError,
  CheckpointingOptions,
  type Clock,
  ConfigError,
  type Configuration,
  type FileSystem,
  HighAvailabilityOptions,
  type MillraceError,
  PipelineOptions,
  StateRecoveryOptions,
  WebOptions,
} from '@millrace/core';
import {
  type CheckpointProperties,
  type CheckpointStorage,
  type CheckpointStorageLocation,
  type CheckpointStreamFactory,
  type CompletedCheckpointLocation,
  initializeLocationForSavepoint,
  removeEmptyDirectory,
} from '@millrace/state';
import { checkpointConfiguration } from '../checkpoint/checkpoint-configuration.ts';
import {
  CheckpointCoordinator,
  type OperatorCoordinatorCheckpoints,
} from '../checkpoint/checkpoint-coordinator.ts';
import type { CheckpointTargets } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import { CheckpointIdCounter } from '../checkpoint/checkpoint-id-counter.ts';
import type { CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import { checkpointTasksOf } from '../checkpoint/checkpoint-plan.ts';
import type { CheckpointRequest } from '../checkpoint/checkpoint-request-decider.ts';
import { CheckpointStatsTracker } from '../checkpoint/checkpoint-statistics.ts';
import { checkpointStreamsAt } from '../checkpoint/checkpoint-streams.ts';
import type { RestoredSnapshot } from '../checkpoint/completed-checkpoint.ts';
import { CompletedCheckpointStore } from '../checkpoint/completed-checkpoint-store.ts';
import { FileSystemHighAvailability } from '../checkpoint/file-system-high-availability.ts';
import { JobLock, type LockOwner } from '../checkpoint/job-lock.ts';
import { stateSizeBytes } from '../checkpoint/subtask-state-size.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import { type SnapshotToRestore, snapshotToRestore } from './restored-snapshot.ts';

/** A snapshot that an attempt can begin with. */
export interface RestorableSnapshot {
  readonly checkpointId: number;
  readonly location: CompletedCheckpointLocation;
  readonly properties: Pick<CheckpointProperties, 'snapshotType'>;
  /** Set for one that the job was started with. */
  readonly restored?: RestoredSnapshot;
}

export interface CheckpointingServicesOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly configuration: Configuration;
  readonly storage: CheckpointStorage;
  /** File system of high availability, by URI. */
  readonly fileSystemOf: (uri: string) => Promise<FileSystem> | FileSystem;
  readonly jobId: string;
  readonly jobName: string;
  readonly lockOwner: LockOwner;
  /** An earlier process finished the job. Asked once the job is locked. */
  readonly hasFinished: () => Promise<boolean>;
  readonly warn: (message: string) => void;
}

/** What the coordinator reaches of the attempt that runs at the moment. */
export interface RunningAttempt {
  targets(): CheckpointTargets | undefined;
  sourceCoordinators(): readonly OperatorCoordinatorCheckpoints[];
  failJob(error: MillraceError): void;
}

/** Locations that a late write may still ask for. */
const REMEMBERED_LOCATIONS = 64;

export class CheckpointingServices {
  readonly statistics: CheckpointStatsTracker;
  /** An earlier process finished the job: what is left of it goes, and it starts from nothing. */
  readonly hasFinished: boolean;
  private readonly options: CheckpointingServicesOptions;
  private readonly store: CompletedCheckpointStore;
  private readonly idCounter: CheckpointIdCounter;
  /** Until the job begins. */
  private snapshotToRestore: SnapshotToRestore | undefined;
  private readonly lock: JobLock | undefined;
  private readonly locations = new Map<number, CheckpointStorageLocation>();

  private constructor(
    options: CheckpointingServicesOptions,
    parts: {
      store: CompletedCheckpointStore;
      idCounter: CheckpointIdCounter;
      hasFinished: boolean;
      toRestore: SnapshotToRestore | undefined;
      lock: JobLock | undefined;
    },
  ) {
    this.options = options;
    this.store = parts.store;
    this.idCounter = parts.idCounter;
    this.hasFinished = parts.hasFinished;
    this.snapshotToRestore = parts.toRestore;
    this.lock = parts.lock;
    this.statistics = new CheckpointStatsTracker(
      options.configuration.get(WebOptions.CHECKPOINTS_HISTORY_SIZE),
    );
  }

  /**
   * Looks for what the job starts from.
   *
   * @throws ConfigError for settings that contradict each other; `FILE_SYSTEM_UNKNOWN`
   * @throws CheckpointError `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_CORRUPT`
   */
  static async open(options: CheckpointingServicesOptions): Promise<CheckpointingServices> {
    const savepoints = options.configuration.get(CheckpointingOptions.SAVEPOINT_DIRECTORY);
    if (savepoints !== undefined) {
      await options.fileSystemOf(savepoints); // Not only once the first savepoint is asked for.
    }
    const { highAvailability, lock } = await openHighAvailability(options);
    try {
      return await CheckpointingServices.recover(options, { highAvailability, lock });
    } catch (error) {
      await lock?.release();
      throw error;
    }
  }

  private static async recover(
    options: CheckpointingServicesOptions,
    parts: HighAvailabilityParts,
  ): Promise<CheckpointingServices> {
    const { configuration, storage, fileSystemOf, clock, warn } = options;
    const { highAvailability, lock } = parts;
    const { maxRetained, retention } = checkpointConfiguration(configuration);
    const hasFinished = await options.hasFinished();
    const path = hasFinished ? undefined : configuration.get(StateRecoveryOptions.SAVEPOINT_PATH);
    // A job that has no checkpoint of its own yet may begin with another snapshot than before.
    const goesOn = path === undefined || (await highAvailability?.hasCheckpointsOfJob()) === true;
    const recovered = goesOn
      ? ((await highAvailability?.recoverCompletedCheckpoints(storage)) ?? [])
      : [];
    const from = { configuration, storage, retention, fileSystemOf, now: clock.now(), warn };
    const toRestore =
      recovered.length === 0 && path !== undefined
        ? await snapshotToRestore(path, from)
        : undefined;
    const largestId = await storage.largestCheckpointId();
    const beginsAnew = !hasFinished && toRestore === undefined && recovered.length === 0;
    if (highAvailability !== undefined && beginsAnew) {
      const left = await storage.latestCompleted();
      if (left !== undefined) {
        warn(
          `job ${options.jobName} begins without a checkpoint, although ${left} is one: no list at ` +
            `${highAvailability.directory} names it; to begin with it, set ` +
            'execution.state-recovery.path to it',
        );
      }
    }
    const next = Math.max(
      (await highAvailability?.nextCheckpointId()) ?? 1,
      (toRestore?.checkpoint.checkpointId ?? 0) + 1,
      (recovered.at(-1)?.checkpointId ?? 0) + 1,
      // Another run of the same job may have left retained ones.
      largestId + 1,
    );
    const store = new CompletedCheckpointStore({
      maxRetained,
      persistence: highAvailability,
      recovered,
      notOwned: goesOn ? ((await highAvailability?.notOwned()) ?? []) : [],
      files: {
        deleteFile: async (file) => {
          await (await fileSystemOf(file)).delete(file, { recursive: false });
        },
        removeEmptyFolder: async (folder) =>
          removeEmptyDirectory(await fileSystemOf(folder), folder),
      },
      warn,
    });
    const persist =
      highAvailability === undefined
        ? undefined
        : (id: number) => highAvailability.saveNextCheckpointId(id);
    const idCounter = new CheckpointIdCounter(next, persist);
    return new CheckpointingServices(options, { store, idCounter, hasFinished, toRestore, lock });
  }

  /**
   * The job begins: takes in the snapshot that it starts from, and removes what an earlier process left
   * of checkpoints that it could not record.
   */
  async begin(): Promise<void> {
    const toRestore = this.snapshotToRestore;
    if (toRestore !== undefined) {
      await this.store.restore(toRestore.checkpoint, toRestore.notOwned);
      this.snapshotToRestore = undefined;
    }
    const lastRecorded = this.store.latestTaken;
    if (lastRecorded !== undefined) {
      await this.options.storage.removeCheckpointsAbove(lastRecorded.checkpointId);
    }
  }

  /** The job has ended, or does not begin: another process may run it. */
  async close(): Promise<void> {
    await this.lock?.release();
  }

  /** Another process goes on with the job. */
  get isHighlyAvailable(): boolean {
    return this.lock !== undefined;
  }

  /** What the next attempt restores. */
  latestSnapshot(): RestorableSnapshot | undefined {
    return this.store.latest ?? this.snapshotToRestore?.checkpoint;
  }

  reportRestored({ checkpointId, location, properties }: RestorableSnapshot): void {
    const { externalPointer, metadata } = location;
    this.statistics.reportRestored({
      checkpointId,
      restoredAt: this.options.clock.now(),
      isSavepoint: properties.snapshotType.kind === 'savepoint',
      // What does not say it is of a version that had no other.
      takenAs: metadata.properties?.snapshotType.kind ?? 'savepoint',
      stateSizeBytes: stateSizeBytes(metadata.operatorStates),
      externalPointer,
    });
  }

  createCoordinator(jobGraph: JobGraph, attempt: RunningAttempt): CheckpointCoordinator {
    const { clock, random, configuration, warn } = this.options;
    return new CheckpointCoordinator({
      clock,
      random,
      storage: this.trackedStorage(),
      initializeLocationForSavepoint: (id, request) => this.savepointLocation(id, request),
      config: checkpointConfiguration(configuration),
      tasks: checkpointTasksOf(jobGraph),
      targets: {
        triggerCheckpoint: (task, barrier) => attempt.targets()?.triggerCheckpoint(task, barrier),
        notifyCheckpointComplete: (task, id) =>
          attempt.targets()?.notifyCheckpointComplete(task, id),
        notifyCheckpointAborted: (task, id) => attempt.targets()?.notifyCheckpointAborted(task, id),
      },
      sourceCoordinators: () => attempt.sourceCoordinators(),
      completedStore: this.store,
      idCounter: this.idCounter,
      statistics: this.statistics,
      onFailJob: (error) => attempt.failJob(error),
      warn,
    });
  }

  /**
   * Where a savepoint goes.
   *
   * @throws ConfigError `SAVEPOINT_DIRECTORY_MISSING`
   */
  savepointDirectory(requested: string | undefined): string {
    const directory =
      requested ?? this.options.configuration.get(CheckpointingOptions.SAVEPOINT_DIRECTORY);
    if (directory === undefined) {
      throw new ConfigError(
        'SAVEPOINT_DIRECTORY_MISSING',
        'a savepoint needs a directory; give it a targetDirectory, or set ' +
          'execution.checkpointing.savepoint-dir',
      );
    }
    if (directory.trim() === '') {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        'the directory of a savepoint is empty; give targetDirectory a path, or leave it out and set execution.checkpointing.savepoint-dir',
      );
    }
    return directory;
  }

  /** Where and how tasks write the state of a checkpoint that was triggered. */
  streams({ checkpointId, snapshotType }: CheckpointBarrier): CheckpointStreamFactory {
    const location = this.locations.get(checkpointId);
    if (location === undefined) {
      throw new CheckpointError(
        'CHECKPOINT_EXPIRED',
        `checkpoint ${checkpointId} was given up long ago; nothing is written for it`,
      );
    }
    return checkpointStreamsAt(location, snapshotType, this.options.configuration);
  }

  /** Of a savepoint that is being written; tasks of other threads are told it. */
  directoryOfSavepoint(checkpointId: number): string | undefined {
    return this.locations.get(checkpointId)?.directory;
  }

  /** Remembers the location of each checkpoint, which its tasks write to. */
  private trackedStorage(): CheckpointStorage {
    const { storage } = this.options;
    return {
      supportsHighlyAvailableStorage: storage.supportsHighlyAvailableStorage,
      initializeBaseLocations: () => storage.initializeBaseLocations(),
      resolveCheckpoint: (pointer, how) => storage.resolveCheckpoint(pointer, how),
      resolveCheckpointStorageLocation: (id) => storage.resolveCheckpointStorageLocation(id),
      largestCheckpointId: () => storage.largestCheckpointId(),
      latestCompleted: () => storage.latestCompleted(),
      removeCheckpointsAbove: (id) => storage.removeCheckpointsAbove(id),
      initializeLocationForCheckpoint: async (checkpointId) => {
        const location = await storage.initializeLocationForCheckpoint(checkpointId);
        return this.remembered(checkpointId, location);
      },
    };
  }

  private async savepointLocation(
    checkpointId: number,
    {
      snapshotType,
      targetDirectory = '',
    }: Pick<CheckpointRequest, 'snapshotType' | 'targetDirectory'>,
  ): Promise<CheckpointStorageLocation> {
    const { configuration, fileSystemOf, jobId, random } = this.options;
    const location = await initializeLocationForSavepoint({
      fileSystem: await fileSystemOf(targetDirectory),
      targetDirectory,
      jobId,
      keyedStateFormat: snapshotType.kind === 'savepoint' ? snapshotType.formatType : 'native',
      inlineThresholdBytes: configuration.get(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD),
      writeBufferSizeBytes: configuration.get(CheckpointingOptions.FS_WRITE_BUFFER_SIZE),
      createSuffix: () =>
        Array.from({ length: 12 }, () => Math.floor(random() * 16).toString(16)).join(''),
    });
    return this.remembered(checkpointId, location);
  }

  private remembered(
    checkpointId: number,
    location: CheckpointStorageLocation,
  ): CheckpointStorageLocation {
    this.locations.set(checkpointId, location);
    for (const oldest of this.locations.keys()) {
      if (this.locations.size <= REMEMBERED_LOCATIONS) {
        break;
      }
      this.locations.delete(oldest);
    }
    return location;
  }
}

interface HighAvailabilityParts {
  readonly highAvailability: FileSystemHighAvailability | undefined;
  readonly lock: JobLock | undefined;
}

async function openHighAvailability(
  options: CheckpointingServicesOptions,
): Promise<HighAvailabilityParts> {
  const { configuration, storage, fileSystemOf, jobId } = options;
  if (configuration.get(HighAvailabilityOptions.HA_MODE) === 'NONE') {
    return { highAvailability: undefined, lock: undefined };
  }
  const storageDir = configuration.get(HighAvailabilityOptions.HA_STORAGE_PATH);
  if (storageDir === undefined) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      'high-availability.type is filesystem, but high-availability.storageDir is not set; ' +
        'name the directory that keeps the pointers to completed checkpoints',
    );
  }
  if (!storage.supportsHighlyAvailableStorage) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      'high availability needs checkpoints that outlive the process; ' +
        'set execution.checkpointing.dir',
    );
  }
  if (configuration.get(PipelineOptions.NAME) === undefined) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      'high availability finds the checkpoints of a job by its name; give it one: execute(name), ' +
        'or pipeline.name',
    );
  }
  const fileSystem = await fileSystemOf(storageDir);
  const highAvailability = new FileSystemHighAvailability({
    fileSystem,
    storageDir,
    clusterId: configuration.get(HighAvailabilityOptions.HA_CLUSTER_ID),
    jobId,
  });
  const lock = await JobLock.acquire({
    fileSystem,
    path: `${highAvailability.directory}.lock`,
    owner: options.lockOwner,
    jobName: options.jobName,
  });
  return { highAvailability, lock };
}

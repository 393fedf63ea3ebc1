/**
 * The snapshots of a job that somebody asks for, and how an attempt ends that is stopped with one.
 *
 * Invariants:
 * - A stop is over with the attempt that it began in; whoever waits for it is told how that ended.
 * - When all data of an attempt has ended, what its tasks wait for is a checkpoint: the savepoint of a
 *   stop, or a final one where there is no stop, or none any more.
 *
 * Flink: SchedulerBase.triggerSavepoint, stopWithSavepoint.
 */
import { invariant } from '@millrace/core';
import type { CheckpointCoordinator } from '../checkpoint/checkpoint-coordinator.ts';
import { savepointFormat, savepointType } from '../checkpoint/savepoint-types.ts';
import type {
  CheckpointType,
  SavepointOptions,
  StopWithSavepointOptions,
} from '../gateway/job-client.ts';
import type { JobFacts } from '../gateway/job-details.ts';
import type { CheckpointingServices } from './checkpointing-services.ts';
import { StopWithSavepoint } from './stop-with-savepoint.ts';
import { triggerUserCheckpoint } from './trigger-user-checkpoint.ts';

export interface RequestedSnapshotsOptions {
  readonly facts: Pick<JobFacts, 'jobName'>;
  readonly takesCheckpoints: boolean;
  readonly coordinator: CheckpointCoordinator;
  readonly checkpointing: Pick<CheckpointingServices, 'savepointDirectory' | 'latestSnapshot'>;
  /** @throws TaskError `JOB_NOT_RUNNING` */
  checkRunning(what: string): void;
  /** Settles as the job ends. */
  ended(): Promise<unknown>;
}

export class RequestedSnapshots {
  private readonly options: RequestedSnapshotsOptions;
  /** Of the attempt that runs; also one that was given up. */
  private stop: StopWithSavepoint | undefined;

  constructor(options: RequestedSnapshotsOptions) {
    this.options = options;
  }

  /** The attempt that runs was to be stopped, and may still be. */
  get hasStop(): boolean {
    return this.stop !== undefined;
  }

  get isStopUnderWay(): boolean {
    return this.stop?.isUnderWay === true;
  }

  /** @returns its path. @throws CheckpointError with the reason */
  async takeSavepoint(options: SavepointOptions): Promise<string> {
    const { checkpointing, checkRunning, coordinator } = this.options;
    const targetDirectory = checkpointing.savepointDirectory(options.targetDirectory);
    checkRunning('a savepoint');
    const snapshotType = savepointType(savepointFormat(options.formatType), 'none');
    const request = { kind: 'savepoint', snapshotType, targetDirectory } as const;
    const savepoint = await coordinator.triggerCheckpoint(request);
    return savepoint.location.externalPointer;
  }

  /** @returns its id. @throws CheckpointError with the reason */
  async takeCheckpoint(checkpointType: CheckpointType): Promise<number> {
    this.options.checkRunning('a checkpoint');
    return triggerUserCheckpoint(checkpointType, this.options.coordinator, this.options);
  }

  /** @param onTaken - called with the path, while the job has not ended */
  async stopWithSavepoint(
    options: StopWithSavepointOptions,
    onTaken: (path: string) => void,
  ): Promise<string> {
    const { checkpointing, checkRunning, coordinator, facts, ended } = this.options;
    const targetDirectory = checkpointing.savepointDirectory(options.targetDirectory);
    const formatType = savepointFormat(options.formatType);
    checkRunning('a stop with a savepoint');
    const stop = new StopWithSavepoint(coordinator, facts.jobName);
    this.stop = stop;
    const savepoint = await stop.takeSavepoint({
      targetDirectory,
      formatType,
      drain: options.advanceToEndOfEventTime ?? false,
    });
    onTaken(savepoint);
    await Promise.race([stop.failure, ended()]);
    return savepoint;
  }

  allDataEnded(): void {
    if (this.stop === undefined) {
      this.awaitFinalCheckpoint();
    } else {
      // The savepoint is the last checkpoint, unless it cannot begin.
      this.stop.whenGivenUp(() => this.awaitFinalCheckpoint());
    }
  }

  /** No checkpoint is being completed any more. @param failure - undefined where it has none */
  async attemptEnded(failure: unknown): Promise<void> {
    const { stop } = this;
    this.stop = undefined;
    const savepoint = await stop?.savepointTaken();
    if (stop !== undefined && savepoint !== undefined && failure !== undefined) {
      const restartPoint = this.options.checkpointing.latestSnapshot()?.location.externalPointer;
      invariant(restartPoint !== undefined, 'a savepoint that was taken can be restored');
      stop.attemptFailed(failure, savepoint, restartPoint);
    }
  }

  private awaitFinalCheckpoint(): void {
    // What fails here fails the checkpoint, and the job through its rules.
    this.options.coordinator.awaitFinalCheckpoint().catch(() => {});
  }
}

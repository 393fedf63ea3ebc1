/**
 * One try to stop a job with a savepoint.
 *
 * Invariants:
 * - While it is under way no other checkpoint begins.
 * - A savepoint that cannot begin leaves the job as it was. One that fails later fails the attempt,
 *   because sources read no more: the restart strategy decides.
 * - A savepoint that was being completed when the attempt failed was taken as well.
 *
 * Flink: SchedulerBase.stopWithSavepoint, StopWithSavepointTerminationManager.
 */
import { errorMessage, TaskError } from '@millrace/core';
import type { CheckpointCoordinator } from '../checkpoint/checkpoint-coordinator.ts';
import type { CompletedCheckpoint } from '../checkpoint/completed-checkpoint.ts';
import { type SavepointFormatType, savepointType } from '../checkpoint/savepoint-types.ts';

export class StopWithSavepoint {
  /** Rejects when the attempt fails after the savepoint was taken. */
  readonly failure: Promise<never>;
  isUnderWay = true;
  private readonly coordinator: CheckpointCoordinator;
  private readonly jobName: string;
  /** Resolves, never rejects: with none when it could not be taken. */
  private savepoint: Promise<CompletedCheckpoint | undefined> = Promise.resolve(undefined);
  private onGivenUp: () => void = () => {};
  private reject!: (error: unknown) => void;

  constructor(coordinator: CheckpointCoordinator, jobName: string) {
    this.coordinator = coordinator;
    this.jobName = jobName;
    this.failure = new Promise((_resolve, reject) => {
      this.reject = reject;
    });
    // Nobody may ask for it, when the savepoint fails.
    this.failure.catch(() => {});
  }

  /** @throws CheckpointError with the reason when it could not be taken */
  async takeSavepoint(options: {
    readonly targetDirectory: string;
    readonly formatType: SavepointFormatType;
    readonly drain: boolean;
  }): Promise<string> {
    const { targetDirectory, formatType, drain } = options;
    this.coordinator.pausePeriodicCheckpoints();
    const savepoint = this.coordinator.triggerCheckpoint({
      kind: 'savepoint',
      snapshotType: savepointType(formatType, drain ? 'terminate' : 'suspend'),
      targetDirectory,
    });
    this.savepoint = savepoint.catch(() => undefined);
    try {
      return (await savepoint).location.externalPointer;
    } catch (error) {
      this.isUnderWay = false;
      this.coordinator.resumePeriodicCheckpoints();
      this.onGivenUp();
      throw error;
    }
  }

  /** Calls back once the job goes on as it was; at once if it does already. */
  whenGivenUp(callback: () => void): void {
    if (this.isUnderWay) {
      this.onGivenUp = callback;
    } else {
      callback();
    }
  }

  /** The savepoint, if it was taken. Ask when the coordinator has come to rest. */
  savepointTaken(): Promise<CompletedCheckpoint | undefined> {
    return this.savepoint;
  }

  /**
   * Tells the caller that the attempt failed after the savepoint was taken.
   *
   * @param restartPoint - what the next attempt restores
   */
  attemptFailed(error: unknown, savepoint: CompletedCheckpoint, restartPoint: string): void {
    this.reject(
      new TaskError(
        'STOP_WITH_SAVEPOINT_FAILED',
        `savepoint ${savepoint.location.externalPointer} was taken, but job ${this.jobName} did ` +
          `not stop; unless its restart strategy forbids it, it goes on from ${restartPoint}: ` +
          errorMessage(error),
        { cause: error },
      ),
    );
  }
}

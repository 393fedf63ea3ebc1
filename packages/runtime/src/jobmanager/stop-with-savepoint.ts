/**
 * One try to stop a job with a savepoint.
 *
 * Invariants:
 * - While it is under way no other checkpoint begins.
 * - A savepoint that cannot begin leaves the job as it was. One that fails later fails the attempt,
 *   because sources read no more: the restart strategy decides.
 *
 * Flink: SchedulerBase.stopWithSavepoint, StopWithSavepointTerminationManager.
 */
import { errorMessage, TaskError } from '@millrace/core';
import type { CheckpointCoordinator } from '../checkpoint/checkpoint-coordinator.ts';
import type { CompletedCheckpoint } from '../checkpoint/completed-checkpoint-store.ts';
import { type SavepointFormatType, savepointType } from '../checkpoint/savepoint-types.ts';

export class StopWithSavepoint {
  /** Rejects when the attempt fails after the savepoint was taken. */
  readonly failure: Promise<never>;
  isUnderWay = true;
  /** Called when the job goes on as it was. */
  onGivenUp: () => void = () => {};
  private readonly coordinator: CheckpointCoordinator;
  private readonly jobName: string;
  private savepoint: CompletedCheckpoint | undefined = undefined;
  private attemptError: unknown = undefined;
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
    try {
      this.savepoint = await this.coordinator.triggerCheckpoint({
        kind: 'savepoint',
        snapshotType: savepointType(formatType, drain ? 'terminate' : 'suspend'),
        targetDirectory,
      });
      this.tellFailure();
      return this.savepoint.location.externalPointer;
    } catch (error) {
      this.isUnderWay = false;
      this.coordinator.resumePeriodicCheckpoints();
      this.onGivenUp();
      throw error;
    }
  }

  /** @returns the savepoint, if it was taken */
  attemptFailed(error: unknown): CompletedCheckpoint | undefined {
    this.attemptError = error;
    this.tellFailure();
    return this.savepoint;
  }

  private tellFailure(): void {
    const { savepoint, attemptError, jobName } = this;
    if (savepoint !== undefined && attemptError !== undefined) {
      this.reject(
        new TaskError(
          'STOP_WITH_SAVEPOINT_FAILED',
          `savepoint ${savepoint.location.externalPointer} was taken, but job ${jobName} did not ` +
            'stop; unless its restart strategy forbids it, it goes on from that savepoint: ' +
            errorMessage(attemptError),
          { cause: attemptError },
        ),
      );
    }
  }
}

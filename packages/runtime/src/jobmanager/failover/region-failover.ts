/**
 * Restarts the regions of an attempt that fail, while the others go on.
 *
 * Invariants:
 * - No checkpoint is taken from the failure of a region until all that failed run again; a region
 *   restores what has completed by then.
 * - A failure of a region counts once. When the restart strategy gives up, or the region cannot be
 *   closed, the attempt fails.
 *
 * Flink: DefaultScheduler.restartTasksWithDelay, CheckpointCoordinator.restoreLatestCheckpointedStateToSubtasks.
 */
import { type Clock, errorMessage, type Timer } from '@millrace/core';
import type { CheckpointCoordinator } from '../../checkpoint/checkpoint-coordinator.ts';
import type { SlotDeployment } from '../../taskmanager/task-executor-gateway.ts';
import type { FailedRegion, JobExecution } from '../job-deployment.ts';
import { isFinalFailure } from './is-final-failure.ts';
import type { RestartBackoffTimeStrategy } from './restart-backoff-time-strategy.ts';

export interface RegionFailoverOptions {
  readonly jobName: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly coordinator: CheckpointCoordinator;
  readonly restartStrategy: RestartBackoffTimeStrategy;
  /** What the next attempt of a region begins with. */
  nextAttempt(): Pick<SlotDeployment, 'attemptNumber' | 'restored'>;
  /** Some regions do not run; or, again, all do. */
  onChanged(isRestarting: boolean): void;
  warn(message: string): void;
}

export class RegionFailover {
  private readonly options: RegionFailoverOptions;
  /** Those that do not run, with what they wait for. */
  private readonly failed = new Map<FailedRegion, Timer | undefined>();

  constructor(options: RegionFailoverOptions) {
    this.options = options;
  }

  /** @param execution - the attempt that the region is of */
  regionFailed(region: FailedRegion, error: unknown, execution: JobExecution): void {
    const { restartStrategy, clock, random, coordinator, jobName, warn } = this.options;
    if (!isFinalFailure(error)) {
      restartStrategy.notifyFailure(clock.now(), random());
    }
    if (isFinalFailure(error) || !restartStrategy.canRestart()) {
      execution.fail(error);
      return;
    }
    const backoffMs = restartStrategy.backoffTimeMs();
    const count = `${region.tasks.length} of its tasks`;
    const why = errorMessage(error);
    warn(`job ${jobName}: ${count} failed and restart in ${Math.round(backoffMs)} ms: ${why}`);
    this.failed.set(region, undefined);
    this.options.onChanged(true);
    coordinator.regionFailed(region.tasks);
    this.restart(region, { backoffMs, execution }).catch((failure: unknown) => {
      if (this.failed.has(region)) {
        execution.fail(failure);
      }
    });
  }

  /** The attempt is over: nothing of it is restarted any more. */
  abandon(): void {
    for (const timer of this.failed.values()) {
      timer?.cancel();
    }
    this.failed.clear();
  }

  private async restart(
    region: FailedRegion,
    { backoffMs, execution }: { readonly backoffMs: number; readonly execution: JobExecution },
  ): Promise<void> {
    await region.cancel();
    await this.options.coordinator.settled();
    await this.waitFor(backoffMs, region);
    if (!this.failed.has(region)) {
      return;
    }
    try {
      if (!(await region.restart(this.options.nextAttempt()))) {
        return;
      }
    } catch (error) {
      this.regionFailed(region, error, execution);
      return;
    }
    if (this.failed.delete(region) && this.failed.size === 0) {
      this.options.coordinator.startCheckpointScheduler(execution.finishedTasks);
      this.options.onChanged(false);
    }
  }

  private async waitFor(backoffMs: number, region: FailedRegion): Promise<void> {
    if (this.failed.has(region)) {
      await new Promise<void>((resolve) => {
        this.failed.set(region, this.options.clock.setTimer(backoffMs, resolve));
      });
    }
  }
}

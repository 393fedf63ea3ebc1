/**
 * Restarts the regions of an attempt that fail, while the others go on.
 *
 * Invariants:
 * - No checkpoint is taken from the failure of a region until all that failed run again; a region
 *   restores what has completed by then.
 * - A failure of a region counts once, and one restart of a region is under way at a time: one that fails
 *   while it reopens begins another, and the former goes no further. When the restart strategy gives up, or the region cannot be
 *   closed, the attempt fails.
 *
 * Flink: DefaultScheduler.restartTasksWithDelay, CheckpointCoordinator.restoreLatestCheckpointedStateToSubtasks.
 */
import { type Clock, failureText, type Timer } from '@millrace/core';
import type { CheckpointCoordinator } from '../../checkpoint/checkpoint-coordinator.ts';
import type { SlotDeployment } from '../../taskmanager/task-executor-gateway.ts';
import type { FailedRegion, JobExecution } from '../job-deployment.ts';
import type { ExceptionHistory } from './exception-history.ts';
import { isFinalFailure } from './is-final-failure.ts';
import type { RestartBackoffTimeStrategy } from './restart-backoff-time-strategy.ts';

export interface RegionFailoverOptions {
  readonly jobName: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly coordinator: CheckpointCoordinator;
  readonly restartStrategy: RestartBackoffTimeStrategy;
  readonly exceptions: Pick<ExceptionHistory, 'restarts'>;
  /** What the next attempt of a region begins with. */
  nextAttempt(): Pick<SlotDeployment, 'attemptNumber' | 'restored'>;
  /** Some regions do not run; or, again, all do. */
  onChanged(isRestarting: boolean): void;
  warn(message: string): void;
}

/** One failure of a region, and what its restart waits for. */
interface PendingRestart {
  timer: Timer | undefined;
}

export class RegionFailover {
  private readonly options: RegionFailoverOptions;
  /** Those that do not run. */
  private readonly failed = new Map<FailedRegion, PendingRestart>();

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
    const why = failureText(error);
    warn(`job ${jobName}: ${count} failed and restart in ${Math.round(backoffMs)} ms: ${why}`);
    const restart: PendingRestart = { timer: undefined };
    this.failed.set(region, restart);
    this.options.exceptions.restarts(error);
    this.options.onChanged(true);
    coordinator.regionFailed(region.tasks);
    const goesOn = (): boolean => this.failed.get(region) === restart;
    this.restart(region, { restart, goesOn, backoffMs, execution }).catch((failure: unknown) => {
      if (goesOn()) {
        execution.fail(failure);
      }
    });
  }

  /** The attempt is over: nothing of it is restarted any more. */
  abandon(): void {
    for (const { timer } of this.failed.values()) {
      timer?.cancel();
    }
    this.failed.clear();
  }

  private async restart(
    region: FailedRegion,
    {
      restart,
      goesOn,
      backoffMs,
      execution,
    }: {
      readonly restart: PendingRestart;
      readonly goesOn: () => boolean;
      readonly backoffMs: number;
      readonly execution: JobExecution;
    },
  ): Promise<void> {
    const { coordinator, clock } = this.options;
    await region.cancel();
    await coordinator.settled();
    if (!goesOn()) {
      return;
    }
    await new Promise<void>((resolve) => {
      restart.timer = clock.setTimer(backoffMs, resolve);
    });
    if (!goesOn()) {
      return;
    }
    const isRestarted = await region.restart(this.options.nextAttempt());
    if (!isRestarted || !goesOn()) {
      return;
    }
    this.failed.delete(region);
    if (this.failed.size === 0) {
      coordinator.startCheckpointScheduler(execution.finishedTasks);
      this.options.onChanged(false);
      execution.regionsRestarted();
    }
  }
}

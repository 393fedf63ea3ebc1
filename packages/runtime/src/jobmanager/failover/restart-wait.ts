/** What comes between the failure of a job and its next attempt. */
import { type Clock, failureText, type Timer } from '@millrace/core';
import type { ExceptionHistory } from './exception-history.ts';
import { whyNoRestart } from './failed-task.ts';
import { isFinalFailure } from './is-final-failure.ts';
import type { RestartBackoffTimeStrategy } from './restart-backoff-time-strategy.ts';

export interface RestartWaitOptions {
  readonly jobName: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly restartStrategy: RestartBackoffTimeStrategy;
  readonly exceptions: ExceptionHistory;
  /** The job is about to wait. */
  onRestarting(): void;
  warn(message: string): void;
}

export class RestartWait {
  private readonly options: RestartWaitOptions;
  private pending: { readonly timer: Timer; readonly proceed: () => void } | undefined;

  constructor(options: RestartWaitOptions) {
    this.options = options;
  }

  /** As the restart strategy says. @throws `error` where there is no restart */
  async backOff(error: unknown): Promise<void> {
    const { jobName, restartStrategy, exceptions, clock, random, onRestarting, warn } =
      this.options;
    const isFinal = isFinalFailure(error);
    if (!isFinal) {
      restartStrategy.notifyFailure(clock.now(), random());
    }
    if (isFinal || !restartStrategy.canRestart()) {
      exceptions.failed(error, whyNoRestart(isFinal, restartStrategy));
      throw error;
    }
    exceptions.restarts(error);
    const backoffMs = restartStrategy.backoffTimeMs();
    const why = failureText(error);
    warn(`job ${jobName} failed and restarts in ${Math.round(backoffMs)} ms: ${why}`);
    onRestarting();
    await new Promise<void>((resolve) => {
      const timer = clock.setTimer(backoffMs, resolve);
      this.pending = { timer, proceed: resolve };
    });
    this.pending = undefined;
  }

  /** Nobody waits any more. */
  abandon(): void {
    this.pending?.timer.cancel();
    this.pending?.proceed();
  }
}

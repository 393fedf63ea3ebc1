/** Timers of one task: they fire in its mailbox. Flink: ProcessingTimeServiceImpl. */
import type { Clock, Timer } from '@millrace/core';
import type { ProcessingTimeService } from '../operators/stream-operator.ts';
import type { Mailbox } from './mailbox.ts';

export class TaskProcessingTimeService implements ProcessingTimeService {
  private readonly clock: Clock;
  private readonly mailbox: Mailbox;
  private readonly timers = new Set<Timer>();
  private isShutDown = false;

  constructor(clock: Clock, mailbox: Mailbox) {
    this.clock = clock;
    this.mailbox = mailbox;
  }

  currentProcessingTime(): number {
    return this.clock.now();
  }

  /** Nothing is armed any more once the task has ended. */
  registerTimer(timestamp: number, callback: (timestamp: number) => void): Timer {
    if (this.isShutDown) {
      return { cancel: () => {} };
    }
    let cancelled = false;
    // One millisecond more, as in Flink: a timer for t fires when t has passed.
    const delayMs = Math.max(0, timestamp - this.clock.now()) + 1;
    const timer = this.clock.setTimer(delayMs, () => {
      this.timers.delete(timer);
      this.mailbox.putOfOperator(() => {
        if (!cancelled && !this.isShutDown) {
          callback(timestamp);
        }
      });
    });
    this.timers.add(timer);
    const cancel = (): void => {
      cancelled = true;
      this.timers.delete(timer);
      timer.cancel();
    };
    return { cancel };
  }

  /** Cancels what is pending, also what waits in the mailbox: the task ends. */
  shutdown(): void {
    this.isShutDown = true;
    for (const timer of this.timers) {
      timer.cancel();
    }
    this.timers.clear();
  }
}

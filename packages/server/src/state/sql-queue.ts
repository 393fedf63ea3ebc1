/**
 * Lets one query at a time run, and a few wait.
 *
 * Invariants:
 * - They run in the order in which they came, none before the one before it is wholly over.
 * - At most `waitingMax` wait; who comes then is refused at once.
 * - Who gives up waits no longer and is never run.
 */
import { TaskError } from '@millrace/core';

export class SqlQueue {
  private readonly waitingMax: number;
  private readonly waiting: (() => void)[] = [];
  private isRunning = false;

  constructor(waitingMax: number) {
    this.waitingMax = waitingMax;
  }

  /** @throws TaskError `TOO_MANY_SQL_QUERIES`; the signal's reason */
  async run<T>(signal: AbortSignal, query: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.isRunning) {
      await this.turn(signal);
    }
    this.isRunning = true;
    try {
      return await query();
    } finally {
      const next = this.waiting.shift();
      this.isRunning = next !== undefined;
      next?.();
    }
  }

  private turn(signal: AbortSignal): Promise<void> {
    if (this.waiting.length >= this.waitingMax) {
      throw new TaskError(
        'TOO_MANY_SQL_QUERIES',
        `a query runs and ${this.waitingMax} wait; ask again once one is over`,
      );
    }
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(begin), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(begin);
    });
  }
}

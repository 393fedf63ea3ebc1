/**
 * Lets one piece of work at a time run, and a few wait: queries, measurements of snapshots.
 *
 * Invariants:
 * - They run in the order in which they came, none before the one before it is wholly over.
 * - At most `waitingMax` wait; who comes then is refused at once.
 * - Who gives up waits no longer and is never run.
 */
import { type ErrorCode, TaskError } from '@millrace/core';

export class TurnQueue {
  private readonly waitingMax: number;
  private readonly refusal: ErrorCode;
  private readonly waiting: (() => void)[] = [];
  private isRunning = false;

  /** @param refusal - the code for who comes when as many wait as may */
  constructor(waitingMax: number, refusal: ErrorCode) {
    this.waitingMax = waitingMax;
    this.refusal = refusal;
  }

  /** @throws TaskError with the code of the refusal; the signal's reason */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.isRunning) {
      await this.turn(signal);
    }
    this.isRunning = true;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      this.isRunning = next !== undefined;
      next?.();
    }
  }

  private turn(signal: AbortSignal): Promise<void> {
    if (this.waiting.length >= this.waitingMax) {
      throw new TaskError(
        this.refusal,
        `one of them runs and ${this.waitingMax} wait; ask again once one is over`,
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

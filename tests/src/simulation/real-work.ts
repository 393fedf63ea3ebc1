/**
 * What a simulated process has the real machine do: disks and threads, which know nothing of
 * simulated time.
 *
 * Invariants:
 * - Results are given in the order in which the work was begun, one a turn of the event loop, however
 *   the machine ordered it. The clock gives no turn and does not move before all are given. So the
 *   same steps follow each time.
 * - After `abandon` nothing is given to the process any more, and nothing is begun for it.
 */
import { TaskError } from '@millrace/core';

interface Begun {
  /** Once the work is done. */
  give: (() => void) | undefined;
  refuse(error: Error): void;
}

export class RealWork {
  private readonly begun: Begun[] = [];
  /** Everything that the machine still does, for a dead process too. */
  private readonly underWay = new Set<Promise<unknown>>();
  private givesSoon = false;
  private abandoned = false;
  private waiters: (() => void)[] = [];

  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.abandoned) {
      return Promise.reject(deadProcess());
    }
    return new Promise<T>((resolve, reject) => {
      const entry: Begun = { give: undefined, refuse: reject };
      this.begun.push(entry);
      const done = (give: () => void): void => {
        this.underWay.delete(running);
        entry.give = give;
        this.giveSoon();
      };
      const running = work().then(
        (value) => done(() => resolve(value)),
        (error: unknown) => done(() => reject(error)),
      );
      this.underWay.add(running);
    });
  }

  /** When there may be nothing more to wait for; `undefined` when there is nothing now. */
  outsideWork(): Promise<void> | undefined {
    return this.begun.length === 0 || this.abandoned
      ? undefined
      : new Promise((resolve) => this.waiters.push(resolve));
  }

  /** The process is dead, or over. */
  abandon(): void {
    this.abandoned = true;
    this.wake();
  }

  /** For the tidying up after all is judged: resolves when the machine is done. */
  async finish(): Promise<void> {
    this.abandon();
    while (this.underWay.size > 0) {
      await Promise.all(this.underWay);
    }
    for (const { refuse } of this.begun.splice(0)) {
      refuse(deadProcess());
    }
  }

  private giveSoon(): void {
    if (!this.givesSoon && !this.abandoned && this.begun[0]?.give !== undefined) {
      this.givesSoon = true;
      setImmediate(() => this.giveNext());
    }
  }

  private giveNext(): void {
    this.givesSoon = false;
    if (this.abandoned) {
      return;
    }
    this.begun.shift()?.give?.();
    if (this.begun.length === 0) {
      this.wake();
    } else {
      this.giveSoon();
    }
  }

  private wake(): void {
    for (const resolve of this.waiters.splice(0)) {
      resolve();
    }
  }
}

function deadProcess(): TaskError {
  return new TaskError('IO_EXCEPTION', 'the process is dead; nothing can be done');
}

/**
 * What a task waits for: an operator that flushes, commits or finishes.
 *
 * Invariants:
 * - A task waits for one thing at a time, and takes neither mail nor input meanwhile; while an
 *   operator yields, operators' mail goes on.
 *
 * Flink: the actions that block StreamTask's mailbox thread, MailboxExecutor.yield.
 */
import { invariant } from '@millrace/core';

export class TaskSuspension {
  isActive = false;
  /** Resolves, never rejects, when what the task waits for is over. */
  settled: Promise<void> = Promise.resolve();
  /** Set while an operator yields. */
  private endYield: ((error: unknown) => void) | undefined;
  private readonly hooks: { wake(): void; fail(error: unknown): void };

  constructor(hooks: { wake(): void; fail(error: unknown): void }) {
    this.hooks = hooks;
  }

  /** An operator waits, but operators' mail goes on. */
  get isYielding(): boolean {
    return this.endYield !== undefined;
  }

  /** Runs work that may wait; nothing else of the task runs until it is done. */
  while(work: () => Promise<void>): void {
    invariant(!this.isActive, 'a task waits for one thing at a time');
    this.isActive = true;
    this.settled = work().then(
      () => {
        this.isActive = false;
        this.hooks.wake();
      },
      (error: unknown) => this.hooks.fail(error),
    );
  }

  /** Operators' mail goes on until `done` resolves or `abortYield` is called. */
  async yieldUntil(done: Promise<void>): Promise<void> {
    const ended = new Promise<never>((_resolve, reject) => {
      this.endYield = reject;
    });
    this.hooks.wake();
    try {
      await Promise.race([done, ended]);
    } finally {
      this.endYield = undefined;
    }
  }

  abortYield(error: unknown): void {
    this.endYield?.(error);
  }
}

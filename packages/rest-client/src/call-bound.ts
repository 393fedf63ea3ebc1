/**
 * How long one call may take: until its time is over, or a signal of its callers is aborted.
 *
 * Invariants:
 * - Who waits through it is woken, whatever the platform does. A signal alone does not do that: the body of
 *   an answer holds its `Request`, and with it the signal, so weakly that the next garbage collection parts them.
 * - A process with a call under way lives until that has ended.
 * - Once it is closed it holds no timer and no listener.
 */
import { sleep } from './clock.ts';

const TIMER_MS_MAX = 2 ** 31 - 1;

export class CallBound {
  /** Aborted as soon as the call is over, with what it fails with if it has not ended by itself. */
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly callers: readonly AbortSignal[];
  /** Of all that is waited for. */
  private readonly wakes = new Set<(reason: unknown) => void>();

  /**
   * @param late - what a call fails with that has not ended within `timeoutMs`
   * @param timeoutMs - `Infinity` for no bound
   */
  constructor(
    timeoutMs: number,
    late: () => Error,
    ...callers: readonly (AbortSignal | undefined)[]
  ) {
    this.signal = this.controller.signal;
    this.callers = callers.filter((caller) => caller !== undefined);
    for (const caller of this.callers) {
      caller.addEventListener('abort', this.endByCaller);
    }
    this.endByCaller();
    if (Number.isFinite(timeoutMs) && !this.signal.aborted) {
      sleep(Math.min(timeoutMs, TIMER_MS_MAX), this.signal).then(
        () => this.end(late()),
        () => {}, // It has ended before.
      );
    }
  }

  /** @throws what the call ended with, as soon as it does */
  wait<T>(what: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      what.then(resolve, reject).finally(() => this.wakes.delete(reject));
      if (this.signal.aborted) {
        reject(this.signal.reason);
      } else {
        this.wakes.add(reject);
      }
    });
  }

  /** The call is over. */
  close(): void {
    this.end(undefined);
  }

  private readonly endByCaller = (): void => {
    const aborted = this.callers.find((caller) => caller.aborted);
    if (aborted !== undefined) {
      this.end(aborted.reason);
    }
  };

  private end(reason: unknown): void {
    for (const caller of this.callers) {
      caller.removeEventListener('abort', this.endByCaller);
    }
    this.controller.abort(reason);
    for (const wake of this.wakes) {
      wake(this.signal.reason);
    }
  }
}

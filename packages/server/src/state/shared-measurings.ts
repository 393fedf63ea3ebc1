/**
 * Measurements of state, for all who ask for the same.
 *
 * Invariants:
 * - One runs at a time, and a few wait; who comes then is refused.
 * - Many who ask for one thing are one measurement, whose result is kept for `MEASURED_MS`.
 * - A measurement that nobody waits for any more ends, also one that runs, and is kept for nobody.
 */
import type { Clock } from '@millrace/core';
import { TimedCache } from '../cache/timed-cache.ts';
import { TurnQueue } from './turn-queue.ts';

const MEASURED_MS = 10_000;
const KEPT_MAX = 32;
const WAITING_MAX = 8;

interface Measuring {
  readonly controller: AbortController;
  clients: number;
}

export class SharedMeasurings<M> {
  private readonly queue = new TurnQueue(WAITING_MAX, 'TOO_MANY_MEASUREMENTS');
  private readonly measured: TimedCache<M>;
  private readonly running = new Map<string, Measuring>();

  constructor(clock: Clock) {
    this.measured = new TimedCache({
      ...{ clock, maxAgeMs: MEASURED_MS, sizeMax: KEPT_MAX },
      ...{ patienceMs: Number.MAX_SAFE_INTEGER, staleAgeMsMax: 0 },
    });
  }

  /**
   * @param client - aborted when it is gone
   * @throws TaskError `TOO_MANY_MEASUREMENTS`; the reason of the client's signal
   */
  async get(
    key: string,
    client: AbortSignal,
    measure: (signal: AbortSignal) => Promise<M>,
  ): Promise<M> {
    client.throwIfAborted();
    const result = this.measured.get(key, () => this.begin(key, measure));
    const measuring = this.running.get(key); // There while it is in flight.
    if (measuring === undefined) {
      return result;
    }
    measuring.clients++;
    const leave = (): void => this.leave(key, measuring, client.reason);
    client.addEventListener('abort', leave, { once: true });
    try {
      return await result;
    } finally {
      client.removeEventListener('abort', leave);
    }
  }

  private begin(key: string, measure: (signal: AbortSignal) => Promise<M>): Promise<M> {
    const measuring = { controller: new AbortController(), clients: 0 };
    const { signal } = measuring.controller;
    this.running.set(key, measuring);
    return this.queue
      .run(signal, () => measure(signal))
      .finally(() => {
        if (this.running.get(key) === measuring) {
          this.running.delete(key);
        }
      });
  }

  /** Who comes after the last one left begins anew. */
  private leave(key: string, measuring: Measuring, reason: unknown): void {
    measuring.clients--;
    if (measuring.clients === 0 && this.running.get(key) === measuring) {
      this.running.delete(key);
      this.measured.drop(key);
      measuring.controller.abort(reason);
    }
  }
}

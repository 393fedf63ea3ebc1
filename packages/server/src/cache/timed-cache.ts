/**
 * Values that are fetched and then given again for a while.
 *
 * Invariants:
 * - A key has one request in flight at most, however many ask.
 * - A value is given until it is `maxAgeMs` old. An older one is given only while a new request has
 *   been in flight for `patienceMs`: its thread is busy, and an old answer is better than none.
 * - An error is given to those who wait for it and kept for nobody.
 *
 * Flink: DefaultExecutionGraphCache.
 */
import type { Clock } from '@millrace/core';

interface Entry<V> {
  value: { readonly of: V; readonly atMs: number } | undefined;
  inFlight: Promise<V> | undefined;
}

export interface TimedCacheOptions {
  readonly clock: Clock;
  readonly maxAgeMs: number;
  /** Before an old value is given instead. */
  readonly patienceMs: number;
  /** How old a value may be at most then. */
  readonly staleAgeMsMax: number;
  /** The key that was used least recently goes. */
  readonly sizeMax: number;
}

export class TimedCache<V> {
  private readonly options: TimedCacheOptions;
  private readonly entries = new Map<string, Entry<V>>();

  constructor(options: TimedCacheOptions) {
    this.options = options;
  }

  async get(key: string, fetch: () => Promise<V>): Promise<V> {
    const entry = this.entryOf(key);
    const { clock, maxAgeMs, staleAgeMsMax } = this.options;
    const { value } = entry;
    const ageMs = value === undefined ? Number.POSITIVE_INFINITY : clock.now() - value.atMs;
    if (value !== undefined && ageMs < maxAgeMs) {
      return value.of;
    }
    const inFlight = entry.inFlight ?? this.begin(key, entry, fetch);
    return value === undefined || ageMs >= staleAgeMsMax
      ? inFlight
      : this.orOld(inFlight, value.of);
  }

  /** Asked for anew next time, also while a request is in flight. */
  drop(key: string): void {
    this.entries.delete(key);
  }

  private begin(key: string, entry: Entry<V>, fetch: () => Promise<V>): Promise<V> {
    const { clock } = this.options;
    const inFlight = fetch().then(
      (of) => {
        entry.value = { of, atMs: clock.now() };
        entry.inFlight = undefined;
        return of;
      },
      (error: unknown) => {
        entry.inFlight = undefined;
        if (this.entries.get(key) === entry) {
          this.entries.delete(key);
        }
        throw error;
      },
    );
    entry.inFlight = inFlight;
    return inFlight;
  }

  private orOld(inFlight: Promise<V>, old: V): Promise<V> {
    return new Promise((resolve, reject) => {
      const timer = this.options.clock.setTimer(this.options.patienceMs, () => resolve(old));
      inFlight.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  private entryOf(key: string): Entry<V> {
    const entry = this.entries.get(key) ?? { value: undefined, inFlight: undefined };
    this.entries.delete(key);
    this.entries.set(key, entry);
    if (this.entries.size > this.options.sizeMax) {
      this.entries.delete(this.entries.keys().next().value as string);
    }
    return entry;
  }
}

/**
 * Values that are fetched and then given again for a while.
 *
 * Invariants:
 * - A key has one request in flight at most, however many ask.
 * - A value is given until it is `maxAgeMs` old. An older one is given only while a new request has
 *   been in flight for `patienceMs`: its thread is busy, and an old answer is better than none.
 * - An error is given to those who wait for it and kept for nobody. The value before it is gone with it,
 *   unless `keepsAfter` says that the error tells nothing of it.
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
  /** How old a value may be at most then; `Infinity` gives any. */
  readonly staleAgeMsMax: number;
  /** Errors after which an older value is as good as before; none unless given. */
  keepsAfter?(error: unknown): boolean;
  /** The key that was used least recently goes. */
  readonly sizeMax: number;
}

export class TimedCache<V> {
  private readonly options: TimedCacheOptions;
  private readonly entries = new Map<string, Entry<V>>();

  constructor(options: TimedCacheOptions) {
    this.options = options;
  }

  /** @param older - from elsewhere, to be given instead of an old value */
  async get(key: string, fetch: () => Promise<V>, older?: V): Promise<V> {
    const entry = this.entryOf(key);
    const { clock, maxAgeMs, staleAgeMsMax } = this.options;
    const { value } = entry;
    const ageMs = value === undefined ? Number.POSITIVE_INFINITY : clock.now() - value.atMs;
    if (value !== undefined && ageMs < maxAgeMs) {
      return value.of;
    }
    const inFlight = entry.inFlight ?? this.begin(key, entry, fetch);
    const old = older ?? (ageMs <= staleAgeMsMax ? value?.of : undefined);
    return old === undefined ? inFlight : this.orOld(inFlight, old);
  }

  /** The last value, however old. */
  peek(key: string): V | undefined {
    return this.entries.get(key)?.value?.of;
  }

  /** To be given while a request takes long, and not before. */
  putOld(key: string, of: V): void {
    const entry = this.entryOf(key);
    entry.value = { of, atMs: entry.value?.atMs ?? Number.NEGATIVE_INFINITY };
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
        const isKept = entry.value !== undefined && this.options.keepsAfter?.(error) === true;
        if (!isKept && this.entries.get(key) === entry) {
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
      const fail = (error: unknown): void => {
        if (this.options.keepsAfter?.(error) === true) {
          resolve(old);
        } else {
          reject(error);
        }
      };
      inFlight.then(resolve, fail).finally(() => timer.cancel());
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

/** Whether the server answers, told once for the page, and when it is asked again. */
import { type Signal, signal } from '@preact/signals';
import { nowMs } from './browser-clock.ts';

export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'here' }
  | { readonly state: 'away'; readonly since: number; readonly attempts: number };

export const connection: Signal<Connection> = signal({ state: 'connecting' });

/**
 * Since when the thread of the jobs does not answer the server, which itself is here: ms since the epoch;
 * `undefined` while it answers, or where the server does not tell.
 */
export const jobsThreadBusySince: Signal<number | undefined> = signal(undefined);

/** Where the server tells that; it answers this itself, whatever holds the thread. */
export const JOBS_THREAD_PATH = 'jobs-thread';

const RETRY_MS_MAX = 15_000;

export function serverAnswered(): void {
  if (connection.peek().state !== 'here') {
    connection.value = { state: 'here' };
  }
}

export function serverMissed(): void {
  const before = connection.peek();
  connection.value =
    before.state === 'away'
      ? { ...before, attempts: before.attempts + 1 }
      : { state: 'away', since: nowMs(), attempts: 1 };
}

/** Doubles from one second to fifteen. */
export function retryDelayMs(misses: number): number {
  return Math.min(RETRY_MS_MAX, 1000 * 2 ** Math.max(0, misses - 1));
}

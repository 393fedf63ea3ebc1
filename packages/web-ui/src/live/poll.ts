/**
 * Answers that are asked for again and again, shared by all that look at one path.
 *
 * - One request of a path is under way at most; while the page is hidden none is sent.
 * - The last answer stays while a new one is fetched and when that fails, so nothing jumps.
 * - While the thread of the jobs is held, an answer that is late is waited for; a server that is gone is told.
 * - An answer is kept a minute after the last one stopped looking, so going back shows it at once.
 */
import { RestError } from '@millrace/rest-client';
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { getJson, isAway, isLate } from '../rest/client.ts';
import { later, nowMs } from './browser-clock.ts';
import {
  JOBS_THREAD_PATH,
  jobsThreadBusySince,
  retryDelayMs,
  serverAnswered,
  serverMissed,
} from './connection.ts';

const KEPT_MS = 60_000;

export interface Poll<T> {
  readonly data: ReadonlySignal<T | undefined>;
  readonly error: ReadonlySignal<RestError | undefined>;
  /** When the data came, in milliseconds since the epoch; 0 before. */
  readonly updatedAt: ReadonlySignal<number>;
}

/** How often is asked where a page does not say: the server's `web.refresh-interval`. */
export const refreshIntervalMs: Signal<number> = signal(3000);

/** Of one path; components take it by `usePoll`. */
export class SharedPoll implements Poll<unknown> {
  readonly data: Signal<unknown> = signal(undefined);
  readonly error: Signal<RestError | undefined> = signal(undefined);
  readonly updatedAt: Signal<number> = signal(0);
  intervalMs: number = Number.POSITIVE_INFINITY;
  private readonly path: string;
  private viewers = 0;
  private misses = 0;
  private underWay: AbortController | undefined;
  private callOff: () => void = () => {};
  private forget: () => void = () => {};

  constructor(path: string) {
    this.path = path;
  }

  join(intervalMs: number): () => void {
    this.viewers += 1;
    this.intervalMs = Math.min(this.intervalMs, intervalMs);
    this.forget();
    if (this.viewers === 1 && nowMs() - this.updatedAt.peek() >= Math.min(1000, intervalMs)) {
      this.ask();
    } else if (this.viewers === 1) {
      this.askLater(this.intervalMs);
    }
    return () => this.leave();
  }

  ask(): void {
    this.callOff();
    if (this.underWay !== undefined || this.viewers === 0) {
      return;
    }
    if (document.hidden) {
      return;
    }
    void this.fetch();
  }

  private async fetch(): Promise<void> {
    const abort = new AbortController();
    this.underWay = abort;
    try {
      this.data.value = await getJson(this.path, abort.signal);
      this.updatedAt.value = nowMs();
      this.error.value = undefined;
      this.misses = 0;
      serverAnswered();
    } catch (error) {
      this.failed(error, abort);
    }
    if (this.underWay === abort) {
      this.underWay = undefined;
    }
    this.askLater(this.misses > 0 ? retryDelayMs(this.misses) : this.intervalMs);
  }

  private failed(error: unknown, abort: AbortController): void {
    if (abort.signal.aborted) {
      return;
    }
    const told = error instanceof RestError ? error : new RestError('REST_FAILED', String(error));
    const isHeld = jobsThreadBusySince.peek() !== undefined && this.path !== JOBS_THREAD_PATH;
    if (isHeld && isLate(told)) {
      return; // It was waited for long enough to ask anew; the page tells what it waits for.
    }
    this.error.value = told;
    if (isAway(told)) {
      this.misses += 1;
      serverMissed();
    } else {
      this.misses = 0;
      serverAnswered();
    }
  }

  private askLater(delayMs: number): void {
    if (this.viewers > 0 && Number.isFinite(delayMs)) {
      this.callOff();
      this.callOff = later(delayMs, () => this.ask());
    }
  }

  private leave(): void {
    this.viewers -= 1;
    if (this.viewers === 0) {
      this.callOff();
      this.underWay?.abort();
      this.underWay = undefined;
      this.intervalMs = Number.POSITIVE_INFINITY;
      this.forget = later(KEPT_MS, () => polls.delete(this.path));
    }
  }
}

const polls = new Map<string, SharedPoll>();
const NOTHING: Poll<never> = {
  data: signal(undefined),
  error: signal(undefined),
  updatedAt: signal(0),
};

/** The answer of a path, asked for each `intervalMs` while the component is there; `Infinity` asks once. */
export function usePoll<T>(path: string | undefined, intervalMs?: number): Poll<T> {
  const every = intervalMs ?? refreshIntervalMs.value;
  useEffect(() => (path === undefined ? undefined : shared(path).join(every)), [path, every]);
  return (path === undefined ? NOTHING : shared(path)) as Poll<T>;
}

/** Asks anew for all that is looked at: after an action, or when the person says so. */
export function refreshAll(): void {
  for (const poll of polls.values()) {
    poll.ask();
  }
}

/** Asks anew for one path that is looked at. */
export function refresh(path: string): void {
  polls.get(path)?.ask();
}

function shared(path: string): SharedPoll {
  let poll = polls.get(path);
  if (poll === undefined) {
    poll = new SharedPoll(path);
    polls.set(path, poll);
  }
  return poll;
}

/** Call once: asks anew when the page comes to the front. */
export function watchVisibility(): void {
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) {
      refreshAll();
    }
  });
}

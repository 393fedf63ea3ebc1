/**
 * Async I/O whose completions come in an order that the function decides, not chance: it keeps
 * requests until a group of four is there, then completes them in another order.
 *
 * Java: lab.jobs.AsyncJobs.
 */
import {
  AsyncDataStream,
  AsyncRetryStrategies,
  type AsyncRetryStrategy,
  type ResultFuture,
  RichAsyncFunction,
} from 'millrace';
import type { Event } from './event.ts';
import { type Jobs, program } from './job.ts';
import { text } from './text.ts';

const ORDER = [2, 0, 3, 1];

class Shuffled extends RichAsyncFunction<Event, string> {
  private waiting: (() => void)[] = [];

  override asyncInvoke({ key, seq, value }: Event, result: ResultFuture<string>): void {
    const line = text(key, `#${seq}`);
    const answers = [[], [line], [`${line} a`, `${line} b`]][value % 3] as string[];
    this.waiting.push(() => result.complete(answers));
    if (this.waiting.length === ORDER.length) {
      for (const index of ORDER) {
        this.waiting[index]?.();
      }
      this.waiting = [];
    }
  }
}

/** Records that are never answered run into the timeout. */
class SometimesNever extends RichAsyncFunction<Event, string> {
  override asyncInvoke({ key, seq, value }: Event, result: ResultFuture<string>): void {
    if (value % 4 !== 0) {
      result.complete([text(key, `#${seq}`)]);
    }
  }

  override timeout({ key, seq }: Event, result: ResultFuture<string>): void {
    result.complete([text(key, `#${seq}`, 'timed-out')]);
  }
}

class TryAgain extends Error {}

/** Answers nothing or fails at first; how often a record is tried depends on its value. */
class Flaky extends RichAsyncFunction<Event, string> {
  private readonly attempts = new Map<number, number>();

  override asyncInvoke({ key, seq, value }: Event, result: ResultFuture<string>): void {
    const attempt = (this.attempts.get(seq) ?? 0) + 1;
    this.attempts.set(seq, attempt);
    if (attempt > value % 4) {
      result.complete([text(key, `#${seq}`, 'attempt', attempt)]);
    } else if (value % 8 < 4) {
      result.complete([]);
    } else if (attempt < 3) {
      result.completeExceptionally(new TryAgain());
    } else {
      result.complete([text(key, `#${seq}`, 'gave-up', attempt)]);
    }
  }
}

function retries(backoffTime: number): AsyncRetryStrategy<string> {
  return AsyncRetryStrategies.fixedDelay<string>({
    maxAttempts: 3,
    backoffTime,
    ifResult: (results) => results.length === 0,
    ifException: (error) => error instanceof TryAgain,
  });
}

export const ASYNC_JOBS: Jobs = {
  async: program((events, out) => {
    const options = { capacity: 20 };
    out.write('ordered', AsyncDataStream.orderedWait(events, new Shuffled(), '1 h', options));
    out.write('unordered', AsyncDataStream.unorderedWait(events, new Shuffled(), '1 h', options));
  }),

  'async-timeout': program((events, out) => {
    out.write('result', AsyncDataStream.orderedWait(events, new SometimesNever(), '50 ms'));
  }),

  // One at a time, so that all but the last record are done before the input ends.
  'async-retry': program((events, out) => {
    const options = { capacity: 1, retryStrategy: retries(5) };
    out.write('result', AsyncDataStream.orderedWaitWithRetry(events, new Flaky(), '1 h', options));
  }),

  // The end of the input is the first time that anything is tried again, and the last.
  'async-retry-at-end': program((events, out) => {
    const tryable = events.filter(({ value }) => value % 8 < 4);
    const options = { capacity: 1000, retryStrategy: retries(3_600_000) };
    out.write(
      'result',
      AsyncDataStream.unorderedWaitWithRetry(tryable, new Flaky(), '10 h', options),
    );
  }),
};

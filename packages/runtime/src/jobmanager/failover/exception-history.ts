/**
 * What has failed a job and its tasks, for people.
 *
 * Invariants:
 * - A failure that the job restarts from stands for itself, under the task that failed; one that it does
 *   not is one of the job, with that of the task beside it.
 * - What else fails in the course of a failure stands beside it: on its own it would not have counted.
 * - Only text is kept.
 *
 * Flink: BoundedFIFOQueue of RootExceptionHistoryEntry in SchedulerBase, FailureHandlingResultSnapshot,
 * ExecutionFailureHandler.
 */
import { type Clock, errorCode, errorMessage } from '@millrace/core';
import type {
  ExceptionEntry,
  ExceptionInfo,
  JobExceptionHistory,
  RootExceptionEntry,
} from '../../gateway/job-exceptions.ts';

/** Where a task was when it failed. */
export type FailedTask = Pick<
  ExceptionEntry,
  'taskName' | 'vertexId' | 'subtask' | 'attempt' | 'taskManagerId' | 'endpoint'
>;

const NO_TASK: FailedTask = {
  taskName: undefined,
  vertexId: undefined,
  subtask: undefined,
  attempt: undefined,
  taskManagerId: undefined,
  endpoint: undefined,
};

/** More that fail at once say nothing new. */
const CONCURRENT_MAX = 64;
/** Of one stack, with its causes. */
const STACKTRACE_LENGTH_MAX = 32_768;

interface Root extends Omit<RootExceptionEntry, 'concurrentExceptions'> {
  readonly concurrentExceptions: ExceptionEntry[];
}

export class ExceptionHistory {
  private readonly clock: Pick<Clock, 'now'>;
  private readonly size: number;
  /** Newest first. */
  private readonly roots: Root[] = [];
  private truncated = false;
  /** A task has failed, and nobody has said yet whether it restarts. */
  private open: { readonly error: unknown; readonly root: Root } | undefined;
  private failureCause: ExceptionInfo | undefined;
  /** Whoever comes with one again says nothing new. */
  private readonly noted = new WeakSet<object>();

  /** @param size - `web.exception-history-size`, at least 1 */
  constructor(clock: Pick<Clock, 'now'>, size: number) {
    this.clock = clock;
    this.size = size;
  }

  /** The first of an attempt of its region to fail. Followed by `restarts` or `failed`. */
  taskFailed(error: unknown, task: FailedTask | undefined): void {
    if (this.isNoted(error)) {
      return;
    }
    if (this.open === undefined) {
      const entry = { ...this.describe(error), ...NO_TASK, ...task };
      this.open = { error, root: { ...entry, concurrentExceptions: [] } };
    } else {
      this.addConcurrent(error, task);
    }
  }

  /** Another, until all of its attempt were closed. */
  alsoFailed(error: unknown, task: FailedTask | undefined): void {
    if (!this.isNoted(error)) {
      this.addConcurrent(error, task);
    }
  }

  private addConcurrent(error: unknown, task: FailedTask | undefined): void {
    const root = this.open?.root ?? this.roots[0];
    if (root !== undefined && root.concurrentExceptions.length < CONCURRENT_MAX) {
      root.concurrentExceptions.push({ ...this.describe(error), ...NO_TASK, ...task });
    }
  }

  /** The job, or a region of it, starts again. */
  restarts(error: unknown): void {
    const root = this.take(error);
    this.add(root);
    this.failureCause = root;
  }

  /** It does not. @param why - in the words of a sentence */
  failed(error: unknown, why: string): void {
    const { concurrentExceptions, ...task } = this.take(error);
    const described = this.describe(error);
    const isOfTask = task.taskName !== undefined;
    const info = {
      exceptionName: 'JobException',
      message: why,
      stacktrace: `JobException: ${why}\nCaused by: ${described.stacktrace}`,
      timestamp: described.timestamp,
    };
    this.add({
      ...info,
      ...NO_TASK,
      concurrentExceptions: [...(isOfTask ? [task] : []), ...concurrentExceptions],
    });
    this.failureCause = info;
  }

  snapshot(): JobExceptionHistory {
    const entries = this.roots.map((root) => ({
      ...root,
      concurrentExceptions: [...root.concurrentExceptions],
    }));
    return { entries, truncated: this.truncated, failureCause: this.failureCause };
  }

  private isNoted(error: unknown): boolean {
    if (typeof error !== 'object' || error === null) {
      return false;
    }
    const isNoted = this.noted.has(error);
    this.noted.add(error);
    return isNoted;
  }

  private take(error: unknown): Root {
    const { open } = this;
    this.open = undefined;
    if (open !== undefined && open.error === error) {
      return open.root;
    }
    const { concurrentExceptions: beside = [], ...first } = open?.root ?? {};
    const concurrentExceptions = open === undefined ? [] : [first as ExceptionEntry, ...beside];
    return { ...this.describe(error), ...NO_TASK, concurrentExceptions };
  }

  private add(root: Root): void {
    this.roots.unshift(root);
    if (this.roots.length > this.size) {
      this.roots.length = this.size;
      this.truncated = true;
    }
  }

  private describe(error: unknown): ExceptionInfo {
    return { ...exceptionInfo(error), timestamp: this.clock.now() };
  }
}

/** What failed is named by what was thrown, not by what wraps it to say where. */
export function exceptionInfo(thrown: unknown): Omit<ExceptionInfo, 'timestamp'> {
  const wraps = errorCode(thrown) === 'TASK_FAILED' && (thrown as Error).cause !== undefined;
  const error = wraps ? (thrown as Error).cause : thrown;
  const stacktrace = stackOf(error).slice(0, STACKTRACE_LENGTH_MAX);
  if (!(error instanceof Error)) {
    return { exceptionName: typeof error, message: errorMessage(error), stacktrace };
  }
  const code = errorCode(error);
  const named = code === 'USER_FUNCTION_FAILED' ? (error.cause ?? error) : error;
  const name = named instanceof Error ? (errorCode(named) ?? named.name) : typeof named;
  return { exceptionName: name, message: error.message, stacktrace };
}

/** With its causes, as Java prints them. */
function stackOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) {
    return errorMessage(error);
  }
  const stack = error.stack ?? `${error.name}: ${error.message}`;
  const ends = error.cause === undefined || depth === 10;
  return ends ? stack : `${stack}\nCaused by: ${stackOf(error.cause, depth + 1)}`;
}

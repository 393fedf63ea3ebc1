/** What has failed a job or a part of it. Flink: ExceptionHistoryEntry, RootExceptionHistoryEntry. */

/** Newest first; bounded by `web.exception-history-size`. */
export interface JobExceptionHistory {
  readonly entries: readonly RootExceptionEntry[];
  /** Older ones were dropped. */
  readonly truncated: boolean;
  /** Why the job failed for good, or is failing; with all its causes as text. */
  readonly failureCause: ExceptionInfo | undefined;
}

export interface ExceptionInfo {
  /** The class, or the code of an error of ours. */
  readonly exceptionName: string;
  readonly message: string;
  /** With the stacks of its causes. */
  readonly stacktrace: string;
  /** ms since the epoch. */
  readonly timestamp: number;
}

export interface ExceptionEntry extends ExceptionInfo {
  /** `Map (1/2)`; `undefined` when no task failed but the job. */
  readonly taskName: string | undefined;
  readonly vertexId: string | undefined;
  readonly subtask: number | undefined;
  readonly attempt: number | undefined;
  readonly taskManagerId: string | undefined;
  /** `host:port` of the task manager. */
  readonly endpoint: string | undefined;
}

/** What began a failure, and what failed in its course. */
export interface RootExceptionEntry extends ExceptionEntry {
  readonly concurrentExceptions: readonly ExceptionEntry[];
}

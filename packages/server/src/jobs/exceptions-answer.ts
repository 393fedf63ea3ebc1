/**
 * What has failed a job. `root-exception` and `all-exceptions` are Flink's older fields: why the job
 * failed for good, and with which tasks.
 *
 * Flink: JobExceptionsHandler.
 */
import type { ExceptionEntry, JobDetails, RootExceptionEntry } from '@millrace/runtime';

export interface ExceptionsQuery {
  /** Of entries and of rows of `all-exceptions`. */
  readonly max: number;
  /** Failures are not labelled here, so that those with a label are none. */
  readonly withLabels: boolean;
}

export function exceptionsAnswer(details: JobDetails, { max, withLabels }: ExceptionsQuery) {
  const { entries = [], truncated = false, failureCause } = details.exceptions ?? {};
  const ofTasks = failureCause === undefined ? [] : tasksOf(entries[0]);
  const shown = withLabels ? [] : entries;
  return {
    'root-exception': failureCause?.stacktrace ?? null,
    timestamp: failureCause?.timestamp ?? null,
    'all-exceptions': ofTasks.slice(0, max).map(failedTask),
    truncated: ofTasks.length > max,
    exceptionHistory: {
      entries: shown.slice(0, max).map((entry) => ({
        ...exceptionInfo(entry),
        concurrentExceptions: entry.concurrentExceptions.map(exceptionInfo),
      })),
      truncated: truncated || shown.length > max,
    },
  };
}

function tasksOf(entry: RootExceptionEntry | undefined): readonly ExceptionEntry[] {
  return entry === undefined
    ? []
    : [entry, ...entry.concurrentExceptions].filter(({ taskName }) => taskName !== undefined);
}

function failedTask(entry: ExceptionEntry) {
  const place = entry.endpoint ?? '(unassigned)';
  return {
    exception: entry.stacktrace,
    task: entry.taskName?.replace(/ - execution #\d+$/, '') ?? '',
    location: place,
    endpoint: place,
    timestamp: entry.timestamp,
    taskManagerId: entry.taskManagerId ?? '(unassigned)',
  };
}

function exceptionInfo(entry: ExceptionEntry) {
  const { exceptionName, stacktrace, timestamp, taskName, endpoint, taskManagerId } = entry;
  return {
    ...{ exceptionName, stacktrace, timestamp },
    failureLabels: {},
    ...(taskName === undefined ? {} : { taskName }),
    ...(endpoint === undefined ? {} : { location: endpoint, endpoint }),
    ...(taskManagerId === undefined ? {} : { taskManagerId }),
  };
}

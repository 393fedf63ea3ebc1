/** What is told of one vertex and its subtasks. */
import type { JobDetails, JobVertexDetails } from '@millrace/runtime';
import {
  type Attempt,
  aggregateState,
  countsOf,
  ioMetricsOf,
  stateOf,
  statusDurations,
  timeSinceScheduled,
  timesOf,
  timestampsByState,
} from './executions.ts';
import { summaryOf } from './statistics.ts';

const UNASSIGNED = '(unassigned)';

export function vertexAnswer(vertex: JobVertexDetails, nowMs: number) {
  const { id, name, parallelism, maxParallelism, subtasks } = vertex;
  return {
    ...{ id, name, parallelism, maxParallelism },
    now: nowMs,
    subtasks: subtasks.map((subtask) => attemptAnswer(subtask, nowMs)),
    aggregated: aggregatedAnswer(subtasks, nowMs),
  };
}

export function attemptAnswer(attempt: Attempt, nowMs: number) {
  const times = timesOf([attempt], nowMs);
  return {
    subtask: attempt.subtask,
    status: stateOf(attempt),
    attempt: attempt.attempt ?? 0,
    ...placeOf(attempt),
    ...times,
    metrics: ioMetricsOf([attempt]),
    'taskmanager-id': attempt.taskManagerId ?? UNASSIGNED,
    'status-duration': statusDurations(attempt, nowMs),
    start_time: times['start-time'],
  };
}

export function timesAnswer({ id, name, subtasks }: JobVertexDetails, nowMs: number) {
  return {
    ...{ id, name },
    now: nowMs,
    subtasks: subtasks.map((subtask) => ({
      subtask: subtask.subtask,
      ...placeOf(subtask),
      duration: timeSinceScheduled(subtask, nowMs),
      timestamps: timestampsByState(subtask),
    })),
  };
}

export function taskManagersAnswer({ id, name, subtasks }: JobVertexDetails, nowMs: number) {
  return {
    ...{ id, name },
    now: nowMs,
    taskmanagers: Array.from(groupByEndpoint(subtasks), ([endpoint, there]) => ({
      host: endpoint,
      endpoint,
      status: aggregateState(there),
      ...timesOf(there, nowMs),
      metrics: ioMetricsOf(there),
      'status-counts': countsOf(there.map(stateOf)),
      'taskmanager-id': there[0]?.taskManagerId ?? UNASSIGNED,
      aggregated: aggregatedAnswer(there, nowMs),
    })),
  };
}

export function accumulatorsAnswer({ id, parallelism, subtasks }: JobVertexDetails) {
  return {
    ...{ id, parallelism },
    subtasks: subtasks.map((subtask) => ({
      subtask: subtask.subtask,
      attempt: subtask.attempt ?? 0,
      ...placeOf(subtask),
      'user-accumulators': [...subtask.accumulators],
    })),
  };
}

export function attemptAccumulatorsAnswer(
  { jobId }: JobDetails,
  vertexId: string,
  { subtask, attempt = 0, accumulators }: Attempt,
) {
  return {
    ...{ subtask, attempt },
    // Flink's begins with an id of the execution graph, of which there is one a job.
    id: `${jobId}_${vertexId}_${subtask}_${attempt}`,
    'user-accumulators': [...accumulators],
  };
}

function aggregatedAnswer(attempts: readonly Attempt[], nowMs: number) {
  return {
    metrics: summaries(attempts.map((attempt) => numbersOf(attempt))),
    'status-duration': summaries(
      attempts.map((attempt) =>
        Object.fromEntries(
          Object.entries(statusDurations(attempt, nowMs)).filter(
            ([, durationMs]) => durationMs >= 0,
          ),
        ),
      ),
    ),
  };
}

function numbersOf(attempt: Attempt): Record<string, number> {
  return Object.fromEntries(
    Object.entries(ioMetricsOf([attempt])).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    ),
  );
}

/** Of each name over those that have it. */
function summaries(
  records: readonly Record<string, number>[],
): Record<string, Record<string, number>> {
  const names = new Set(records.flatMap((record) => Object.keys(record)));
  return Object.fromEntries(
    Array.from(names, (name) => [
      name,
      summaryOf(records.map((record) => record[name]).filter((value) => value !== undefined)),
    ]),
  );
}

function placeOf({ endpoint }: Attempt): { readonly host: string; readonly endpoint: string } {
  if (endpoint === undefined) {
    return { host: UNASSIGNED, endpoint: UNASSIGNED };
  }
  return { host: endpoint.slice(0, endpoint.lastIndexOf(':')), endpoint };
}

function groupByEndpoint<T extends Attempt>(subtasks: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const subtask of subtasks) {
    const endpoint = subtask.endpoint ?? UNASSIGNED;
    groups.set(endpoint, [...(groups.get(endpoint) ?? []), subtask]);
  }
  return groups;
}

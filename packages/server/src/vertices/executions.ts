/**
 * Times and sums of the executions of a vertex, as Flink shows them.
 *
 * Flink: JobDetailsHandler, ExecutionJobVertex.getAggregateJobVertexState, MutableIOMetrics,
 * StatusDurationUtils.
 */
import type { JobVertexDetails } from '@millrace/runtime';
import { EXECUTION_STATES, type ShownExecutionState } from '../schema/executions.ts';

export type Subtask = JobVertexDetails['subtasks'][number];
export type Attempt = Subtask['earlierAttempts'][number];

const TERMINAL: ReadonlySet<ShownExecutionState> = new Set(['FINISHED', 'CANCELED', 'FAILED']);
/** Those whose length is shown. */
const PASSING = ['CREATED', 'SCHEDULED', 'DEPLOYING', 'INITIALIZING', 'RUNNING'] as const;

export function stateOf(attempt: Attempt): ShownExecutionState {
  return attempt.state ?? 'CREATED';
}

function timestampOf(attempt: Attempt, state: ShownExecutionState): number {
  return state === 'RECONCILING' ? 0 : (attempt.stateTimestamps[state] ?? 0);
}

export interface Times {
  readonly 'start-time': number;
  readonly 'end-time': number;
  readonly duration: number;
}

/** From the first deployment to the end of all; -1 what has not come. */
export function timesOf(attempts: readonly Attempt[], nowMs: number): Times {
  const started = attempts
    .map((attempt) => timestampOf(attempt, 'DEPLOYING'))
    .filter((time) => time > 0);
  if (started.length === 0) {
    return { 'start-time': -1, 'end-time': -1, duration: -1 };
  }
  const startTime = Math.min(...started);
  const allEnded = attempts.every((attempt) => TERMINAL.has(stateOf(attempt)));
  const endTime = allEnded
    ? Math.max(...attempts.map((attempt) => timestampOf(attempt, stateOf(attempt))))
    : -1;
  return {
    'start-time': startTime,
    'end-time': endTime,
    duration: (allEnded ? endTime : nowMs) - startTime,
  };
}

export function countsOf(states: readonly ShownExecutionState[]): Record<string, number> {
  const counts = Object.fromEntries(EXECUTION_STATES.map((state) => [state, 0]));
  for (const state of states) {
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

/** What is said of all by one state: the worst first. */
export function aggregateState(attempts: readonly Attempt[]): ShownExecutionState {
  const states = attempts.map(stateOf);
  const worst = (['FAILED', 'CANCELING', 'CANCELED', 'INITIALIZING', 'RUNNING'] as const).find(
    (state) => states.includes(state),
  );
  if (worst !== undefined || !states.includes('FINISHED')) {
    return worst ?? 'CREATED';
  }
  return states.every((state) => state === 'FINISHED') ? 'FINISHED' : 'RUNNING';
}

export function ioMetricsOf(attempts: readonly Attempt[]) {
  const sum = (value: (attempt: Attempt) => number) =>
    attempts.reduce((total, attempt) => total + value(attempt), 0);
  return {
    'read-bytes': sum(({ numBytesIn }) => numBytesIn),
    'read-bytes-complete': true,
    'write-bytes': sum(({ numBytesOut }) => numBytesOut),
    'write-bytes-complete': true,
    'read-records': sum(({ numRecordsIn }) => numRecordsIn),
    'read-records-complete': true,
    'write-records': sum(({ numRecordsOut }) => numRecordsOut),
    'write-records-complete': true,
    'accumulated-backpressured-time': sum(
      ({ accumulatedBackPressuredTimeMs }) => accumulatedBackPressuredTimeMs,
    ),
    'accumulated-idle-time': sum(({ accumulatedIdleTimeMs }) => accumulatedIdleTimeMs),
    'accumulated-busy-time': sum(({ accumulatedBusyTimeMs }) => accumulatedBusyTimeMs),
  };
}

/** How long it was in each state; -1 for those that it was not in. */
export function statusDurations(attempt: Attempt, nowMs: number): Record<string, number> {
  const moments = EXECUTION_STATES.map((state) => timestampOf(attempt, state)).filter(
    (time) => time > 0,
  );
  return Object.fromEntries(
    PASSING.map((state, index) => {
      const begin = timestampOf(attempt, state);
      if (begin === 0) {
        return [state, -1];
      }
      const laterStates = PASSING.slice(index + 1).map((later) => timestampOf(attempt, later));
      const after = [
        ...laterStates.filter((time) => time >= begin && time > 0),
        ...moments.filter((time) => time > begin),
      ];
      const isNow = stateOf(attempt) === state;
      return [state, (isNow || after.length === 0 ? nowMs : Math.min(...after)) - begin];
    }),
  );
}

export function timestampsByState(attempt: Attempt): Record<string, number> {
  return Object.fromEntries(EXECUTION_STATES.map((state) => [state, timestampOf(attempt, state)]));
}

/** From its scheduling on. Flink: SubtasksTimesHandler. */
export function timeSinceScheduled(attempt: Attempt, nowMs: number): number {
  const begin = timestampOf(attempt, 'SCHEDULED');
  if (begin === 0) {
    return -1;
  }
  const state = stateOf(attempt);
  return (TERMINAL.has(state) ? timestampOf(attempt, state) : nowMs) - begin;
}

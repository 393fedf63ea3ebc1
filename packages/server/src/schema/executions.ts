/** How executions are shown, in answers of jobs and of vertices. */
import { Type } from 'typebox';
import { Double, Long, OneOf } from './values.ts';

/** Flink's order of its enum. `RECONCILING` is there for clients: nothing is in it. */
export const EXECUTION_STATES = [
  'CREATED',
  'SCHEDULED',
  'DEPLOYING',
  'RUNNING',
  'FINISHED',
  'CANCELING',
  'CANCELED',
  'FAILED',
  'RECONCILING',
  'INITIALIZING',
] as const;

export const JOB_STATUSES = [
  'INITIALIZING',
  'CREATED',
  'RUNNING',
  'FAILING',
  'FAILED',
  'CANCELLING',
  'CANCELED',
  'FINISHED',
  'RESTARTING',
  'SUSPENDED',
  'RECONCILING',
] as const;

export type ShownExecutionState = (typeof EXECUTION_STATES)[number];
export type ShownJobStatus = (typeof JOB_STATUSES)[number];

export const ExecutionState = OneOf(EXECUTION_STATES);
export const JobStatus = OneOf(JOB_STATUSES);

/** A number of each state. */
export const CountsByState = Type.Record(Type.String(), Type.Integer());

/** Flink: IOMetricsInfo. */
export const IOMetricsInfo = Type.Object(
  {
    'read-bytes': Long(),
    'read-bytes-complete': Type.Boolean(),
    'write-bytes': Long(),
    'write-bytes-complete': Type.Boolean(),
    'read-records': Long(),
    'read-records-complete': Type.Boolean(),
    'write-records': Long(),
    'write-records-complete': Type.Boolean(),
    'accumulated-backpressured-time': Long(),
    'accumulated-idle-time': Long(),
    'accumulated-busy-time': Double(),
  },
  { title: 'IOMetricsInfo' },
);

/** Flink: UserAccumulator, UserTaskAccumulator. */
export const UserAccumulator = Type.Object(
  { name: Type.String(), type: Type.String(), value: Type.String() },
  { title: 'UserAccumulator' },
);

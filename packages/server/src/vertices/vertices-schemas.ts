/** Flink's answers of the same names. */
import { Type } from 'typebox';
import {
  CountsByState,
  ExecutionState,
  IOMetricsInfo,
  UserAccumulator,
} from '../schema/executions.ts';
import { HexId, Int, Long } from '../schema/values.ts';

const LongsByName = Type.Record(Type.String(), Long());

export const AggregatedTaskDetailsInfo = Type.Object(
  {
    metrics: Type.Record(Type.String(), LongsByName),
    'status-duration': Type.Record(Type.String(), LongsByName),
  },
  { title: 'AggregatedTaskDetailsInfo' },
);

export const SubtaskExecutionAttemptDetailsInfo = Type.Object(
  {
    subtask: Int(),
    status: ExecutionState,
    attempt: Int(),
    host: Type.String(),
    endpoint: Type.String(),
    'start-time': Long(),
    'end-time': Long(),
    duration: Long(),
    metrics: IOMetricsInfo,
    'taskmanager-id': Type.String(),
    'status-duration': LongsByName,
    start_time: Long(),
  },
  { title: 'SubtaskExecutionAttemptDetailsInfo' },
);

export const JobVertexDetailsInfo = Type.Object(
  {
    id: HexId(),
    name: Type.String(),
    parallelism: Int(),
    maxParallelism: Int(),
    now: Long(),
    subtasks: Type.Array(SubtaskExecutionAttemptDetailsInfo),
    aggregated: AggregatedTaskDetailsInfo,
  },
  { title: 'JobVertexDetailsInfo' },
);

export const JobVertexAccumulatorsInfo = Type.Object(
  { id: Type.String(), 'user-accumulators': Type.Array(UserAccumulator) },
  { title: 'JobVertexAccumulatorsInfo' },
);

export const SubtasksTimesInfo = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    now: Long(),
    subtasks: Type.Array(
      Type.Object({
        subtask: Int(),
        host: Type.String(),
        endpoint: Type.String(),
        duration: Long(),
        timestamps: LongsByName,
      }),
    ),
  },
  { title: 'SubtasksTimesInfo' },
);

export const JobVertexTaskManagersInfo = Type.Object(
  {
    id: HexId(),
    name: Type.String(),
    now: Long(),
    taskmanagers: Type.Array(
      Type.Object({
        host: Type.String(),
        endpoint: Type.String(),
        status: ExecutionState,
        'start-time': Long(),
        'end-time': Long(),
        duration: Long(),
        metrics: IOMetricsInfo,
        'status-counts': CountsByState,
        'taskmanager-id': Type.String(),
        aggregated: AggregatedTaskDetailsInfo,
      }),
    ),
  },
  { title: 'JobVertexTaskManagersInfo' },
);

export const SubtasksAllAccumulatorsInfo = Type.Object(
  {
    id: HexId(),
    parallelism: Int(),
    subtasks: Type.Array(
      Type.Object({
        subtask: Int(),
        attempt: Int(),
        host: Type.String(),
        endpoint: Type.String(),
        'user-accumulators': Type.Array(UserAccumulator),
      }),
    ),
  },
  { title: 'SubtasksAllAccumulatorsInfo' },
);

export const SubtaskExecutionAttemptAccumulatorsInfo = Type.Object(
  {
    subtask: Int(),
    attempt: Int(),
    id: Type.String(),
    'user-accumulators': Type.Array(UserAccumulator),
  },
  { title: 'SubtaskExecutionAttemptAccumulatorsInfo' },
);

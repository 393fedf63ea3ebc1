/** Flink's answers of the same names. */
import { Type } from 'typebox';
import { QueueStatus, SerializedThrowable } from '../schema/answers.ts';
import {
  CountsByState,
  ExecutionState,
  IOMetricsInfo,
  JobStatus,
  UserAccumulator,
} from '../schema/executions.ts';
import { HexId, Int, Long, Nullable, OneOf } from '../schema/values.ts';

const JobType = OneOf(['BATCH', 'STREAMING']);

export const JobIdsWithStatusOverview = Type.Object(
  { jobs: Type.Array(Type.Object({ id: HexId(), status: JobStatus })) },
  { title: 'JobIdsWithStatusOverview' },
);

export const MultipleJobsDetails = Type.Object(
  {
    jobs: Type.Array(
      Type.Object({
        jid: HexId(),
        name: Type.String(),
        'start-time': Long(),
        'end-time': Long(),
        duration: Long(),
        state: JobStatus,
        'last-modification': Long(),
        tasks: CountsByState,
      }),
    ),
  },
  { title: 'MultipleJobsDetails' },
);

const JobPlan = Type.Object(
  {
    jid: HexId(),
    name: Type.String(),
    type: JobType,
    nodes: Type.Array(
      Type.Object({
        id: HexId(),
        parallelism: Int(),
        operator: Type.String(),
        operator_strategy: Type.String(),
        description: Type.String(),
        inputs: Type.Optional(
          Type.Array(
            Type.Object({
              num: Int(),
              id: HexId(),
              ship_strategy: Type.String(),
              local_strategy: Type.Optional(Type.String()),
              caching: Type.Optional(Type.String()),
              exchange: Type.String(),
            }),
          ),
        ),
        optimizer_properties: Type.Object({}),
      }),
    ),
  },
  { title: 'JobPlan' },
);

export const JobPlanInfo = Type.Object({ plan: JobPlan }, { title: 'JobPlanInfo' });

export const JobDetailsInfo = Type.Object(
  {
    jid: HexId(),
    name: Type.String(),
    isStoppable: Type.Boolean(),
    state: JobStatus,
    'job-type': JobType,
    'start-time': Long(),
    'end-time': Long(),
    duration: Long(),
    maxParallelism: Long(),
    now: Long(),
    timestamps: Type.Record(Type.String(), Long()),
    vertices: Type.Array(
      Type.Object({
        id: HexId(),
        slotSharingGroupId: HexId(),
        name: Type.String(),
        maxParallelism: Int(),
        parallelism: Int(),
        status: ExecutionState,
        'start-time': Long(),
        'end-time': Long(),
        duration: Long(),
        tasks: CountsByState,
        metrics: IOMetricsInfo,
      }),
    ),
    'status-counts': CountsByState,
    plan: JobPlan,
  },
  { title: 'JobDetailsInfo' },
);

export const JobStatusInfo = Type.Object({ status: JobStatus }, { title: 'JobStatusInfo' });

export const JobConfigInfo = Type.Object(
  {
    jid: HexId(),
    name: Type.String(),
    'execution-config': Type.Object({
      'execution-mode': Type.String(),
      'restart-strategy': Type.String(),
      'job-parallelism': Int(),
      'object-reuse-mode': Type.Boolean(),
      'user-config': Type.Record(Type.String(), Type.String()),
    }),
  },
  { title: 'JobConfigInfo' },
);

export const JobAccumulatorsInfo = Type.Object(
  {
    'job-accumulators': Type.Array(Type.Unknown()),
    'user-task-accumulators': Type.Array(UserAccumulator),
    'serialized-user-task-accumulators': Type.Record(Type.String(), Type.String()),
  },
  { title: 'JobAccumulatorsInfo' },
);

const ExceptionFields = {
  exceptionName: Type.String(),
  stacktrace: Type.String(),
  timestamp: Long(),
  failureLabels: Type.Record(Type.String(), Type.String()),
  taskName: Type.Optional(Type.String()),
  location: Type.Optional(Type.String()),
  endpoint: Type.Optional(Type.String()),
  taskManagerId: Type.Optional(Type.String()),
};

const ExceptionInfo = Type.Object(ExceptionFields, { title: 'ExceptionInfo' });

export const JobExceptionsInfoWithHistory = Type.Object(
  {
    'root-exception': Nullable(Type.String()),
    timestamp: Nullable(Long()),
    'all-exceptions': Type.Array(
      Type.Object({
        exception: Type.String(),
        task: Type.String(),
        location: Type.String(),
        endpoint: Type.String(),
        timestamp: Long(),
        taskManagerId: Type.String(),
      }),
    ),
    truncated: Type.Boolean(),
    exceptionHistory: Type.Object({
      entries: Type.Array(
        Type.Object(
          { ...ExceptionFields, concurrentExceptions: Type.Array(ExceptionInfo) },
          { title: 'RootExceptionInfo' },
        ),
      ),
      truncated: Type.Boolean(),
    }),
  },
  { title: 'JobExceptionsInfoWithHistory' },
);

const JobResult = Type.Object(
  {
    id: HexId(),
    'application-status': OneOf(['SUCCEEDED', 'FAILED', 'CANCELED', 'UNKNOWN']),
    'accumulator-results': Type.Record(Type.String(), Type.String()),
    'net-runtime': Long(),
    'failure-cause': Type.Optional(SerializedThrowable),
  },
  { title: 'JobResult' },
);

export const JobExecutionResultResponseBody = Type.Object(
  { status: QueueStatus, 'job-execution-result': Nullable(JobResult) },
  { title: 'JobExecutionResultResponseBody' },
);

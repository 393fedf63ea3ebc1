/** What the routes of metrics take and answer. */
import { type Static, Type } from 'typebox';
import { Double, HexId } from '../schema/values.ts';

export const JobParameters = Type.Object({ jobid: HexId() });
export const VertexParameters = Type.Object({ jobid: HexId(), vertexid: HexId() });
export const SubtaskParameters = Type.Object({
  ...VertexParameters.properties,
  subtaskindex: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 }),
});
export const TaskManagerParameters = Type.Object({ taskmanagerid: Type.String() });

const List = () => Type.Optional(Type.String({ description: 'With commas between.' }));

export const MetricsQuery = Type.Object({ get: List() });
export const AggregatedQuery = Type.Object({ get: List(), agg: List() });
export const JobsQuery = Type.Object({ ...AggregatedQuery.properties, jobs: List() });
export const TaskManagersQuery = Type.Object({
  ...AggregatedQuery.properties,
  taskmanagers: List(),
});
export const SubtasksQuery = Type.Object({ ...AggregatedQuery.properties, subtasks: List() });

export const MetricCollectionResponseBody = Type.Array(
  Type.Object({ id: Type.String(), value: Type.Optional(Type.String()) }),
  { title: 'MetricCollectionResponseBody' },
);

export const AggregatedMetricsResponseBody = Type.Array(
  Type.Object({
    id: Type.String(),
    min: Type.Optional(Double()),
    max: Type.Optional(Double()),
    avg: Type.Optional(Double()),
    sum: Type.Optional(Double()),
    skew: Type.Optional(Double()),
  }),
  { title: 'AggregatedMetricsResponseBody' },
);

const BackPressureLevel = () =>
  Type.Unsafe<'ok' | 'low' | 'high'>({ type: 'string', enum: ['ok', 'low', 'high'] });

export const JobVertexBackPressureInfo = Type.Object(
  {
    status: Type.Unsafe<'deprecated' | 'ok'>({ type: 'string', enum: ['deprecated', 'ok'] }),
    backpressureLevel: Type.Optional(BackPressureLevel()),
    'end-timestamp': Type.Optional(Type.Integer({ format: 'int64' })),
    subtasks: Type.Optional(
      Type.Array(
        Type.Object({
          subtask: Type.Integer({ format: 'int32' }),
          backpressureLevel: BackPressureLevel(),
          ratio: Double(),
          idleRatio: Double(),
          busyRatio: Double(),
          'backpressure-level': BackPressureLevel(),
        }),
      ),
    ),
    'backpressure-level': Type.Optional(BackPressureLevel()),
  },
  { title: 'JobVertexBackPressureInfo' },
);

export type BackPressureInfo = Static<typeof JobVertexBackPressureInfo>;

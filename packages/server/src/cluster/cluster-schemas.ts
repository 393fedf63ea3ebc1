/** Flink: DashboardConfiguration, ClusterOverviewWithVersion, ClusterDataSetListResponseBody. */
import { Type } from 'typebox';
import { Int, Long } from '../schema/values.ts';

export const DashboardConfiguration = Type.Object(
  {
    'refresh-interval': Long(),
    'timezone-name': Type.String(),
    'timezone-offset': Int(),
    'flink-version': Type.String(),
    'flink-revision': Type.String(),
    features: Type.Object({
      'web-submit': Type.Boolean(),
      'web-cancel': Type.Boolean(),
      'web-rescale': Type.Boolean(),
      'web-history': Type.Boolean(),
    }),
  },
  { title: 'DashboardConfiguration' },
);

export const ClusterOverviewWithVersion = Type.Object(
  {
    taskmanagers: Int(),
    'slots-total': Int(),
    'slots-available': Int(),
    'taskmanagers-blocked': Type.Optional(Int()),
    'slots-free-and-blocked': Type.Optional(Int()),
    'jobs-running': Int(),
    'jobs-finished': Int(),
    'jobs-cancelled': Int(),
    'jobs-failed': Int(),
    'flink-version': Type.String(),
    'flink-commit': Type.String(),
  },
  { title: 'ClusterOverviewWithVersion' },
);

export const ClusterDataSetListResponseBody = Type.Object(
  { dataSets: Type.Array(Type.Object({ id: Type.String(), isComplete: Type.Boolean() })) },
  { title: 'ClusterDataSetListResponseBody' },
);

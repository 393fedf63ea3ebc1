/** Answers about jobs and their vertices. */
import type {
  AggregatedMetricsResponseBody,
  JobDetailsInfo,
  JobPlan,
  MetricCollectionResponseBody,
  MultipleJobsDetails,
} from '@millrace/rest-client';

export type {
  ClusterOverviewWithVersion as ClusterOverview,
  DashboardConfiguration as DashboardConfig,
  ExceptionInfo,
  IOMetricsInfo as IoMetrics,
  JobConfigInfo as JobConfig,
  JobDetailsInfo as JobDetails,
  JobExceptionsInfoWithHistory as JobExceptions,
  JobPlan,
  JobVertexBackPressureInfo as BackPressure,
  JobVertexDetailsInfo as VertexDetails,
  MultipleJobsDetails as JobsOverview,
  SubtaskExecutionAttemptDetailsInfo as Subtask,
} from '@millrace/rest-client';
export type JobOverview = MultipleJobsDetails['jobs'][number];
export type JobState = JobOverview['state'];
export type JobVertex = JobDetailsInfo['vertices'][number];
export type PlanNode = JobPlan['nodes'][number];
export type AggregatedMetric = AggregatedMetricsResponseBody[number];
export type MetricValue = MetricCollectionResponseBody[number];

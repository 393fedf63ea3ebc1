/** What is told of a job. */
import type { JobDetails, JobOverview, JobVertexDetails } from '@millrace/runtime';
import { EXECUTION_STATES, JOB_STATUSES } from '../schema/executions.ts';
import { aggregateState, countsOf, ioMetricsOf, stateOf, timesOf } from '../vertices/executions.ts';

/** One row of `/jobs/overview`. */
export function overviewAnswer(job: JobOverview, nowMs: number) {
  const counts = EXECUTION_STATES.map(
    (state) =>
      [state.toLowerCase(), state === 'RECONCILING' ? 0 : (job.tasks[state] ?? 0)] as const,
  );
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  return {
    jid: job.jobId,
    name: job.jobName,
    'start-time': job.startTimeMs,
    'end-time': job.endTimeMs,
    duration: durationOf(job, nowMs),
    state: job.status,
    'last-modification': job.lastModificationMs,
    tasks: { total, ...Object.fromEntries(counts) },
  };
}

export function detailsAnswer(details: JobDetails, nowMs: number) {
  const vertices = details.vertices.map((vertex) => vertexRow(vertex, nowMs));
  return {
    jid: details.jobId,
    name: details.jobName,
    isStoppable: details.isStoppable,
    state: details.status,
    'job-type': details.jobType,
    'start-time': details.startTimeMs,
    'end-time': details.endTimeMs,
    duration: durationOf(details, nowMs),
    maxParallelism: details.maxParallelism,
    now: nowMs,
    timestamps: Object.fromEntries(
      JOB_STATUSES.map((status) => [
        status,
        status === 'RECONCILING' ? 0 : (details.statusTimestamps[status] ?? 0),
      ]),
    ),
    vertices,
    'status-counts': countsOf(vertices.map(({ status }) => status)),
    plan: planAnswer(details),
  };
}

export function planAnswer({ plan }: JobDetails) {
  return {
    ...plan,
    nodes: plan.nodes.map(({ inputs, ...node }) => ({
      ...node,
      ...(inputs === undefined ? {} : { inputs: inputs.map((input) => ({ ...input })) }),
    })),
  };
}

export function configAnswer({ jobId, jobName, executionConfig }: JobDetails) {
  return {
    jid: jobId,
    name: jobName,
    'execution-config': {
      'execution-mode': executionConfig.executionMode,
      'restart-strategy': executionConfig.restartStrategyDescription,
      'job-parallelism': executionConfig.parallelism,
      'object-reuse-mode': executionConfig.objectReuseEnabled,
      'user-config': { ...executionConfig.globalJobParameters },
    },
  };
}

function vertexRow(vertex: JobVertexDetails, nowMs: number) {
  const { id, slotSharingGroupId, name, maxParallelism, parallelism, subtasks } = vertex;
  return {
    ...{ id, slotSharingGroupId, name, maxParallelism, parallelism },
    status: aggregateState(subtasks),
    ...timesOf(subtasks, nowMs),
    tasks: countsOf(subtasks.map(stateOf)),
    metrics: ioMetricsOf(subtasks),
  };
}

function durationOf(
  { startTimeMs, endTimeMs }: Pick<JobOverview, 'startTimeMs' | 'endTimeMs'>,
  nowMs: number,
): number {
  return (endTimeMs > 0 ? endTimeMs : nowMs) - startTimeMs;
}

/**
 * What the JobManager measures of a job: how long it has been in which status, restarts, checkpoints.
 * Read from what is tracked anyway, when somebody asks.
 *
 * Flink: JobStatusMetrics, UpTimeGauge, DownTimeGauge, NumberOfRestarts gauges in SchedulerBase,
 * DeploymentStateTimeMetrics, CheckpointStatsTracker.registerMetrics.
 */
import type { Clock, GenericMetricGroup } from '@millrace/core';
import type { CheckpointStatsTracker } from '../checkpoint/checkpoint-statistics.ts';
import type { JobStatus } from '../gateway/job-details.ts';
import type { DeploymentTime } from './deployment-time.ts';
import type { JobStatusTracker } from './job-status-tracker.ts';

/** As `metrics.job.status.enable` names them. */
export type JobStatusMetric = 'STATE' | 'CURRENT_TIME' | 'TOTAL_TIME';

export interface MeasuredJob {
  readonly clock: Pick<Clock, 'now'>;
  readonly statuses: JobStatusTracker;
  readonly checkpoints: CheckpointStatsTracker;
  readonly executions: { readonly deploymentTime: DeploymentTime };
  readonly statusMetrics: readonly JobStatusMetric[];
  readonly numberOfRestarts: () => number;
}

/** Those that a job is in for a while. */
const MEASURED_STATUSES: readonly JobStatus[] = [
  'INITIALIZING',
  'CREATED',
  'RUNNING',
  'RESTARTING',
  'CANCELLING',
  'FAILING',
];

/** Nothing to say yet. */
const NONE = -1;

/** @param group - of the job, at the JobManager */
export function registerJobMetrics(group: GenericMetricGroup, job: MeasuredJob): void {
  for (const status of MEASURED_STATUSES) {
    registerStatus(group, status, job);
  }
  registerDeploying(group, job);
  group.gauge('uptime', () => upTimeMs(job));
  group.gauge('downtime', () => downTimeMs(job));
  group.gauge('numRestarts', job.numberOfRestarts);
  group.gauge('fullRestarts', job.numberOfRestarts);
  registerCheckpoints(group, job.checkpoints);
}

function registerStatus(
  group: GenericMetricGroup,
  status: JobStatus,
  { clock, statuses, statusMetrics }: MeasuredJob,
): void {
  const name = status.toLowerCase();
  if (statusMetrics.includes('STATE')) {
    group.gauge(`${name}State`, () => (statuses.status === status ? 1 : 0));
  }
  if (statusMetrics.includes('CURRENT_TIME')) {
    group.gauge(`${name}Time`, () => statuses.currentTimeMs(status, clock.now()));
  }
  if (statusMetrics.includes('TOTAL_TIME')) {
    group.gauge(`${name}TimeTotal`, () => statuses.totalTimeMs(status, clock.now()));
  }
}

/** Not a status of a job, but what it does while it is in one. */
function registerDeploying(
  group: GenericMetricGroup,
  { clock, executions: { deploymentTime }, statusMetrics }: MeasuredJob,
): void {
  if (statusMetrics.includes('STATE')) {
    group.gauge('deployingState', () => (deploymentTime.isDeploying ? 1 : 0));
  }
  if (statusMetrics.includes('CURRENT_TIME')) {
    group.gauge('deployingTime', () => deploymentTime.currentTimeMs(clock.now()));
  }
  if (statusMetrics.includes('TOTAL_TIME')) {
    group.gauge('deployingTimeTotal', () => deploymentTime.totalTimeMs(clock.now()));
  }
}

/** Since it runs without a break. */
function upTimeMs({ statuses, clock }: MeasuredJob): number {
  return statuses.isTerminal ? NONE : statuses.currentTimeMs('RUNNING', clock.now());
}

/** Since it last ran, while it is not running again. */
function downTimeMs({ statuses, clock }: MeasuredJob): number {
  const now = clock.now();
  return statuses.isTerminal
    ? NONE
    : statuses.currentTimeMs('FAILING', now) + statuses.currentTimeMs('RESTARTING', now);
}

function registerCheckpoints(group: GenericMetricGroup, checkpoints: CheckpointStatsTracker): void {
  group.gauge('totalNumberOfCheckpoints', () => checkpoints.counts.total);
  group.gauge('numberOfInProgressCheckpoints', () => checkpoints.counts.inProgress);
  group.gauge('numberOfCompletedCheckpoints', () => checkpoints.counts.completed);
  group.gauge('numberOfFailedCheckpoints', () => checkpoints.counts.failed);
  group.gauge(
    'lastCheckpointRestoreTimestamp',
    () => checkpoints.latestRestored?.restoredAt ?? NONE,
  );
  const last = () => checkpoints.latestCompleted;
  group.gauge('lastCheckpointDuration', () => last()?.endToEndDurationMs ?? NONE);
  group.gauge('lastCheckpointSize', () => last()?.checkpointedSizeBytes ?? NONE);
  group.gauge('lastCheckpointFullSize', () => last()?.stateSizeBytes ?? NONE);
  group.gauge('lastCheckpointProcessedData', () => last()?.bytesProcessedDuringAlignment ?? NONE);
  group.gauge('lastCheckpointPersistedData', () => last()?.bytesPersistedDuringAlignment ?? NONE);
  group.gauge('lastCheckpointExternalPath', () => last()?.externalPointer ?? 'n/a');
  group.gauge('lastCompletedCheckpointId', () => last()?.checkpointId ?? NONE);
}

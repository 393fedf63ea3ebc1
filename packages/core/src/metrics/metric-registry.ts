/**
 * All metrics of a process or thread, under Flink's scopes.
 *
 * Invariants:
 * - The group of a job, task or operator is the same over all attempts, so counters go on. The
 *   variables of the attempt are those of the last one.
 * - Whoever reads sees views as of now.
 *
 * Flink: MetricRegistryImpl, JobManagerMetricGroup, TaskManagerMetricGroup, TaskManagerJobMetricGroup, GenericMetricGroup,
 * InternalOperatorMetricGroup.
 */
import { GenericMetricGroup, type Metric, type MetricListener } from './generic-metric-group.ts';
import { dumpValue, type MetricDump } from './metric-dump.ts';
import type { View } from './metrics.ts';
import { ComponentScopes, type ScopeFormats } from './scope-format.ts';
import { ViewUpdater } from './view-updater.ts';

/** Longer names of operators are cut. Flink: METRICS_OPERATOR_NAME_MAX_LENGTH. */
const OPERATOR_NAME_LENGTH_MAX = 80;

export interface MetricRegistryOptions {
  /** Milliseconds. */
  readonly clock: { now(): number };
  readonly scopes: ScopeFormats;
  /** Between the names of an identifier. */
  readonly delimiter: string;
  readonly host: string;
  /** Of the task manager whose metrics these are: unique in a cluster. */
  readonly taskManagerId: string;
  /** Told of metrics that are not reported. */
  warn(message: string): void;
}

export interface TaskMetricIdentity {
  /** The vertex, in hexadecimal digits. */
  readonly taskId: string;
  readonly taskName: string;
  readonly subtaskIndex: number;
  readonly attemptNumber: number;
}

export interface CoordinatorMetricIdentity {
  /** The vertex, in hexadecimal digits. */
  readonly taskId: string;
  readonly taskName: string;
  readonly operatorId: string;
  readonly operatorName: string;
}

/** A metric and where it stands. */
export interface RegisteredMetric {
  readonly identifier: string;
  readonly name: string;
  readonly group: GenericMetricGroup;
  readonly metric: Metric;
}

export class MetricRegistry implements MetricListener {
  readonly delimiter: string;
  /** Of the process as it coordinates jobs. */
  readonly jobManager: GenericMetricGroup;
  /** Of the process. */
  readonly taskManager: GenericMetricGroup;
  private readonly options: MetricRegistryOptions;
  private readonly scopes: ComponentScopes;
  private readonly views: ViewUpdater;

  constructor(options: MetricRegistryOptions) {
    this.delimiter = options.delimiter;
    this.options = options;
    this.scopes = new ComponentScopes(options.scopes);
    this.views = new ViewUpdater(options.clock.now(), options.warn);
    this.jobManager = new GenericMetricGroup(
      {
        logical: 'jobmanager',
        components: this.scopes.jobManager,
        isWholeScope: true,
        variables: new Map([['<host>', options.host]]),
      },
      this,
    );
    this.taskManager = new GenericMetricGroup(
      {
        logical: 'taskmanager',
        components: this.scopes.taskManager,
        isWholeScope: true,
        variables: new Map([
          ['<host>', options.host],
          ['<tm_id>', options.taskManagerId],
        ]),
      },
      this,
    );
  }

  job(jobId: string, jobName: string): TaskManagerJobMetrics {
    const group = this.taskManager.child(`job ${jobId}`, {
      logical: 'taskmanager.job',
      components: this.scopes.taskManagerJob,
      isWholeScope: true,
      variables: new Map([
        ['<job_id>', jobId],
        ['<job_name>', jobName],
      ]),
    });
    return new TaskManagerJobMetrics(group, this.scopes);
  }

  /** What is told of a job where it is coordinated. Flink: JobManagerJobMetricGroup. */
  jobManagerJob(jobId: string, jobName: string): GenericMetricGroup {
    return this.jobManager.child(`job ${jobId}`, {
      logical: 'jobmanager.job',
      components: this.scopes.jobManagerJob,
      isWholeScope: true,
      variables: new Map([
        ['<job_id>', jobId],
        ['<job_name>', jobName],
      ]),
    });
  }

  /** What is told of an operator where it is coordinated. Flink: JobManagerOperatorMetricGroup. */
  jobManagerOperator(
    { jobId, jobName }: { readonly jobId: string; readonly jobName: string },
    { taskId, taskName, operatorId, operatorName }: CoordinatorMetricIdentity,
  ): GenericMetricGroup {
    return this.jobManagerJob(jobId, jobName).child(`operator ${operatorId}`, {
      logical: 'jobmanager.job.operator',
      components: this.scopes.jobManagerOperator,
      isWholeScope: true,
      variables: new Map([
        ['<task_id>', taskId],
        ['<task_name>', taskName],
        ['<operator_id>', operatorId],
        ['<operator_name>', operatorName.slice(0, OPERATOR_NAME_LENGTH_MAX)],
      ]),
    });
  }

  /** Every metric there is. */
  *metrics(): IterableIterator<RegisteredMetric> {
    this.updateViews();
    yield* metricsBelow(this.jobManager);
    yield* metricsBelow(this.taskManager);
  }

  /** Every metric as plain values, but for those that cannot be read now. */
  dump(): MetricDump[] {
    return [...this.metrics()].flatMap(({ identifier, name, group, metric }) => {
      const value = dumpValue(metric);
      if (value === undefined) {
        return [];
      }
      const variables = Object.fromEntries(
        [...group.allVariables].map(([key, each]) => [key.slice(1, -1), each]),
      );
      const infix = group.groupsInComponent.join('.');
      const place = { identifier, name, infix, logicalScope: group.logicalScope, variables };
      return [{ ...place, ...value }];
    });
  }

  /** Lets rates and times of views be as of now; to be called before anything else happens then. */
  updateViews(): void {
    this.views.advanceTo(this.options.clock.now());
  }

  /** When `updateViews` has something to do next, ms. */
  get nextUpdateAt(): number {
    return this.views.nextUpdateAt;
  }

  addView(view: View): void {
    this.views.add(view);
  }

  removeView(view: View): void {
    this.views.remove(view);
  }

  warn(message: string): void {
    this.options.warn(message);
  }
}

/** The metrics of one job on one task manager. */
export class TaskManagerJobMetrics {
  readonly group: GenericMetricGroup;
  private readonly scopes: ComponentScopes;

  constructor(group: GenericMetricGroup, scopes: ComponentScopes) {
    this.group = group;
    this.scopes = scopes;
  }

  /** Of a subtask; from now on its variables are those of this attempt. */
  task(identity: TaskMetricIdentity): TaskMetrics {
    const { taskId, taskName, subtaskIndex, attemptNumber } = identity;
    const variables = new Map([
      ['<task_id>', taskId],
      ['<task_name>', taskName],
      ['<subtask_index>', String(subtaskIndex)],
      ['<task_attempt_id>', `${taskId}_${subtaskIndex}_${attemptNumber}`],
      ['<task_attempt_num>', String(attemptNumber)],
    ]);
    const group = this.group.child(`task ${taskId} ${subtaskIndex}`, {
      logical: 'taskmanager.job.task',
      components: this.scopes.task,
      isWholeScope: true,
      variables,
    });
    group.setVariables(variables);
    return new TaskMetrics(group, this.scopes);
  }
}

/** The metrics of one subtask. */
export class TaskMetrics {
  readonly group: GenericMetricGroup;
  private readonly scopes: ComponentScopes;

  constructor(group: GenericMetricGroup, scopes: ComponentScopes) {
    this.group = group;
    this.scopes = scopes;
  }

  operator(operatorId: string, operatorName: string): GenericMetricGroup {
    return this.group.child(`operator ${operatorId}`, {
      logical: 'taskmanager.job.task.operator',
      components: this.scopes.operator,
      isWholeScope: true,
      variables: new Map([
        ['<operator_id>', operatorId],
        ['<operator_name>', operatorName.slice(0, OPERATOR_NAME_LENGTH_MAX)],
      ]),
    });
  }
}

function* metricsBelow(group: GenericMetricGroup): IterableIterator<RegisteredMetric> {
  for (const [name, metric] of group.metrics) {
    yield { identifier: group.getMetricIdentifier(name), name, group, metric };
  }
  for (const below of group.groups.values()) {
    yield* metricsBelow(below);
  }
}

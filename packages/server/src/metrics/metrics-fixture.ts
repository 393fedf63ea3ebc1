/** Metrics for tests, as a task with an operator registers them. */
import {
  DescriptiveStatisticsHistogram,
  type MetricDump,
  MetricRegistry,
  SimpleCounter,
} from '@millrace/core';

export const JOB_ID = '30ef3b76de442b21b15f319f85d01947';
export const VERTEX_ID = 'ca88eee0095684d687a1b6495617f957';

/** A job of two subtasks. */
export function dumpsOfJob(): readonly MetricDump[] {
  const registry = new MetricRegistry({
    clock: { now: () => 0 },
    scopes: {
      jobManager: '<host>.jobmanager',
      jobManagerJob: '<host>.jobmanager.<job_name>',
      jobManagerOperator: '<host>.jobmanager.<job_name>.<operator_name>',
      taskManager: '<host>.taskmanager.<tm_id>',
      taskManagerJob: '<host>.taskmanager.<tm_id>.<job_name>',
      task: '<host>.taskmanager.<tm_id>.<job_name>.<task_name>.<subtask_index>',
      operator: '<host>.taskmanager.<tm_id>.<job_name>.<operator_name>.<subtask_index>',
    },
    ...{ delimiter: '.', host: 'here', taskManagerId: 'local', warn: () => {} },
  });
  registry.jobManager.gauge('numRunningJobs', () => 1);
  registry.taskManager
    .addGroup('Status')
    .addGroup('JVM')
    .gauge('Threads', () => 7);
  const ofJob = registry.jobManagerJob(JOB_ID, 'flights');
  ofJob.gauge('lastCheckpointExternalPath', () => '/tmp/chk-1');
  ofJob.gauge('lastCheckpointSize', () => -1);
  const job = registry.job(JOB_ID, 'flights');
  for (const [subtaskIndex, numRecordsOut] of [7506, 7510].entries()) {
    const task = job.task({
      ...{ taskId: VERTEX_ID, taskName: 'Source: numbers -> to-pairs', subtaskIndex },
      attemptNumber: 0,
    });
    const counter = task.group.counter('numRecordsOut', new SimpleCounter());
    counter.inc(numRecordsOut);
    task.group.gauge('isBackPressured', () => false);
    task.group.gauge('busyTimeMsPerSecond', () => 0);
    task.group.gauge('currentInputWatermark', () =>
      subtaskIndex === 0 ? Number.NEGATIVE_INFINITY : 1795255628353,
    );
    task.group
      .addGroup('Shuffle')
      .addGroup('Netty')
      .gauge('outPoolUsage', () => 0.5);
    const latency = task.group.histogram('mailboxLatencyMs', new DescriptiveStatisticsHistogram(8));
    latency.update(1);
    latency.update(3);
    const operator = task.operator('cbc357', 'Source: numbers');
    operator.counter('seen').inc(5);
    operator.addGroup('key', 'a value').counter('hits').inc(2);
  }
  return registry.dump();
}

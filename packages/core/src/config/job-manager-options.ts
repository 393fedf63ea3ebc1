/** How the JobManager runs a job. Flink: JobManagerOptions. */
import type { ConfigOption } from './config-option.ts';
import {
  durationOption,
  enumOption,
  intOption,
  longOption,
  timeoutOption,
} from './option-builders.ts';

export const EXECUTION_FAILOVER_STRATEGY: ConfigOption<'region' | 'full'> = enumOption({
  key: 'jobmanager.execution.failover-strategy',
  constants: ['region', 'full'],
  defaultValue: 'region',
  description:
    'What restarts when a task fails: the tasks that exchange records with it, however indirectly, or all.',
});

export const SCHEDULER: ConfigOption<'Default' | 'Ng' | 'Adaptive' | 'AdaptiveBatch'> = enumOption({
  key: 'jobmanager.scheduler',
  constants: ['Default', 'Ng', 'Adaptive', 'AdaptiveBatch'],
  defaultValue: 'Default',
  description:
    'How a job gets its slots: Default takes those that its parallelism asks for, Adaptive starts with those that there are and follows them.',
  unsupported: (scheduler) =>
    scheduler === 'AdaptiveBatch'
      ? 'only Default and Adaptive are there; give a batch its parallelism'
      : undefined,
});

export const SCHEDULER_MODE: ConfigOption<'REACTIVE' | undefined> = enumOption({
  key: 'scheduler-mode',
  constants: ['REACTIVE'],
  description:
    'REACTIVE: the adaptive scheduler, with all slots that there are; the parallelisms of the program are passed over.',
});

export const RESOURCE_WAIT_TIMEOUT: ConfigOption<number> = timeoutOption({
  key: 'jobmanager.adaptive-scheduler.resource-wait-timeout',
  defaultValue: 300_000,
  description:
    'How long an adaptive job waits at its start for the slots that it needs at least; unless set, for ever in reactive mode.',
});

export const RESOURCE_STABILIZATION_TIMEOUT: ConfigOption<number> = durationOption({
  key: 'jobmanager.adaptive-scheduler.resource-stabilization-timeout',
  defaultValue: 10_000,
  description:
    'With fewer slots than it could use an adaptive job starts once they have not changed for so long; unless set, at once in reactive mode.',
});

export const MIN_PARALLELISM_INCREASE: ConfigOption<number> = intOption({
  key: 'jobmanager.adaptive-scheduler.min-parallelism-increase',
  defaultValue: 1,
  min: 1,
  description: 'How many subtasks more of one vertex are worth a rescale of an adaptive job.',
});

export const SCHEDULER_SCALING_INTERVAL_MIN: ConfigOption<number> = durationOption({
  key: 'jobmanager.adaptive-scheduler.scaling-interval.min',
  defaultValue: 30_000,
  description:
    'The least time between two rescales of an adaptive job, but for one that has more slots than there are.',
});

export const SCHEDULER_SCALING_INTERVAL_MAX: ConfigOption<number | undefined> = durationOption({
  key: 'jobmanager.adaptive-scheduler.scaling-interval.max',
  description:
    'After so long an adaptive job is rescaled also for less than min-parallelism-increase.',
});

export const MAX_ATTEMPTS_HISTORY_SIZE: ConfigOption<number> = intOption({
  key: 'jobmanager.execution.attempts-history-size',
  defaultValue: 16,
  min: 1,
  deprecatedKeys: ['job-manager.max-attempts-history-size'],
  description: 'How many earlier attempts of a subtask are shown.',
});

export const JOB_STORE_CACHE_SIZE: ConfigOption<number> = longOption({
  key: 'jobstore.cache-size',
  defaultValue: 50 * 1024 * 1024,
  min: 0,
  description:
    'How many bytes of memory the jobs that have ended may take; the oldest are dropped.',
});

export const JOB_STORE_EXPIRATION_TIME: ConfigOption<number> = longOption({
  key: 'jobstore.expiration-time',
  defaultValue: 3600,
  min: 0,
  description: 'How long a job that has ended is shown, in seconds.',
});

export const JOB_STORE_MAX_CAPACITY: ConfigOption<number> = intOption({
  key: 'jobstore.max-capacity',
  defaultValue: 2 ** 31 - 1,
  min: 0,
  description: 'How many jobs that have ended are shown; the oldest are dropped.',
});

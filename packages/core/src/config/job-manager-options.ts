/** How the JobManager runs a job. Flink: JobManagerOptions. */
import type { ConfigOption } from './config-option.ts';
import { enumOption, intOption, longOption } from './option-builders.ts';

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
  description: 'How a job gets its slots: Default takes those that its parallelism asks for.',
  unsupported: (scheduler) =>
    scheduler === 'Default' || scheduler === 'Ng'
      ? undefined
      : 'only Default is there; a job that runs changes its parallelism by JobClient.rescale()',
});

export const SCHEDULER_MODE: ConfigOption<'REACTIVE' | undefined> = enumOption({
  key: 'scheduler-mode',
  constants: ['REACTIVE'],
  description: 'Whether a job takes all slots that there are; it does not.',
  unsupported: () =>
    'a job does not follow the slots; leave parallelism.default out, so that execution.target threads takes all cores, or call JobClient.rescale()',
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

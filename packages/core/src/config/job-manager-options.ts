/** How the JobManager runs a job. Flink: JobManagerOptions. */
import type { ConfigOption } from './config-option.ts';
import { enumOption } from './option-builders.ts';

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

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

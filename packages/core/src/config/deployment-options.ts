/**
 * How a process that runs jobs is ended. `shutdown-with-savepoint` is ours alone.
 *
 * Flink: DeploymentOptions, ClusterOptions.
 */
import type { ConfigOption } from './config-option.ts';
import { boolOption, durationOption } from './option-builders.ts';

export const SHUTDOWN_IF_ATTACHED: ConfigOption<boolean> = boolOption({
  key: 'execution.shutdown-on-attached-exit',
  defaultValue: false,
  description:
    'Whether SIGTERM and SIGINT end the jobs of the process in order and then the process; else Node ends it at once.',
});

export const SHUTDOWN_WITH_SAVEPOINT: ConfigOption<boolean> = boolOption({
  key: 'execution.shutdown-with-savepoint',
  defaultValue: false,
  description:
    'Whether a job that a signal ends stops with a savepoint; else it is suspended with high availability, and cancelled without.',
});

export const SHUTDOWN_ON_APPLICATION_FINISH: ConfigOption<boolean> = boolOption({
  key: 'execution.shutdown-on-application-finish',
  defaultValue: true,
  description:
    'Whether the process ends when its program has; if not, it and its REST endpoint stay until SIGINT or SIGTERM. Needs `rest.port` or `rest.bind-port`.',
});

export const CLUSTER_SERVICES_SHUTDOWN_TIMEOUT: ConfigOption<number> = durationOption({
  key: 'cluster.services.shutdown-timeout',
  defaultValue: 30_000,
  description:
    'How long the jobs of a process that a signal ends may take to end; then it ends with code 1.',
});

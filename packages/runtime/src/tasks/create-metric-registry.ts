/** The metric registry of a task manager, named as `metrics.scope.*` says. */
import { hostname } from 'node:os';
import {
  type Clock,
  type Configuration,
  MetricOptions,
  MetricRegistry,
  type ScopeFormats,
} from '@millrace/core';

export function createMetricRegistry(
  configuration: Configuration,
  parts: {
    readonly clock: Clock;
    /** `<tm_id>` of its metrics: unique among the task managers of a job. */
    readonly taskManagerId: string;
    warn(message: string): void;
  },
): MetricRegistry {
  return new MetricRegistry({
    clock: parts.clock,
    scopes: scopeFormats(configuration),
    delimiter: configuration.get(MetricOptions.SCOPE_DELIMITER),
    host: hostname(),
    taskManagerId: parts.taskManagerId,
    warn: parts.warn,
  });
}

function scopeFormats(configuration: Configuration): ScopeFormats {
  return {
    jobManager: configuration.get(MetricOptions.SCOPE_NAMING_JM),
    jobManagerJob: configuration.get(MetricOptions.SCOPE_NAMING_JM_JOB),
    jobManagerOperator: configuration.get(MetricOptions.SCOPE_NAMING_JM_OPERATOR),
    taskManager: configuration.get(MetricOptions.SCOPE_NAMING_TM),
    taskManagerJob: configuration.get(MetricOptions.SCOPE_NAMING_TM_JOB),
    task: configuration.get(MetricOptions.SCOPE_NAMING_TASK),
    operator: configuration.get(MetricOptions.SCOPE_NAMING_OPERATOR),
  };
}

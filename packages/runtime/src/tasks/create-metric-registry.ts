/** What `metrics.*` of the configuration says of the metrics of a task manager. */
import { hostname } from 'node:os';
import {
  type Clock,
  type Configuration,
  MetricOptions,
  MetricRegistry,
  type ScopeFormats,
  StateLatencyTrackOptions,
} from '@millrace/core';
import type { StateLatencyTracking } from '@millrace/state';
import type { LatencyTracking } from '../operators/latency-marker.ts';

/** Of the process, for jobs with `execution.target: local`. */
export const LOCAL_TASK_MANAGER_ID = 'local';

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

export function latencyTracking(configuration: Configuration): LatencyTracking {
  return {
    intervalMs: configuration.get(MetricOptions.LATENCY_INTERVAL),
    granularity: configuration.get(MetricOptions.LATENCY_SOURCE_GRANULARITY),
    historySize: configuration.get(MetricOptions.LATENCY_HISTORY_SIZE),
  };
}

/** `undefined` where accesses to keyed state are not measured. */
export function stateLatencyTracking(
  configuration: Configuration,
): StateLatencyTracking | undefined {
  const options = StateLatencyTrackOptions;
  return configuration.get(options.LATENCY_TRACK_ENABLED)
    ? {
        sampleInterval: configuration.get(options.LATENCY_TRACK_SAMPLE_INTERVAL),
        historySize: configuration.get(options.LATENCY_TRACK_HISTORY_SIZE),
        stateNameAsVariable: configuration.get(options.LATENCY_TRACK_STATE_NAME_AS_VARIABLE),
      }
    : undefined;
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

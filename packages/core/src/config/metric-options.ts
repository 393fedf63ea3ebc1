/** How metrics are named, and how latency is measured. Flink: MetricOptions. */
import type { ConfigOption } from './config-option.ts';
import {
  durationOption,
  enumListOption,
  intOption,
  mapOption,
  nameOption,
  stringOption,
} from './option-builders.ts';

export const SCOPE_DELIMITER: ConfigOption<string> = stringOption({
  key: 'metrics.scope.delimiter',
  defaultValue: '.',
  description: 'What stands between the names of a metric’s identifier.',
});

export const SCOPE_NAMING_JM: ConfigOption<string> = stringOption({
  key: 'metrics.scope.jm',
  defaultValue: '<host>.jobmanager',
  description: 'The scope of the metrics of a job manager.',
});

export const SCOPE_NAMING_JM_JOB: ConfigOption<string> = stringOption({
  key: 'metrics.scope.jm-job',
  defaultValue: '<host>.jobmanager.<job_name>',
  deprecatedKeys: ['metrics.scope.jm.job'],
  description: 'The scope of a job’s metrics on its job manager.',
});

export const SCOPE_NAMING_JM_OPERATOR: ConfigOption<string> = stringOption({
  key: 'metrics.scope.jm-operator',
  defaultValue: '<host>.jobmanager.<job_name>.<operator_name>',
  description: 'The scope of the metrics of a source’s coordinator.',
});

export const SCOPE_NAMING_TM: ConfigOption<string> = stringOption({
  key: 'metrics.scope.tm',
  defaultValue: '<host>.taskmanager.<tm_id>',
  description: 'The scope of the metrics of a task manager.',
});

export const SCOPE_NAMING_TM_JOB: ConfigOption<string> = stringOption({
  key: 'metrics.scope.tm-job',
  defaultValue: '<host>.taskmanager.<tm_id>.<job_name>',
  deprecatedKeys: ['metrics.scope.tm.job'],
  description: 'The scope of a job’s metrics on a task manager.',
});

export const SCOPE_NAMING_TASK: ConfigOption<string> = stringOption({
  key: 'metrics.scope.task',
  defaultValue: '<host>.taskmanager.<tm_id>.<job_name>.<task_name>.<subtask_index>',
  description: 'The scope of the metrics of a subtask.',
});

export const SCOPE_NAMING_OPERATOR: ConfigOption<string> = stringOption({
  key: 'metrics.scope.operator',
  defaultValue: '<host>.taskmanager.<tm_id>.<job_name>.<operator_name>.<subtask_index>',
  description: 'The scope of the metrics of an operator of a subtask.',
});

export const LATENCY_INTERVAL: ConfigOption<number> = durationOption({
  key: 'metrics.latency.interval',
  defaultValue: 0,
  description: 'How often each source sends a latency marker; 0 means never.',
});

export const LATENCY_SOURCE_GRANULARITY: ConfigOption<'single' | 'operator' | 'subtask'> =
  nameOption({
    key: 'metrics.latency.granularity',
    defaultValue: 'operator',
    names: ['single', 'operator', 'subtask'],
    description:
      'Whether an operator keeps one latency for all sources (single), one a source (operator) or one a subtask of a source (subtask).',
  });

export const LATENCY_HISTORY_SIZE: ConfigOption<number> = intOption({
  key: 'metrics.latency.history-size',
  defaultValue: 128,
  min: 1,
  description: 'How many latencies each of these histograms remembers.',
});

export const METRIC_FETCHER_UPDATE_INTERVAL: ConfigOption<number> = durationOption({
  key: 'metrics.fetcher.update-interval',
  defaultValue: 10_000,
  description: 'How old metrics may be that REST shows; 0 means that it shows none.',
});

export const REPORTERS_LIST: ConfigOption<string | undefined> = stringOption({
  key: 'metrics.reporters',
  description:
    'Names of reporters, with commas between; all that are configured unless it is given.',
});

/** Each reporter's own keys, by `<name>.<key>`. */
export const REPORTER: ConfigOption<Readonly<Record<string, string>> | undefined> = mapOption({
  key: 'metrics.reporter',
  description:
    'Of each reporter, as metrics.reporter.<name>.<key>: factory.class, interval, port, host, filter.includes and the like; see the guide.',
});

export const JOB_STATUS_METRICS: ConfigOption<
  readonly ('STATE' | 'CURRENT_TIME' | 'TOTAL_TIME')[]
> = enumListOption({
  key: 'metrics.job.status.enable',
  constants: ['STATE', 'CURRENT_TIME', 'TOTAL_TIME'],
  defaultValue: ['CURRENT_TIME'],
  description:
    'What is measured of each status of a job: whether it is in it, for how long now, and for how long in all.',
});

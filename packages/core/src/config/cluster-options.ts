/** Of the process as a whole. Flink: ClusterOptions. */
import type { ConfigOption } from './config-option.ts';
import { intOption } from './option-builders.ts';

export const THREAD_DUMP_STACKTRACE_MAX_DEPTH: ConfigOption<number> = intOption({
  key: 'cluster.thread-dump.stacktrace-max-depth',
  defaultValue: 50,
  min: 1,
  description: 'How many functions of a stack a thread dump shows.',
});

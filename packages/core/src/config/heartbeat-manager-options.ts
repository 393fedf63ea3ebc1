/** How the JobManager sees that a worker thread is alive. Flink: HeartbeatManagerOptions. */
import type { ConfigOption } from './config-option.ts';
import { durationOption } from './option-builders.ts';

export const HEARTBEAT_INTERVAL: ConfigOption<number> = durationOption({
  key: 'heartbeat.interval',
  defaultValue: 10_000,
  min: 1,
  description:
    'How often worker threads are asked for a sign of life, with which accumulators and counters come.',
});

export const HEARTBEAT_TIMEOUT: ConfigOption<number> = durationOption({
  key: 'heartbeat.timeout',
  defaultValue: 50_000,
  min: 1,
  description:
    'How long a worker thread may give no sign of life before it is ended and the job restarts.',
});

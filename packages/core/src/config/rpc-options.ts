/** Limits of messages to the JobManager. Flink: RpcOptions. */
import type { ConfigOption } from './config-option.ts';
import { memoryOption } from './option-builders.ts';

export const FRAMESIZE: ConfigOption<number> = memoryOption({
  key: 'pekko.framesize',
  defaultValue: 10 * 1024 * 1024,
  deprecatedKeys: ['akka.framesize'],
  description:
    'The largest message to the JobManager; it bounds the state of a task with the storage jobmanager.',
});

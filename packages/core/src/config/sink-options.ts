/** How sinks commit. Flink: SinkOptions. */
import type { ConfigOption } from './config-option.ts';
import { intOption } from './option-builders.ts';

export const COMMITTER_RETRIES: ConfigOption<number> = intOption({
  key: 'sink.committer.retries',
  defaultValue: 10,
  min: 0,
  description: 'How often a committable is tried again before the job fails over.',
});

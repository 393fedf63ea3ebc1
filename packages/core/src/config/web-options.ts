/** What is shown over REST. Flink: WebOptions. */
import type { ConfigOption } from './config-option.ts';
import { intOption } from './option-builders.ts';

export const CHECKPOINTS_HISTORY_SIZE: ConfigOption<number> = intOption({
  key: 'web.checkpoints.history',
  defaultValue: 10,
  min: 0,
  deprecatedKeys: ['jobmanager.web.checkpoints.history'],
  description: 'How many checkpoints that have ended are shown.',
});

export const MAX_EXCEPTION_HISTORY_SIZE: ConfigOption<number> = intOption({
  key: 'web.exception-history-size',
  defaultValue: 16,
  min: 1,
  description: 'How many failures of a job are shown.',
});

/**
 * What the REST endpoint shows and allows.
 *
 * Flink: WebOptions.
 */
import type { ConfigOption } from './config-option.ts';
import { boolOption, durationOption, intOption, stringOption } from './option-builders.ts';

export const ACCESS_CONTROL_ALLOW_ORIGIN: ConfigOption<string> = stringOption({
  key: 'web.access-control-allow-origin',
  defaultValue: '*',
  deprecatedKeys: ['jobmanager.web.access-control-allow-origin'],
  description: 'The header `Access-Control-Allow-Origin` of every answer.',
});

export const REFRESH_INTERVAL: ConfigOption<number> = durationOption({
  key: 'web.refresh-interval',
  defaultValue: 3000,
  deprecatedKeys: ['jobmanager.web.refresh-interval'],
  description: 'How often the web UI asks, and how old the picture of a job in an answer may be.',
});

export const TIMEOUT: ConfigOption<number> = durationOption({
  key: 'web.timeout',
  defaultValue: 600_000,
  min: 1,
  description:
    'How long a request waits for the thread of the jobs before it is answered with 503.',
});

export const CANCEL_ENABLE: ConfigOption<boolean> = boolOption({
  key: 'web.cancel.enable',
  defaultValue: true,
  description: 'Whether the web UI offers to cancel a job; the REST endpoint does it all the same.',
});

export const RESCALE_ENABLE: ConfigOption<boolean> = boolOption({
  key: 'web.rescale.enable',
  defaultValue: true,
  description: 'Whether the web UI offers to change the parallelism of a job.',
});

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

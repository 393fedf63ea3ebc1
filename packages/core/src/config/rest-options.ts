/**
 * The REST endpoint of a process: where it listens, what it takes and who may ask. `rest.auth.*` is ours
 * alone: Flink leaves that to a proxy.
 *
 * Flink: RestOptions.
 */
import type { ConfigOption } from './config-option.ts';
import { durationOption, intOption, stringOption } from './option-builders.ts';

export const ADDRESS: ConfigOption<string | undefined> = stringOption({
  key: 'rest.address',
  fallbackKeys: ['jobmanager.rpc.address'],
  description:
    'Under which name or address clients find the endpoint; that of `rest.bind-address` unless given.',
});

export const PORT: ConfigOption<number> = intOption({
  key: 'rest.port',
  defaultValue: 8081,
  min: 0,
  max: 65535,
  deprecatedKeys: ['web.port'],
  description:
    'The port that clients use and, unless `rest.bind-port` is set, the one that is bound; setting it starts the REST endpoint of the process.',
});

export const BIND_ADDRESS: ConfigOption<string> = stringOption({
  key: 'rest.bind-address',
  defaultValue: '127.0.0.1',
  deprecatedKeys: ['jobmanager.web.address'],
  fallbackKeys: ['web.address'],
  description:
    'The address that the endpoint binds; only this machine reaches the default. 0.0.0.0 is every one: set `rest.auth.token` too.',
});

export const BIND_PORT: ConfigOption<string | undefined> = stringOption({
  key: 'rest.bind-port',
  deprecatedKeys: ['jobmanager.web.port'],
  description:
    "The port, ports or ranges of them to bind, such as '8081-8181,9000', of which the first free one is taken; 0 is any free one. Setting it starts the REST endpoint of the process.",
});

export const URL_PREFIX: ConfigOption<string> = stringOption({
  key: 'rest.url-prefix',
  defaultValue: '/',
  description: 'In front of every path of the endpoint, for proxies; begins and ends with a slash.',
});

export const SERVER_MAX_CONTENT_LENGTH: ConfigOption<number> = intOption({
  key: 'rest.server.max-content-length',
  defaultValue: 104_857_600,
  min: 1,
  description: 'Bytes of a request at most; more is answered with 413.',
});

export const IDLENESS_TIMEOUT: ConfigOption<number> = durationOption({
  key: 'rest.idleness-timeout',
  defaultValue: 300_000,
  description: 'After which time a connection without traffic is closed.',
});

export const ASYNC_OPERATION_STORE_DURATION: ConfigOption<number> = durationOption({
  key: 'rest.async.store-duration',
  defaultValue: 300_000,
  description: 'How long the result of a triggered operation can be read after its end.',
});

export const CACHE_CHECKPOINT_STATISTICS_TIMEOUT: ConfigOption<number | undefined> = durationOption(
  {
    key: 'rest.cache.checkpoint-statistics.timeout',
    description:
      'How old the checkpoint statistics of an answer may be; as `web.refresh-interval` says unless given.',
  },
);

export const AUTH_TOKEN: ConfigOption<string | undefined> = stringOption({
  key: 'rest.auth.token',
  description:
    'What a request must carry as `Authorization: Bearer …`; ours alone. Without it everyone who reaches the port is let in.',
});

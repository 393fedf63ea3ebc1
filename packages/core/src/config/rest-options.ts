/**
 * The REST endpoint of a process: where it listens, what it takes and who may ask. `rest.auth.*` is ours
 * alone: Flink leaves that to a proxy.
 *
 * Flink: RestOptions.
 */
import type { ConfigOption } from './config-option.ts';
import { boolOption, durationOption, intOption, stringOption } from './option-builders.ts';

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
  instead: 'rest.bind-port takes ranges, such as 8081-8181',
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

export const ENABLE_FLAMEGRAPH: ConfigOption<boolean> = boolOption({
  key: 'rest.flamegraph.enabled',
  defaultValue: false,
  description:
    'Whether flame graphs of vertices can be asked for; only then threads are sampled, and only while somebody asks.',
});

export const FLAMEGRAPH_REFRESH_INTERVAL: ConfigOption<number> = durationOption({
  key: 'rest.flamegraph.refresh-interval',
  defaultValue: 60_000,
  description: 'How old the samples of a flame graph may be; older ones are taken anew.',
});

export const FLAMEGRAPH_CLEANUP_INTERVAL: ConfigOption<number> = durationOption({
  key: 'rest.flamegraph.cleanup-interval',
  defaultValue: 600_000,
  description: 'After which time samples that nobody asks for are dropped.',
});

export const FLAMEGRAPH_NUM_SAMPLES: ConfigOption<number> = intOption({
  key: 'rest.flamegraph.num-samples',
  defaultValue: 100,
  min: 1,
  description: 'How many samples a flame graph is made of.',
});

export const FLAMEGRAPH_DELAY: ConfigOption<number> = durationOption({
  key: 'rest.flamegraph.delay-between-samples',
  defaultValue: 50,
  description: 'How long after a sample the next one is taken.',
});

export const FLAMEGRAPH_STACK_DEPTH: ConfigOption<number> = intOption({
  key: 'rest.flamegraph.stack-depth',
  defaultValue: 100,
  min: 1,
  description: 'How many functions deep a flame graph is at most.',
});

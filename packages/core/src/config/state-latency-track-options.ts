/** How long accesses to keyed state take. Flink: StateLatencyTrackOptions. */
import type { ConfigOption } from './config-option.ts';
import { boolOption, intOption } from './option-builders.ts';

export const LATENCY_TRACK_ENABLED: ConfigOption<boolean> = boolOption({
  key: 'state.latency-track.keyed-state-enabled',
  defaultValue: false,
  deprecatedKeys: ['state.backend.latency-track.keyed-state-enabled'],
  description: 'Whether accesses to keyed state are measured.',
});

export const LATENCY_TRACK_SAMPLE_INTERVAL: ConfigOption<number> = intOption({
  key: 'state.latency-track.sample-interval',
  defaultValue: 100,
  min: 1,
  deprecatedKeys: ['state.backend.latency-track.sample-interval'],
  description: 'One in so many accesses of a kind is measured.',
});

export const LATENCY_TRACK_HISTORY_SIZE: ConfigOption<number> = intOption({
  key: 'state.latency-track.history-size',
  defaultValue: 128,
  min: 1,
  deprecatedKeys: ['state.backend.latency-track.history-size'],
  description: 'How many measured accesses each histogram remembers.',
});

export const LATENCY_TRACK_STATE_NAME_AS_VARIABLE: ConfigOption<boolean> = boolOption({
  key: 'state.latency-track.state-name-as-variable',
  defaultValue: true,
  deprecatedKeys: ['state.backend.latency-track.state-name-as-variable'],
  description:
    'Whether the state’s name is a variable of the metric, state_name, and not only a part of its scope.',
});

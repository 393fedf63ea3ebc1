/** Buffers between tasks of different slots. Flink: NettyShuffleEnvironmentOptions. */
import type { ConfigOption } from './config-option.ts';
import { intOption } from './option-builders.ts';

export const NETWORK_BUFFERS_PER_CHANNEL: ConfigOption<number> = intOption({
  key: 'taskmanager.network.memory.buffers-per-channel',
  defaultValue: 2,
  min: 0,
  description: 'How many buffers each channel between two slots has for itself.',
});

export const NETWORK_EXTRA_BUFFERS_PER_GATE: ConfigOption<number> = intOption({
  key: 'taskmanager.network.memory.floating-buffers-per-gate',
  defaultValue: 8,
  min: 0,
  description:
    'How many more buffers the channels of one input share out, where network memory suffices.',
});

export const NETWORK_MAX_BUFFERS_PER_CHANNEL: ConfigOption<number> = intOption({
  key: 'taskmanager.network.memory.max-buffers-per-channel',
  defaultValue: 10,
  min: 1,
  description: 'The most buffers that one channel has.',
});

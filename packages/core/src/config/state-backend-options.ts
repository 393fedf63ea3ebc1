/** Which store holds keyed state. Flink: StateBackendOptions. */
import type { ConfigOption } from './config-option.ts';
import { boolOption, stringOption } from './option-builders.ts';

export const STATE_BACKEND: ConfigOption<string> = stringOption({
  key: 'state.backend.type',
  defaultValue: 'hashmap',
  deprecatedKeys: ['state.backend'],
  description:
    'The store of keyed state, in any case: hashmap, rocksdb, or a module of your own; the old name filesystem means hashmap, and jobmanager means hashmap with checkpoints in memory.',
});

export const ASYNC_SNAPSHOTS: ConfigOption<boolean> = boolOption({
  key: 'state.backend.async',
  defaultValue: true,
  description:
    'Deprecated and without effect: state is always written while records are processed.',
});

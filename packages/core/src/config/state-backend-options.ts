/** Which store holds keyed state. Flink: StateBackendOptions. */
import type { ConfigOption } from './config-option.ts';
import { stringOption } from './option-builders.ts';

export const STATE_BACKEND: ConfigOption<string> = stringOption({
  key: 'state.backend.type',
  defaultValue: 'hashmap',
  deprecatedKeys: ['state.backend'],
  description:
    'The store of keyed state, in any case: hashmap, rocksdb, or a module of your own; the old name filesystem means hashmap, and jobmanager means hashmap with checkpoints in memory.',
});

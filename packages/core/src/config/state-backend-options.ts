/** Which store holds keyed state. Flink: StateBackendOptions. */
import type { ConfigOption } from './config-option.ts';
import { stringOption } from './option-builders.ts';

export const STATE_BACKEND: ConfigOption<string> = stringOption({
  key: 'state.backend.type',
  defaultValue: 'hashmap',
  deprecatedKeys: ['state.backend'],
  description:
    'The store of keyed state, in any case: hashmap, or a module specifier of your own; the old names filesystem and jobmanager mean hashmap.',
});

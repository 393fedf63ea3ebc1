/** What holds for any job. Flink: CoreOptions. */
import type { ConfigOption } from './config-option.ts';
import { intOption } from './option-builders.ts';

export const DEFAULT_PARALLELISM: ConfigOption<number> = intOption({
  key: 'parallelism.default',
  defaultValue: 1,
  min: 1,
  max: 32_768,
  description: 'The parallelism of an operator that names none.',
});

/** How a finished job is remembered, so that it is not run twice. Flink: JobResultStoreOptions. */
import type { ConfigOption } from './config-option.ts';
import { boolOption, stringOption } from './option-builders.ts';

export const STORAGE_PATH: ConfigOption<string | undefined> = stringOption({
  key: 'job-result-store.storage-path',
  description:
    'The directory of the marks of finished jobs; unset means below high-availability.storageDir.',
});

export const DELETE_ON_COMMIT: ConfigOption<boolean> = boolOption({
  key: 'job-result-store.delete-on-commit',
  defaultValue: true,
  description: 'Whether the mark of a finished job is removed once it is cleaned up.',
});

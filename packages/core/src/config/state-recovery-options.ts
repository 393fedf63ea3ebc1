/** What a job starts from. Flink: StateRecoveryOptions. */
import type { ConfigOption } from './config-option.ts';
import { boolOption, enumOption, stringOption } from './option-builders.ts';

export const SAVEPOINT_PATH: ConfigOption<string | undefined> = stringOption({
  key: 'execution.state-recovery.path',
  deprecatedKeys: ['execution.savepoint.path'],
  description: 'The checkpoint or savepoint that the job starts from.',
});

export const RESTORE_MODE: ConfigOption<'CLAIM' | 'NO_CLAIM' | 'LEGACY'> = enumOption({
  key: 'execution.state-recovery.claim-mode',
  constants: ['CLAIM', 'NO_CLAIM', 'LEGACY'],
  defaultValue: 'NO_CLAIM',
  deprecatedKeys: ['execution.savepoint-restore-mode'],
  description:
    'Who owns the snapshot that the job starts from: the job, which may delete it, or the user.',
});

export const SAVEPOINT_IGNORE_UNCLAIMED_STATE: ConfigOption<boolean> = boolOption({
  key: 'execution.state-recovery.ignore-unclaimed-state',
  defaultValue: false,
  deprecatedKeys: ['execution.savepoint.ignore-unclaimed-state'],
  description: 'Whether the job starts although the snapshot holds state of unknown operators.',
});

/** What a job starts from. Flink: StateRecoveryOptions. */
import type { ConfigOption } from './config-option.ts';
import { boolOption, enumOption, listOption, stringOption } from './option-builders.ts';
import type { RestoreMode } from './restore-mode.ts';

export const SAVEPOINT_PATH: ConfigOption<string | undefined> = stringOption({
  key: 'execution.state-recovery.path',
  deprecatedKeys: ['execution.savepoint.path'],
  description: 'The checkpoint or savepoint that the job starts from.',
});

export const RESTORE_MODE: ConfigOption<RestoreMode> = enumOption({
  key: 'execution.state-recovery.claim-mode',
  constants: ['CLAIM', 'NO_CLAIM', 'LEGACY'],
  defaultValue: 'NO_CLAIM',
  deprecatedKeys: ['execution.savepoint-restore-mode'],
  description:
    'Who owns the snapshot that the job starts from: the job (CLAIM), which deletes it like a checkpoint of its own, or the user (NO_CLAIM; or LEGACY, deprecated, whose checkpoints may need its files).',
});

export const SAVEPOINT_IGNORE_UNCLAIMED_STATE: ConfigOption<boolean> = boolOption({
  key: 'execution.state-recovery.ignore-unclaimed-state',
  defaultValue: false,
  deprecatedKeys: ['execution.savepoint.ignore-unclaimed-state'],
  description: 'Whether the job starts although the snapshot holds state of unknown operators.',
});

export const PATH_REBASE: ConfigOption<readonly string[]> = listOption({
  key: 'execution.state-recovery.path-rebase',
  defaultValue: [],
  description:
    'Where the files of a checkpoint that was moved are now: FROM=TO pairs of folders, for the absolute paths that it names (not in Flink).',
});

export const LOCAL_RECOVERY: ConfigOption<boolean> = boolOption({
  key: 'execution.state-recovery.from-local',
  defaultValue: false,
  deprecatedKeys: ['state.backend.local-recovery'],
  description:
    'Whether a restart in the same process restores from the files on the local disk where they are whole.',
});

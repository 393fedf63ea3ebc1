/**
 * What a job starts from, as a program says it; each part is a key of the configuration.
 *
 * Flink: SavepointRestoreSettings.
 */
import { ConfigError } from '../errors/errors.ts';
import type { Configuration } from './configuration.ts';
import type { RestoreMode } from './restore-mode.ts';
import * as StateRecoveryOptions from './state-recovery-options.ts';

export class SavepointRestoreSettings {
  /** Folder of a checkpoint or savepoint, or its `_metadata`; `undefined` to begin empty. */
  readonly restorePath: string | undefined;
  /** Whether state of operators that the program does not have is dropped. */
  readonly allowNonRestoredState: boolean;
  readonly restoreMode: RestoreMode;

  private constructor(
    restorePath: string | undefined,
    allowNonRestoredState: boolean,
    restoreMode: RestoreMode,
  ) {
    this.restorePath = restorePath;
    this.allowNonRestoredState = allowNonRestoredState;
    this.restoreMode = restoreMode;
  }

  static none(): SavepointRestoreSettings {
    const { RESTORE_MODE } = StateRecoveryOptions;
    return new SavepointRestoreSettings(undefined, false, RESTORE_MODE.defaultValue);
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` for an empty path */
  static forPath(
    path: string,
    options: {
      readonly allowNonRestoredState?: boolean;
      readonly restoreMode?: RestoreMode;
    } = {},
  ): SavepointRestoreSettings {
    const { RESTORE_MODE } = StateRecoveryOptions;
    if (path.trim() === '') {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        'the path of a snapshot to start from is empty; use SavepointRestoreSettings.none() to begin without one',
      );
    }
    const { allowNonRestoredState = false, restoreMode = RESTORE_MODE.defaultValue } = options;
    return new SavepointRestoreSettings(path, allowNonRestoredState, restoreMode);
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` */
  static fromConfiguration(configuration: Configuration): SavepointRestoreSettings {
    return new SavepointRestoreSettings(
      configuration.get(StateRecoveryOptions.SAVEPOINT_PATH),
      configuration.get(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE),
      configuration.get(StateRecoveryOptions.RESTORE_MODE),
    );
  }

  /**
   * Writes the settings over those of `configuration`, which may have older spellings.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID`
   */
  static toConfiguration(settings: SavepointRestoreSettings, configuration: Configuration): void {
    const { SAVEPOINT_PATH, SAVEPOINT_IGNORE_UNCLAIMED_STATE, RESTORE_MODE } = StateRecoveryOptions;
    for (const option of [SAVEPOINT_PATH, SAVEPOINT_IGNORE_UNCLAIMED_STATE, RESTORE_MODE]) {
      configuration.remove(option);
    }
    configuration.set(SAVEPOINT_IGNORE_UNCLAIMED_STATE, settings.allowNonRestoredState);
    configuration.set(RESTORE_MODE, settings.restoreMode);
    if (settings.restorePath !== undefined) {
      configuration.set(SAVEPOINT_PATH, settings.restorePath);
    }
  }
}

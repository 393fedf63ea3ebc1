/**
 * Where copies of checkpoints stay on this machine, as the configuration says.
 *
 * Flink: LocalRecoveryConfig, TaskExecutorLocalStateStoresManager.
 */
import { mkdirSync, statSync } from 'node:fs';
import { CheckpointingOptions, type Configuration, splitDirectories } from '@millrace/core';
import { LocalCopies } from '../database/local-copies.ts';
import { checkedDirectories } from '../options/local-directories.ts';
import { leaveFolderOfProcess, takeFolderOfProcess } from '../options/process-folders.ts';

/** `undefined` where none are asked for. @throws ConfigError `CONFIG_VALUE_INVALID` for a folder that is none */
export function localBackup(configuration: Configuration): LocalCopies | undefined {
  if (!configuration.get(CheckpointingOptions.LOCAL_BACKUP_ENABLED)) {
    return undefined;
  }
  const { LOCAL_BACKUP_DIRS } = CheckpointingOptions;
  const named = configuration.get(LOCAL_BACKUP_DIRS);
  const directories =
    named === undefined ? [] : checkedDirectories(splitDirectories(named), LOCAL_BACKUP_DIRS.key);
  const chosen = new Map<string, string>();
  return new LocalCopies({
    take: (directory) => {
      const backup = onSameDisk(directories, directory) ?? directory;
      chosen.set(directory, backup);
      return takeFolderOfProcess(backup);
    },
    leave: (directory) => leaveFolderOfProcess(chosen.get(directory) ?? directory),
  });
}

/** A database is linked, not copied: that needs one file system. */
function onSameDisk(backups: readonly string[], directory: string): string | undefined {
  const disk = statSync(directory).dev;
  return backups.find((backup) => {
    mkdirSync(backup, { recursive: true });
    return statSync(backup).dev === disk;
  });
}

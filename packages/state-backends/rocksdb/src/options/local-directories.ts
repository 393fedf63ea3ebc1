/**
 * The folders of this machine that databases are in, dealt out in turn.
 *
 * Flink: EmbeddedRocksDBStateBackend.lazyInitializeForJob, getNextStoragePath.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ConfigError,
  type Configuration,
  errorMessage,
  RocksDBOptions,
  splitDirectories,
  TaskManagerOptions,
} from '@millrace/core';
import { leaveFolderOfProcess, takeFolderOfProcess } from './process-folders.ts';

const NAME_LENGTH_MAX = 64;

/** @throws ConfigError `CONFIG_VALUE_INVALID` for what is no absolute path or file: URI */
export function localDirectories(configuration: Configuration): string[] {
  const { LOCAL_DIRECTORIES } = RocksDBOptions;
  const own = configuration.get(LOCAL_DIRECTORIES);
  if (own !== undefined) {
    return checkedDirectories(splitDirectories(own), LOCAL_DIRECTORIES.key);
  }
  const tmp = splitDirectories(configuration.get(TaskManagerOptions.TMP_DIRS) ?? '');
  return tmp.length === 0 ? [tmpdir()] : tmp;
}

/** @param origin - what named them, for the message */
export function checkedDirectories(directories: readonly string[], origin: string): string[] {
  if (!Array.isArray(directories) || directories.some((each) => typeof each !== 'string')) {
    throw new ConfigError('CONFIG_VALUE_INVALID', `${origin} takes an array of paths`);
  }
  if (directories.length === 0) {
    throw new ConfigError('CONFIG_VALUE_INVALID', `${origin} names no folder; name at least one`);
  }
  return directories.map((directory) => {
    const path = pathOf(directory);
    if (path === undefined || !isAbsolute(path)) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `${origin} names '${directory}'; databases are on local disks: use an absolute path or a file: URI`,
      );
    }
    return path;
  });
}

function pathOf(directory: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(directory)) {
    return directory;
  }
  if (!/^file:\//i.test(directory)) {
    return undefined;
  }
  try {
    return fileURLToPath(directory.replace(/^file:\/*/i, 'file:///'));
  } catch {
    return undefined; // The caller names it.
  }
}

/** A folder of one backend. */
export interface WorkingDirectory {
  readonly path: string;
  /** Never throws. */
  remove(): void;
}

export class LocalDirectories {
  private readonly directories: readonly string[];
  private next: number;

  /** @param random - in `[0, 1)`: which is the first */
  constructor(directories: readonly string[], random: () => number = Math.random) {
    this.directories = directories;
    this.next = Math.floor(random() * directories.length);
  }

  /**
   * Makes a folder in the next one that can be used; what processes that are gone left there is removed.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID` naming each folder, when none can be used
   */
  async take(operatorName: string, warn: (message: string) => void): Promise<WorkingDirectory> {
    const failures: string[] = [];
    for (let tried = 0; tried < this.directories.length; tried++) {
      const directory = this.directories[this.next] as string;
      this.next = (this.next + 1) % this.directories.length;
      try {
        const working = await workingDirectory(directory, operatorName);
        for (const failure of failures) {
          warn(`databases are not put into ${failure}`);
        }
        return working;
      } catch (error) {
        failures.push(`${directory} (${errorMessage(error)})`);
      }
    }
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `no local folder for RocksDB can be used: ${failures.join(', ')}; make it one that can be ` +
        `written, or name another in ${RocksDBOptions.LOCAL_DIRECTORIES.key}`,
    );
  }
}

async function workingDirectory(
  directory: string,
  operatorName: string,
): Promise<WorkingDirectory> {
  const parent = await takeFolderOfProcess(directory);
  const name = operatorName.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, NAME_LENGTH_MAX);
  const path = join(parent, `op_${name}_uuid_${randomUUID()}`);
  try {
    mkdirSync(path);
  } catch (error) {
    leaveFolderOfProcess(directory);
    throw error;
  }
  let removed = false;
  return {
    path,
    remove() {
      if (removed) {
        return;
      }
      removed = true;
      try {
        rmSync(path, { recursive: true, force: true });
      } catch {
        // The next process that uses the folder removes it.
      }
      leaveFolderOfProcess(directory);
    },
  };
}

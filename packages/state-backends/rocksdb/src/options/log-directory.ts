/** The folder of RocksDB's logs: where it cannot be used RocksDB runs on without a log, and says nothing. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { errorMessage, RocksDBConfigurableOptions } from '@millrace/core';

/** @param directory - as the options say, if they do */
export function warnOfUnusableLogDirectory(
  directory: unknown,
  warn: (message: string) => void,
): void {
  if (typeof directory !== 'string' || directory === '') {
    return;
  }
  try {
    makeWhereMissing(directory);
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (cause) {
    warn(
      `RocksDB writes no log: ${RocksDBConfigurableOptions.LOG_DIR.key} is '${directory}', which cannot be ` +
        `used (${errorMessage(cause)}); make this folder, or name another`,
    );
  }
}

/** Only the last folder of the path, as RocksDB does. */
function makeWhereMissing(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw cause;
    }
  }
}

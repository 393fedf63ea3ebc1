/** From what the addon throws to errors with codes of ours. */
import { ConfigError, errorMessage, TaskError } from '@millrace/core';
import type { NativeErrorCode } from '../binding/native-addon.ts';

/** Where RocksDB was given options, which the user can mend. Else as `databaseError`. */
export function optionsError(cause: unknown, what: string): Error {
  return codeOf(cause) === 'INVALID_ARGUMENT'
    ? new ConfigError('CONFIG_VALUE_INVALID', `${what}: ${errorMessage(cause)}`, { cause })
    : databaseError(cause, what);
}

/** `what` names the database and what cannot be done with it. */
export function databaseError(cause: unknown, what: string): Error {
  const message = `${what}: ${errorMessage(cause)}`;
  switch (codeOf(cause)) {
    case 'NO_SPACE':
      return new TaskError(
        'DISK_FULL',
        `${message}; make room, or name another folder in state.backend.rocksdb.localdir`,
        { cause },
      );
    case 'CORRUPTION':
      return new TaskError(
        'ROCKSDB_FAILED',
        `${message}; a file of the database is damaged. It may have come with the snapshot that the job was ` +
          'restored from, which a restart does not mend: check that with `millrace snapshot verify`, and ' +
          'restore another one if it is damaged; else look at the disk',
        { cause },
      );
    case 'CLOSED':
      return new TaskError(
        'ROCKSDB_FAILED',
        `${message}; its task has ended: state can be used while the task runs only`,
        { cause },
      );
    default:
      return new TaskError(
        'ROCKSDB_FAILED',
        `${message}; the job goes on from its last checkpoint`,
        { cause },
      );
  }
}

/** What RocksDB passes on of an earlier failure has its text, and not its kind. */
const FULL_DISK = /No space left on device|Disk quota exceeded/i;

function codeOf(cause: unknown): NativeErrorCode | undefined {
  return FULL_DISK.test(errorMessage(cause))
    ? 'NO_SPACE'
    : (cause as { code?: NativeErrorCode } | undefined)?.code;
}

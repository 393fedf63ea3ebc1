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

function codeOf(cause: unknown): NativeErrorCode | undefined {
  return (cause as { code?: NativeErrorCode } | undefined)?.code;
}

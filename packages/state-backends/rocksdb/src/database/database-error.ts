/** From what the addon throws to errors with codes of ours. */
import { ConfigError, errorMessage, TaskError } from '@millrace/core';
import type { NativeErrorCode } from '../binding/native-addon.ts';

/** `what` names the database and what cannot be done with it. */
export function databaseError(cause: unknown, what: string): Error {
  const message = `${what}: ${errorMessage(cause)}`;
  switch ((cause as { code?: NativeErrorCode } | undefined)?.code) {
    case 'NO_SPACE':
      return new TaskError(
        'DISK_FULL',
        `${message}; make room, or name another folder in state.backend.rocksdb.localdir`,
        { cause },
      );
    case 'INVALID_ARGUMENT':
      return new ConfigError('CONFIG_VALUE_INVALID', message, { cause });
    default:
      return new TaskError(
        'ROCKSDB_FAILED',
        `${message}; the job goes on from its last checkpoint`,
        { cause },
      );
  }
}

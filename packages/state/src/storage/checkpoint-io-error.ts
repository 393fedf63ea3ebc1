/** File errors as errors of a checkpoint: the job runs on. */
import { CheckpointError, type ErrorCode, errorCode, errorMessage } from '@millrace/core';

const FILE_CODES: readonly ErrorCode[] = [
  'FILE_NOT_FOUND',
  'FILE_EXISTS',
  'FILE_PERMISSION_DENIED',
  'DISK_FULL',
  'FILE_SYSTEM_UNKNOWN',
];

/** Keeps the code of what the user can mend; everything else is `IO_EXCEPTION`. */
export function checkpointIoError(what: string, error: unknown): CheckpointError {
  if (error instanceof CheckpointError) {
    return error;
  }
  const code = errorCode(error);
  const kept = code !== undefined && FILE_CODES.includes(code) ? code : 'IO_EXCEPTION';
  return new CheckpointError(kept, `${what}: ${errorMessage(error)}`, { cause: error });
}

/** What goes wrong in the folders where databases are. */
import { fileError, TaskError } from '@millrace/core';

const REMEDY = 'or name another folder in state.backend.rocksdb.localdir';

/** `DISK_FULL`, `FILE_PERMISSION_DENIED` or `IO_EXCEPTION`, naming the path. */
export function localFolderError(verb: string, path: string, cause: unknown): TaskError {
  const { code, message } = fileError(verb, path, cause);
  return new TaskError(code, `${message}; ${REMEDY}`, { cause });
}

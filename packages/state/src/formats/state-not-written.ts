/** Errors of a snapshot say which state did not fit. */
import { errorMessage, MillraceError, TaskError } from '@millrace/core';

/**
 * The error of writing `what`, which it then names; as it is when it is about the snapshot itself: a
 * disk, or one that was cancelled.
 *
 * @param what - such as "state 'total'"
 */
export function stateNotWritten(what: string, error: unknown): unknown {
  if (error instanceof MillraceError && error.reaction !== 'task') {
    return error;
  }
  const code = error instanceof MillraceError ? error.code : 'VALUE_NOT_SERIALIZABLE';
  return new TaskError(code, `${what}: ${errorMessage(error)}`, { cause: error });
}

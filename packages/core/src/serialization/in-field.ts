/**
 * Says where in a value an error arose.
 */
import { MillraceError, TaskError } from '../errors/errors.ts';

/** The error with the field in front of its message; errors that are not ours stay as they are. */
export function inField(field: string, error: unknown): unknown {
  if (error instanceof MillraceError && error.reaction === 'task') {
    return new TaskError(error.code, `${field}: ${error.message}`, { cause: error.cause });
  }
  return error;
}

/** What went wrong with state, as HTTP says it. */
import { errorCode, errorMessage } from '@millrace/core';
import { RestError } from '../http/rest-error.ts';

const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  JOB_NOT_FOUND: 404,
  OPERATOR_NOT_IN_SNAPSHOT: 404,
  STATE_NOT_IN_SNAPSHOT: 404,
  SNAPSHOT_NOT_FOUND: 404,
  STATE_UNKNOWN: 404,
  STATE_KEY_NOT_FOUND: 404,
  VALUE_NOT_SERIALIZABLE: 400,
  UNSUPPORTED: 400,
  JOB_NOT_RUNNING: 409,
  STATE_VIEW_EXPIRED: 410,
  TOO_MANY_STATE_VIEWS: 429,
  SQL_INVALID: 400,
  SQL_LIMIT_EXCEEDED: 413,
  SQL_NOT_INSTALLED: 501,
};

/** What is asked for by people and programs that are wrong is no failure of the server. */
export async function answering<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const code = errorCode(error);
    const status = code === undefined ? undefined : STATUS_BY_CODE[code];
    throw status === undefined ? error : new RestError(status, `${code}: ${errorMessage(error)}`);
  }
}

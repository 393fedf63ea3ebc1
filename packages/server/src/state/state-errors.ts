/** What went wrong with state, as HTTP says it. */
import { errorCode, errorMessage } from '@millrace/core';
import { RestError } from '../http/rest-error.ts';
import { statusByCode } from '../http/status-by-code.ts';

/** What is asked for by people and programs that are wrong is no failure of the server. */
export async function answering<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const code = errorCode(error);
    const status = statusByCode(code);
    throw status === undefined ? error : new RestError(status, `${code}: ${errorMessage(error)}`);
  }
}

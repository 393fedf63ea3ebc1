/** Of a client that waits for the answer no longer: what is done for it alone need not go on. */
import type { ServerResponse } from 'node:http';
import { RestError } from './rest-error.ts';

export function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) {
      controller.abort(new RestError(503, 'nobody waits for the answer any more'));
    }
  });
  return controller.signal;
}

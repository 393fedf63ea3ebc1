/** Questions about state, which a server of Millrace alone answers. */
import { ConfigError } from '@millrace/core';
import { type MillraceClient, RestError } from '@millrace/rest-client';

/** @throws ConfigError `UNSUPPORTED` where the server is another's, else as `ask` */
export async function askAboutState<T>(client: MillraceClient, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    // What is not there is told with a code by ours.
    const isPathUnknown =
      error instanceof RestError &&
      error.code === 'REST_FAILED' &&
      (error.status === 404 || error.status === 405);
    throw isPathUnknown
      ? new ConfigError(
          'UNSUPPORTED',
          `the server at ${client.address} tells nothing of state: it is of Flink, or of another version; ` +
            'millrace snapshot reads the state of its savepoints and checkpoints',
          { cause: error },
        )
      : error;
  }
}

/**
 * Runs in the process of a program before it, by `node --import`: tells `millrace run` where the REST
 * endpoint of the process listens, as its port is one of a range.
 *
 * The endpoint calls back what it finds under this symbol of the process.
 */
import { isMainThread } from 'node:worker_threads';
import type { EndpointMessage } from './endpoint-message.ts';

const registry = globalThis as unknown as Record<symbol, unknown>;
const send = process.send?.bind(process);

if (isMainThread && send !== undefined) {
  registry[Symbol.for('millrace.rest.listening')] = (url: string, token?: string): void => {
    send({
      millrace: 'listening',
      url,
      ...(token === undefined ? {} : { token }),
    } satisfies EndpointMessage);
  };
  // The program is no child of anybody, as far as it can tell.
  Reflect.deleteProperty(process, 'send');
  process.channel?.unref();
}

/**
 * What the REST thread asks of the thread of the jobs, over one message port.
 *
 * Invariants:
 * - Only methods of the gateway can be called.
 * - An error keeps class, code and message; a call that fails fails no other.
 * - The port keeps no thread alive.
 */
import type { MessagePort } from 'node:worker_threads';
import { decodeError, type EncodedError, encodeError } from '@millrace/core';
import { createBirpc } from 'birpc';

/** Of birpc's messages: `e` is the error of an answer. */
interface Message {
  readonly e?: unknown;
}

/** On the thread of the jobs. Answers until the port is closed. */
export function serveGateway<G extends object>(port: MessagePort, gateway: G): void {
  createBirpc<Record<string, never>, G>(gateway, {
    ...channelOf(port),
    resolver: (name) => {
      const method = (gateway as Record<string, unknown>)[name];
      const own = typeof method === 'function' && !(name in Object.prototype);
      return own ? (method as (...args: unknown[]) => unknown) : undefined;
    },
    bind: 'functions',
    // A caller that is gone needs no answer.
    onGeneralError: () => true,
  });
  port.unref();
}

/** On the REST thread. A call takes as long as it takes: who asks sets the bound. */
export function connectGateway<G extends object>(port: MessagePort): G {
  return createBirpc<G, Record<string, never>>({}, { ...channelOf(port), timeout: -1 }) as G;
}

function channelOf(port: MessagePort) {
  return {
    post: (data: unknown) => port.postMessage(data),
    on: (listener: (data: unknown) => void) => port.on('message', listener),
    serialize: (message: Message): Message =>
      message.e === undefined ? message : { ...message, e: encodeError(message.e) },
    deserialize: (message: Message): Message =>
      message.e === undefined ? message : { ...message, e: decodeError(message.e as EncodedError) },
  };
}

/**
 * Waits for an operation that was triggered: a savepoint, a stop, a checkpoint, a disposal.
 *
 * Asks ever more rarely, as Flink's client does (ExponentialWaitStrategy), up to once a second.
 */
import type { Clock } from '@millrace/core';
import { ConfigError } from '@millrace/core';
import type { RestClient } from './rest-client.ts';
import type { AsynchronousOperationResult, OperationOutcome } from './rest-messages.ts';
import { serverMessage } from './server-message.ts';

const WAIT_MS_MIN = 20;
const WAIT_MS_MAX = 1_000;

export interface AwaitOperationOptions {
  readonly client: RestClient;
  /** Below `/v1`, with the id of the trigger. */
  readonly path: string;
  /** For messages: `the savepoint of sums`. */
  readonly what: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called before each wait. */
  onWait?(): Promise<void>;
}

/** @throws ConfigError `REST_FAILED`, or the code that the server told, when the operation failed */
export async function awaitOperation(options: AwaitOperationOptions): Promise<OperationOutcome> {
  const { client, path, what, clock, signal } = options;
  for (let waitMs = WAIT_MS_MIN; ; waitMs = Math.min(waitMs * 2, WAIT_MS_MAX)) {
    const { status, operation } = await client.get<AsynchronousOperationResult>(path);
    if (status.id === 'COMPLETED') {
      const cause = operation?.['failure-cause'] ?? operation?.failureCause;
      if (cause !== undefined && cause !== null) {
        const full = cause['stack-trace'] ?? cause.class ?? '';
        const { code, text } = serverMessage(full);
        throw new ConfigError(code ?? 'REST_FAILED', `${what} failed: ${text}`, {
          cause: new Error(full),
        });
      }
      return operation ?? {};
    }
    await options.onWait?.();
    await sleep(waitMs, clock, signal);
  }
}

/** @throws the reason of the signal */
export function sleep(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = () => {
      timer.cancel();
      reject(signal.reason);
    };
    const timer = clock.setTimer(ms, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}

/**
 * Waits for an operation that was triggered: a savepoint, a stop, a checkpoint, a disposal.
 *
 * Asks ever more rarely, as Flink's client does (ExponentialWaitStrategy), up to once a second.
 */
import type { Sleep } from './clock.ts';
import type { SerializedThrowable } from './generated/rest-api.ts';
import { isUnanswered, RestError } from './rest-error.ts';
import { serverMessage } from './server-message.ts';

const WAIT_MS_MIN = 20;
const WAIT_MS_MAX = 1_000;

export interface OperationOutcome {
  readonly 'failure-cause'?: SerializedThrowable;
  readonly failureCause?: SerializedThrowable;
}

export interface OperationState<T extends OperationOutcome> {
  readonly status: { readonly id: 'IN_PROGRESS' | 'COMPLETED' };
  readonly operation?: T | null;
}

export interface AwaitOperationOptions<T extends OperationOutcome> {
  /** For messages: `the savepoint of job 1f…`. */
  readonly what: string;
  readonly sleep: Sleep;
  readonly signal: AbortSignal | undefined;
  /** How far it is. */
  ask(): Promise<OperationState<T>>;
  /** Before each wait. */
  readonly onWait: (() => Promise<void>) | undefined;
  /** How often in a row nobody may answer. */
  readonly missesMax: number;
}

/** @throws RestError with the code that the server told, else `REST_FAILED`, when the operation failed */
export async function awaitOperation<T extends OperationOutcome>(
  options: AwaitOperationOptions<T>,
): Promise<T> {
  let misses = 0;
  for (let waitMs = WAIT_MS_MIN; ; waitMs = Math.min(waitMs * 2, WAIT_MS_MAX)) {
    const state = await options.ask().catch((error: unknown) => {
      misses += 1;
      if (!isUnanswered(error) || misses > options.missesMax) {
        throw error;
      }
    });
    misses = state === undefined ? misses : 0;
    if (state?.status.id === 'COMPLETED') {
      const { operation } = state;
      const cause = operation?.['failure-cause'] ?? operation?.failureCause;
      if (cause != null) {
        throw failed(options.what, cause);
      }
      return operation ?? ({} as T);
    }
    await options.onWait?.();
    await options.sleep(waitMs, options.signal);
  }
}

function failed(what: string, cause: SerializedThrowable): RestError {
  const full = cause['stack-trace'] || cause.class;
  const { code, text } = serverMessage(full);
  return new RestError(code ?? 'REST_FAILED', `${what} failed: ${text}`, { errors: [full] });
}

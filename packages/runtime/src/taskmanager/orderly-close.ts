/** Waits for things that are being ended, but not for ever. */
import { type Clock, errorMessage, FatalError, type Timer } from '@millrace/core';

/** Something that is being ended. */
export interface Closing {
  readonly what: string;
  readonly done: Promise<void>;
}

/**
 * Waits for all of it; what fails is a warning, since why the attempt ended is known already.
 *
 * @param timeoutMs - 0: without end
 * @throws FatalError `TASK_CANCELLATION_TIMEOUT` naming what has not ended
 */
export async function closeAll(
  closings: readonly Closing[],
  options: {
    readonly clock: Clock;
    readonly timeoutMs: number;
    readonly warn: (message: string) => void;
  },
): Promise<void> {
  const { clock, timeoutMs, warn } = options;
  const open = new Set(closings);
  let timer: Timer | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    if (timeoutMs > 0) {
      timer = clock.setTimer(timeoutMs, () => reject(notEnded([...open], timeoutMs)));
    }
  });
  const ends = closings.map((each) => each.done.finally(() => open.delete(each)));
  const outcomes = await Promise.race([Promise.allSettled(ends), tooLate]).finally(() =>
    timer?.cancel(),
  );
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') {
      warn(`closing a task or source failed: ${errorMessage(outcome.reason)}`);
    }
  }
}

function notEnded(open: readonly Closing[], timeoutMs: number): FatalError {
  return new FatalError(
    'TASK_CANCELLATION_TIMEOUT',
    `${open.map(({ what }) => what).join(', ')} did not end within ${timeoutMs} ms after the job ` +
      'was cancelled or failed; find the open, flush, commit or close that never ends, or raise ' +
      'task.cancellation.timeout',
  );
}

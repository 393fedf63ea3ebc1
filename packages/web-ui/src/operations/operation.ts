/** Something that the server was asked to do and reports on: a savepoint, a stop, a checkpoint. */
import { type OperationOptions, RestError } from '@millrace/rest-client';
import { type ReadonlySignal, signal } from '@preact/signals';
import { nowMs } from '../live/browser-clock.ts';
import { refreshAll } from '../live/poll.ts';
import { detailsOf } from '../rest/client.ts';

export type Progress =
  | { readonly step: 'asked'; readonly since: number }
  | { readonly step: 'running'; readonly since: number }
  | { readonly step: 'done'; readonly tookMs: number; readonly result: string }
  | { readonly step: 'failed'; readonly message: string; readonly details: string };

/** A question that gets no answer is asked again so often before the operation counts as lost sight of. */
const MISSES_MAX = 20;

/**
 * Starts an operation and follows it to its end.
 *
 * @param run - resolves with what is told of the end, such as a path
 */
export function startOperation(
  run: (options: OperationOptions) => Promise<string>,
): ReadonlySignal<Progress> {
  const since = nowMs();
  const progress = signal<Progress>({ step: 'asked', since });
  const onWait = async (): Promise<void> => {
    progress.value = { step: 'running', since };
  };
  run({ onWait, missesMax: MISSES_MAX })
    .then((result): Progress => ({ step: 'done', tookMs: nowMs() - since, result }))
    .catch(failed)
    .then((end) => {
      progress.value = end;
      refreshAll();
    })
    .catch(() => {});
  return progress;
}

function failed(error: unknown): Progress {
  const message = error instanceof Error ? error.message : String(error);
  return {
    step: 'failed',
    message,
    details: error instanceof RestError ? detailsOf(error) : message,
  };
}

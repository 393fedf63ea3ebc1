/** Something that the server was asked to do and reports on: a savepoint, a stop, a checkpoint. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { nowMs, pause } from '../live/browser-clock.ts';
import { refreshAll } from '../live/poll.ts';
import { getJson, RestError, sendJson } from '../rest/client.ts';
import { firstSentence } from '../rest/error-text.ts';
import type { AsyncResult, Trigger } from '../rest/jobs.ts';

export type Progress =
  | { readonly step: 'asked'; readonly since: number }
  | { readonly step: 'running'; readonly since: number }
  | { readonly step: 'done'; readonly tookMs: number; readonly result: string }
  | { readonly step: 'failed'; readonly message: string; readonly details: string };

const ASK_EVERY_MS = 500;
/** A poll that gets no answer is tried again so often before the operation counts as lost sight of. */
const MISSES_MAX = 20;

/**
 * Starts an operation and follows it to its end.
 *
 * @param triggerPath - where it is asked for
 * @param pollPath - of its trigger id, where its end is told
 */
export function startOperation(
  triggerPath: string,
  body: unknown,
  pollPath: (triggerId: string) => string,
): ReadonlySignal<Progress> {
  const since = nowMs();
  const progress = signal<Progress>({ step: 'asked', since });
  const follow = async (): Promise<Progress> => {
    const trigger = await sendJson<Trigger>('POST', triggerPath, body);
    progress.value = { step: 'running', since };
    return endOf(await pollToEnd(pollPath(trigger['request-id'])), nowMs() - since);
  };
  follow()
    .catch(failed)
    .then((end) => {
      progress.value = end;
      refreshAll();
    })
    .catch(() => {});
  return progress;
}

async function pollToEnd(path: string): Promise<AsyncResult> {
  for (let misses = 0; ; ) {
    try {
      const answer = await getJson<AsyncResult>(path);
      if (answer.status.id === 'COMPLETED') {
        return answer;
      }
      misses = 0;
    } catch (error) {
      misses += 1;
      if (!(error instanceof RestError) || !error.isAway || misses > MISSES_MAX) {
        throw error;
      }
    }
    await pause(ASK_EVERY_MS);
  }
}

/** A failed operation is completed too; then its answer holds the cause. */
export function endOf({ operation }: AsyncResult, tookMs: number): Progress {
  const cause = operation?.['failure-cause'] ?? operation?.failureCause;
  if (cause !== undefined && cause !== null) {
    const details = cause['stack-trace'];
    return { step: 'failed', message: firstSentence(details) ?? 'it failed', details };
  }
  const checkpoint = operation?.checkpointId;
  const result =
    operation?.location ?? (checkpoint === undefined ? '' : `checkpoint ${checkpoint}`);
  return { step: 'done', tookMs, result };
}

function failed(error: unknown): Progress {
  const details = error instanceof RestError ? error.details : String(error);
  return { step: 'failed', message: error instanceof Error ? error.message : details, details };
}

/**
 * Says which checkpoint request may start now.
 *
 * Rules:
 * - Order: savepoints, then forced ones, then those that somebody asked for, then periodic ones;
 *   among equals the older first.
 * - One is triggered at a time; with the limit of pending ones reached only forced ones go.
 * - A periodic one within the minimum pause after the last completion is dropped; the next comes
 *   when the pause is over.
 *
 * Unlike Flink: at most one periodic request waits, since a second would repeat the first.
 *
 * Pure. Flink: CheckpointRequestDecider.
 */
import type { SnapshotType } from '@millrace/state';

export type CheckpointRequestKind = 'periodic' | 'user' | 'savepoint';

export interface CheckpointRequest {
  /** Given out in ascending order by whoever asks. */
  readonly requestId: number;
  readonly kind: CheckpointRequestKind;
  readonly snapshotType: SnapshotType;
  /** Goes ahead of the limit of pending checkpoints. Savepoints are forced. */
  readonly forced: boolean;
  readonly requestedAt: number;
  /** Where a savepoint goes. */
  readonly targetDirectory?: string;
}

export const MAX_QUEUED_CHECKPOINT_REQUESTS = 1000;

/** @returns the queue with the request in its place, and the one that found no room */
export function enqueueRequest(
  queue: readonly CheckpointRequest[],
  request: CheckpointRequest,
): { readonly queue: readonly CheckpointRequest[]; readonly refused?: CheckpointRequest } {
  if (request.kind === 'periodic' && queue.some((r) => r.kind === 'periodic')) {
    return { queue, refused: request };
  }
  const sorted = [...queue, request].sort(compareRequests);
  if (sorted.length <= MAX_QUEUED_CHECKPOINT_REQUESTS) {
    return { queue: sorted };
  }
  return { queue: sorted.slice(0, -1), refused: sorted.at(-1)! };
}

function compareRequests(a: CheckpointRequest, b: CheckpointRequest): number {
  return (
    Number(b.kind === 'savepoint') - Number(a.kind === 'savepoint') ||
    Number(b.forced) - Number(a.forced) ||
    Number(a.kind === 'periodic') - Number(b.kind === 'periodic') ||
    a.requestedAt - b.requestedAt ||
    a.requestId - b.requestId
  );
}

export interface RequestSituation {
  readonly now: number;
  readonly isTriggering: boolean;
  readonly pendingCheckpoints: number;
  /** Completed ones that are being deleted. */
  readonly cleaningCheckpoints: number;
  readonly maxConcurrentCheckpoints: number;
  readonly minPauseMs: number;
  /** `-Infinity` before the first completion. */
  readonly lastCompletionAt: number;
}

export type RequestChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'start'; readonly request: CheckpointRequest }
  | { readonly kind: 'too-early'; readonly request: CheckpointRequest; readonly retryAt: number };

/** The chosen request is always the head of the queue; the caller takes it out. */
export function chooseRequest(
  queue: readonly CheckpointRequest[],
  situation: RequestSituation,
): RequestChoice {
  const head = queue[0];
  const { maxConcurrentCheckpoints: limit } = situation;
  if (head === undefined || situation.isTriggering || situation.cleaningCheckpoints > limit) {
    return { kind: 'none' };
  }
  if (situation.pendingCheckpoints >= limit) {
    return head.forced ? { kind: 'start', request: head } : { kind: 'none' };
  }
  const retryAt = situation.lastCompletionAt + situation.minPauseMs;
  if (head.kind === 'periodic' && !head.forced && retryAt > situation.now) {
    return { kind: 'too-early', request: head, retryAt };
  }
  return { kind: 'start', request: head };
}

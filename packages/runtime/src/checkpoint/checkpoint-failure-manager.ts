/**
 * Counts failed checkpoints and says when they are too many.
 *
 * Invariants:
 * - A checkpoint counts once, whatever number of its tasks fail.
 * - A completed checkpoint starts the count again; failures of older ones then count no more.
 *
 * Pure. Flink: CheckpointFailureManager.
 */
import type { ErrorCode } from '@millrace/core';

/** Why a checkpoint was given up. Flink: CheckpointFailureReason. */
export type CheckpointFailureReason = Extract<
  ErrorCode,
  | 'CHECKPOINT_ASYNC_EXCEPTION'
  | 'CHECKPOINT_COORDINATOR_SHUTDOWN'
  | 'CHECKPOINT_COORDINATOR_SUSPEND'
  | 'CHECKPOINT_DECLINED'
  | 'CHECKPOINT_DECLINED_TASK_CLOSING'
  | 'CHECKPOINT_EXPIRED'
  | 'CHECKPOINT_SUBSUMED'
  | 'FINALIZE_CHECKPOINT_FAILURE'
  | 'IO_EXCEPTION'
  | 'JOB_FAILOVER_REGION'
  | 'MINIMUM_TIME_BETWEEN_CHECKPOINTS'
  | 'NOT_ALL_REQUIRED_TASKS_RUNNING'
  | 'TOO_MANY_CHECKPOINT_REQUESTS'
>;

const COUNTED: ReadonlySet<CheckpointFailureReason> = new Set<CheckpointFailureReason>([
  'IO_EXCEPTION',
  'CHECKPOINT_ASYNC_EXCEPTION',
  'CHECKPOINT_DECLINED',
  'CHECKPOINT_EXPIRED',
  'FINALIZE_CHECKPOINT_FAILURE',
]);

export interface CheckpointFailureCount {
  /** Of different checkpoints in a row. */
  readonly continuousFailures: number;
  readonly countedIds: ReadonlySet<number>;
  readonly lastSucceededId: number;
}

export const NO_CHECKPOINT_FAILURES: CheckpointFailureCount = {
  continuousFailures: 0,
  countedIds: new Set(),
  lastSucceededId: 0,
};

export function countCheckpointSuccess(
  count: CheckpointFailureCount,
  checkpointId: number,
): CheckpointFailureCount {
  return {
    ...NO_CHECKPOINT_FAILURES,
    lastSucceededId: Math.max(count.lastSucceededId, checkpointId),
  };
}

/**
 * @param failure.isSavepoint - a savepoint's failure is told to who asked, and never counts
 * @param tolerable - failures in a row that the job survives; 0: the first one fails it
 * @returns `exceeded` when the job is to fail; the count then starts again
 */
export function countCheckpointFailure(
  count: CheckpointFailureCount,
  failure: {
    readonly checkpointId: number;
    readonly reason: CheckpointFailureReason;
    readonly isSavepoint: boolean;
  },
  tolerable: number,
): { readonly count: CheckpointFailureCount; readonly exceeded: boolean } {
  const counts =
    !failure.isSavepoint &&
    COUNTED.has(failure.reason) &&
    failure.checkpointId > count.lastSucceededId &&
    !count.countedIds.has(failure.checkpointId);
  if (!counts) {
    return { count, exceeded: false };
  }
  const continuousFailures = count.continuousFailures + 1;
  if (continuousFailures > tolerable) {
    const cleared = { ...NO_CHECKPOINT_FAILURES, lastSucceededId: count.lastSucceededId };
    return { count: cleared, exceeded: true };
  }
  const countedIds = new Set(count.countedIds).add(failure.checkpointId);
  return { count: { ...count, continuousFailures, countedIds }, exceeded: false };
}

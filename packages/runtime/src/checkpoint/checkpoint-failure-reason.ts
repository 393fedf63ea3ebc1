/** What an error says about why a checkpoint failed. Flink: CheckpointFailureReason. */
import { errorCode, errorMessage } from '@millrace/core';
import type { CheckpointFailureReason } from './checkpoint-failure-manager.ts';

export function failureReason(
  error: unknown,
  otherwise: CheckpointFailureReason,
): CheckpointFailureReason {
  switch (errorCode(error)) {
    case 'CHECKPOINT_ASYNC_EXCEPTION':
      return 'CHECKPOINT_ASYNC_EXCEPTION';
    case 'IO_EXCEPTION':
    case 'DISK_FULL':
      return 'IO_EXCEPTION';
    case 'CHECKPOINT_DECLINED_TASK_CLOSING':
      return 'CHECKPOINT_DECLINED_TASK_CLOSING';
    case 'CHECKPOINT_SUBSUMED':
      return 'CHECKPOINT_SUBSUMED';
    default:
      return otherwise;
  }
}

export function finalizeFailureReason(error: unknown): CheckpointFailureReason {
  return errorCode(error) === 'CHECKPOINT_DECLINED_TASK_CLOSING'
    ? 'CHECKPOINT_DECLINED_TASK_CLOSING'
    : 'FINALIZE_CHECKPOINT_FAILURE';
}

export function describeFailure(
  checkpointId: number,
  reason: CheckpointFailureReason,
  failure: unknown,
): string {
  const why = failure === undefined ? '' : `: ${errorMessage(failure)}`;
  return `checkpoint ${checkpointId} failed with ${reason}${why}`;
}

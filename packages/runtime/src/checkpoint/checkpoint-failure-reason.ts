/** What an error says about why a checkpoint failed. Flink: CheckpointFailureReason. */
import {
  CheckpointError,
  ConfigError,
  ERROR_CODES,
  type ErrorCode,
  errorCode,
  errorMessage,
  type MillraceError,
  TaskError,
} from '@millrace/core';
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

// A task or the job ends at its own time, and a checkpoint that is under way then does not happen.
const WITHOUT_TROUBLE: ReadonlySet<CheckpointFailureReason> = new Set<CheckpointFailureReason>([
  'CHECKPOINT_DECLINED_TASK_CLOSING',
  'CHECKPOINT_COORDINATOR_SUSPEND',
  'CHECKPOINT_COORDINATOR_SHUTDOWN',
  'JOB_FAILOVER_REGION',
]);

export function endsWithoutTrouble(reason: CheckpointFailureReason): boolean {
  return WITHOUT_TROUBLE.has(reason);
}

export function describeFailure(
  checkpointId: number,
  reason: CheckpointFailureReason,
  failure: unknown,
): string {
  const why = failure === undefined ? '' : `: ${errorMessage(failure)}`;
  return `checkpoint ${checkpointId} failed with ${reason}${why}`;
}

const NOT_TAKEN = 'the checkpoint was not taken: ';

/** For who asked for a checkpoint. @param failure - what led to it; `undefined` when the reason says it all */
export function notTaken(reason: CheckpointFailureReason, failure: unknown): CheckpointError {
  const why = failure === undefined ? ERROR_CODES[reason] : errorMessage(failure);
  // What failed may be another checkpoint, whose error says all that.
  const message = why.startsWith(NOT_TAKEN) ? why : `${NOT_TAKEN}${reason}: ${why}`;
  return new CheckpointError(reason, message, failure === undefined ? {} : { cause: failure });
}

/** What the next attempt of the job would meet again: state that does not fit its declared type. */
const MET_AGAIN: ReadonlySet<ErrorCode | undefined> = new Set<ErrorCode | undefined>([
  'KEY_TYPE_UNSUPPORTED',
  'LONG_OUT_OF_RANGE',
  'VALUE_NOT_SERIALIZABLE',
]);

/** What the job fails with: for good when a restart would not help. */
export function tooManyFailures(last: {
  readonly checkpointId: number;
  readonly reason: CheckpointFailureReason;
  readonly failure: unknown;
  readonly tolerableFailedCheckpoints: number;
}): MillraceError {
  const { checkpointId, reason, failure, tolerableFailedCheckpoints } = last;
  const code = errorCode(failure);
  if (code !== undefined && MET_AGAIN.has(code)) {
    const message = `checkpoint ${checkpointId} cannot be taken: ${errorMessage(failure)}`;
    return new ConfigError(code, message, { cause: failure });
  }
  const why = failure === undefined ? '' : ` (${errorMessage(failure)})`;
  return new TaskError(
    'TOO_MANY_CHECKPOINT_FAILURES',
    `more than ${tolerableFailedCheckpoints} checkpoints failed in a row, the last one with ` +
      `${reason}${why}; raise execution.checkpointing.tolerable-failed-checkpoints to go on`,
    { cause: failure },
  );
}

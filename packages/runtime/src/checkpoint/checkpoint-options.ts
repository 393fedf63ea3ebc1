/** Kind and mode of one checkpoint, as its barrier carries them. Flink: CheckpointOptions. */
import type { SnapshotType } from '@millrace/state';

export type CheckpointingMode = 'EXACTLY_ONCE' | 'AT_LEAST_ONCE';

/**
 * How a barrier travels:
 * - `aligned`: in order with the records.
 * - `unaligned`: it overtakes them, and what it overtook is part of the checkpoint.
 * - `forced-aligned`: it would overtake, but this edge is one that is never overtaken.
 *
 * Flink: CheckpointOptions.AlignmentType.
 */
export type AlignmentType = 'aligned' | 'unaligned' | 'forced-aligned';

export interface CheckpointBarrier {
  readonly checkpointId: number;
  readonly timestamp: number;
  readonly snapshotType: SnapshotType;
  /** `aligned` where it is left out. */
  readonly alignmentType?: AlignmentType;
  /**
   * So long after `timestamp` the barrier overtakes, ms: 0 from the start. It never does where it is
   * left out: checkpoints are not unaligned, or this is a savepoint.
   */
  readonly alignedTimeoutMs?: number;
}

/** What one task says of a checkpoint it took. */
export interface CheckpointMetrics {
  /** Barrier seen first to barrier seen on all channels. */
  readonly alignmentDurationMs: number;
  readonly syncDurationMs: number;
  readonly asyncDurationMs: number;
  /** Trigger at the coordinator to first barrier at the task. */
  readonly startDelayMs: number;
  /** The barrier overtook records on its way into the task, or out of it. */
  readonly unalignedCheckpoint?: boolean;
  /**
   * Of records that were processed while the barriers of other channels were awaited: those of an
   * unaligned checkpoint, since only they are turned into bytes. Flink: processed_data.
   */
  readonly bytesProcessedDuringAlignment?: number;
  /** Of the records in flight that the checkpoint holds. Flink: persisted_data. */
  readonly bytesPersistedDuringAlignment?: number;
}

/**
 * As the coordinator sends it. Savepoints are always aligned.
 *
 * @param alignedTimeoutMs - after which barriers overtake, 0 from the start; `undefined` never
 *
 * Flink: CheckpointOptions.forConfig.
 */
export function barrierOf(
  barrier: Pick<CheckpointBarrier, 'checkpointId' | 'timestamp' | 'snapshotType'>,
  alignedTimeoutMs: number | undefined,
): CheckpointBarrier {
  return alignedTimeoutMs === undefined || barrier.snapshotType.kind === 'savepoint'
    ? barrier
    : {
        ...barrier,
        alignmentType: alignedTimeoutMs === 0 ? 'unaligned' : 'aligned',
        alignedTimeoutMs,
      };
}

export function isUnaligned(barrier: CheckpointBarrier): boolean {
  return barrier.alignmentType === 'unaligned';
}

/** It travels in order now, and overtakes once its timeout is over. */
export function isTimeoutable(barrier: CheckpointBarrier): boolean {
  return barrier.alignmentType === 'aligned' && barrier.alignedTimeoutMs !== undefined;
}

/** When it overtakes, in the time of the clock; `Infinity` for one that never does. */
export function alignmentDeadline(barrier: CheckpointBarrier): number {
  const { timestamp, alignedTimeoutMs } = barrier;
  return isTimeoutable(barrier) ? timestamp + alignedTimeoutMs! : Number.POSITIVE_INFINITY;
}

export function asUnaligned(barrier: CheckpointBarrier): CheckpointBarrier {
  return { ...barrier, alignmentType: 'unaligned' };
}

/** For an edge that is never overtaken. */
export function withUnalignedUnsupported(barrier: CheckpointBarrier): CheckpointBarrier {
  return isUnaligned(barrier) || isTimeoutable(barrier)
    ? { ...barrier, alignmentType: 'forced-aligned' }
    : barrier;
}

/**
 * As a task passes the barrier on: it overtakes again behind an edge that is never overtaken, and as
 * soon as its timeout is over.
 */
export function withUnalignedSupported(barrier: CheckpointBarrier, now: number): CheckpointBarrier {
  const { alignmentType, alignedTimeoutMs } = barrier;
  if (alignedTimeoutMs === undefined || alignmentType === 'unaligned') {
    return barrier;
  }
  const timedOut = alignedTimeoutMs === 0 || now - barrier.timestamp > alignedTimeoutMs;
  return { ...barrier, alignmentType: timedOut ? 'unaligned' : 'aligned' };
}

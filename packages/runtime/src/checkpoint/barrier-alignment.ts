/**
 * Aligns checkpoint barriers across the input channels of one task, or starts without that.
 *
 * Invariants:
 * - Exactly once, aligned: a channel whose barrier has come stays blocked until the last one's comes
 *   or the checkpoint aborts, so no record that follows a barrier is processed before the snapshot.
 * - Exactly once, unaligned: the snapshot is taken at the first barrier that overtook, or once the
 *   aligned timeout is over; no channel is blocked. What the other channels hold before their
 *   barriers is part of the checkpoint, which is complete here with the last of them.
 * - At least once: no channel is ever blocked; the snapshot is taken at the last barrier.
 * - A checkpoint starts at most once, an aborted one never, and ids of started ones only grow. Only
 *   an unaligned one can be aborted after its start, until its last barrier has come.
 * - A channel that has ended counts as aligned.
 *
 * Decisions are in the order in which the caller must act on them, and the caller acts before it
 * takes the next record: a start means that the snapshot is taken now and the barrier goes on.
 * After a start or an abort, `isBlocked` already tells the new truth.
 *
 * Flink: SingleCheckpointBarrierHandler with its alternating states, CheckpointBarrierTracker.
 */
import { invariant } from '@millrace/core';
import {
  alignmentDeadline,
  asUnaligned,
  type CheckpointBarrier,
  type CheckpointingMode,
  isUnaligned,
} from './checkpoint-options.ts';

export type AlignmentDecision =
  | {
      readonly kind: 'start-checkpoint';
      readonly barrier: CheckpointBarrier;
      /** From the first barrier to the last one; 0 with one channel. */
      readonly alignmentDurationMs: number;
      /** From the trigger at the coordinator to the first barrier here. */
      readonly startDelayMs: number;
    }
  | {
      /** The snapshot is taken now, and what channels hold before their barriers belongs to it. */
      readonly kind: 'start-unaligned';
      readonly barrier: CheckpointBarrier;
      readonly startDelayMs: number;
      readonly firstBarrierMs: number;
      /** Of each channel: true where its barrier has come in order, or the channel has ended. */
      readonly aligned: readonly boolean[];
    }
  | {
      /** All barriers of the unaligned checkpoint have come: what was in flight is complete. */
      readonly kind: 'end-alignment';
      readonly checkpointId: number;
    }
  | {
      /** The checkpoint will not be taken here: pass a cancellation marker on and decline it. */
      readonly kind: 'abort';
      readonly checkpointId: number;
      readonly reason: 'subsumed' | 'cancelled';
    };

const NO_DECISION: readonly AlignmentDecision[] = [];

// Flink's bound: a checkpoint that newer ones overtook so often will never complete.
const MAX_TRACKED_CHECKPOINTS = 50;

interface Alignment {
  readonly barrier: CheckpointBarrier;
  readonly firstBarrierMs: number;
  /** 1 for channels whose barrier came or that ended. */
  readonly aligned: Uint8Array;
  alignedCount: number;
  /** The snapshot was taken, and the barriers that are missing end what belongs to it. */
  isUnaligned: boolean;
}

export class BarrierAlignment {
  readonly numberOfChannels: number;
  readonly mode: CheckpointingMode;
  private readonly blocked: Uint8Array;
  private readonly ended: Uint8Array;
  private endedCount = 0;
  /** Ascending ids, all above `lastClosedId`; with exactly-once at most one. */
  private alignments: Alignment[] = [];
  /** Every id up to this one was started or aborted, or will never be. */
  private lastClosedId = -1;

  constructor(options: { numberOfChannels: number; mode: CheckpointingMode }) {
    invariant(options.numberOfChannels >= 1, 'a task that aligns has at least one channel');
    this.numberOfChannels = options.numberOfChannels;
    this.mode = options.mode;
    this.blocked = new Uint8Array(options.numberOfChannels);
    this.ended = new Uint8Array(options.numberOfChannels);
  }

  /** True while nothing may be taken from the channel. */
  isBlocked(channel: number): boolean {
    return this.blocked[channel] === 1;
  }

  /**
   * A barrier that comes in order with the records of its channel, or one that overtook them. One
   * that has come already, and overtook then, says nothing more.
   *
   * @param nowMs - time of arrival
   */
  processBarrier(
    channel: number,
    barrier: CheckpointBarrier,
    nowMs: number,
  ): readonly AlignmentDecision[] {
    this.checkNotEnded(channel);
    const overtook = isUnaligned(barrier);
    // A newer checkpoint may have given the alignment up that a channel is blocked for.
    invariant(
      overtook || !this.isBlocked(channel),
      `nothing is taken from blocked channel ${channel}`,
    );
    const decisions: AlignmentDecision[] = [];
    const alignment = this.alignmentOf(barrier, nowMs, decisions);
    if (alignment === undefined || alignment.aligned[channel] === 1) {
      return decisions; // Late: the checkpoint was started, aborted or overtaken.
    }
    if (this.mode === 'EXACTLY_ONCE' && !alignment.isUnaligned) {
      const isLast = alignment.alignedCount + 1 === this.numberOfChannels;
      if (overtook || (!isLast && nowMs > alignmentDeadline(barrier))) {
        if (!overtook) {
          this.markAligned(alignment, channel); // Before it nothing is left in flight.
        }
        this.startUnaligned(alignment, decisions);
      } else {
        this.blocked[channel] = 1;
      }
    }
    this.markAligned(alignment, channel);
    this.startIfAligned(alignment, nowMs, decisions);
    return decisions;
  }

  /**
   * The aligned timeout of a checkpoint is over: it starts, if some of its barriers have come. Before
   * the first one nothing happens; the caller lets those that wait in channels overtake.
   */
  processAlignmentTimeout(checkpointId: number): readonly AlignmentDecision[] {
    const alignment = this.alignments.find((a) => a.barrier.checkpointId === checkpointId);
    if (alignment === undefined || alignment.isUnaligned || this.mode === 'AT_LEAST_ONCE') {
      return NO_DECISION;
    }
    const decisions: AlignmentDecision[] = [];
    this.startUnaligned(alignment, decisions);
    return decisions;
  }

  /** A marker that an upstream task sends in place of the barrier of a checkpoint it gave up. */
  processCancellation(channel: number, checkpointId: number): readonly AlignmentDecision[] {
    this.checkReadable(channel);
    return this.abort(checkpointId);
  }

  /** The coordinator gave the checkpoint up. Unblocks what waits for it. */
  processCheckpointAborted(checkpointId: number): readonly AlignmentDecision[] {
    const aligning = this.alignments.some((a) => a.barrier.checkpointId === checkpointId);
    return aligning ? this.abort(checkpointId) : NO_DECISION;
  }

  /** The last thing that a channel says. */
  processEndOfPartition(channel: number, nowMs: number): readonly AlignmentDecision[] {
    this.checkReadable(channel);
    this.ended[channel] = 1;
    this.endedCount++;
    const decisions: AlignmentDecision[] = [];
    for (const alignment of [...this.alignments]) {
      this.markAligned(alignment, channel);
      this.startIfAligned(alignment, nowMs, decisions);
    }
    return decisions;
  }

  private checkReadable(channel: number): void {
    this.checkNotEnded(channel);
    invariant(!this.isBlocked(channel), `nothing is taken from blocked channel ${channel}`);
  }

  private checkNotEnded(channel: number): void {
    invariant(channel >= 0 && channel < this.numberOfChannels, `channel ${channel} exists`);
    invariant(this.ended[channel] === 0, `channel ${channel} says nothing after its end`);
  }

  /** The alignment that the barrier belongs to, a new one if it is the first of a newer id. */
  private alignmentOf(
    barrier: CheckpointBarrier,
    nowMs: number,
    decisions: AlignmentDecision[],
  ): Alignment | undefined {
    const id = barrier.checkpointId;
    const known = this.alignments.find((a) => a.barrier.checkpointId === id);
    if (known !== undefined || id <= this.highestSeenId()) {
      return known;
    }
    if (this.mode === 'EXACTLY_ONCE') {
      this.close(id - 1, decisions);
    } else if (this.alignments.length === MAX_TRACKED_CHECKPOINTS) {
      this.close(this.alignments[0]!.barrier.checkpointId, decisions);
    }
    const created: Alignment = {
      barrier,
      firstBarrierMs: nowMs,
      aligned: this.ended.slice(),
      alignedCount: this.endedCount,
      isUnaligned: false,
    };
    this.alignments.push(created);
    return created;
  }

  private highestSeenId(): number {
    return this.alignments.at(-1)?.barrier.checkpointId ?? this.lastClosedId;
  }

  private markAligned(alignment: Alignment, channel: number): void {
    if (alignment.aligned[channel] === 0) {
      alignment.aligned[channel] = 1;
      alignment.alignedCount++;
    }
  }

  private startUnaligned(alignment: Alignment, decisions: AlignmentDecision[]): void {
    this.close(alignment.barrier.checkpointId - 1, decisions);
    alignment.isUnaligned = true;
    this.blocked.fill(0);
    decisions.push({
      kind: 'start-unaligned',
      barrier: asUnaligned(alignment.barrier),
      startDelayMs: Math.max(0, alignment.firstBarrierMs - alignment.barrier.timestamp),
      firstBarrierMs: alignment.firstBarrierMs,
      aligned: Array.from(alignment.aligned, (each) => each === 1),
    });
  }

  private startIfAligned(
    alignment: Alignment,
    nowMs: number,
    decisions: AlignmentDecision[],
  ): void {
    if (alignment.alignedCount < this.numberOfChannels) {
      return;
    }
    const { barrier, firstBarrierMs } = alignment;
    const { checkpointId } = barrier;
    this.close(checkpointId - 1, decisions);
    this.alignments.shift();
    this.lastClosedId = checkpointId;
    this.blocked.fill(0);
    if (alignment.isUnaligned) {
      decisions.push({ kind: 'end-alignment', checkpointId });
      return;
    }
    const alignmentDurationMs = nowMs - firstBarrierMs;
    const startDelayMs = Math.max(0, firstBarrierMs - barrier.timestamp);
    decisions.push({ kind: 'start-checkpoint', barrier, alignmentDurationMs, startDelayMs });
  }

  private abort(checkpointId: number): readonly AlignmentDecision[] {
    const aligning = this.alignments.some((a) => a.barrier.checkpointId === checkpointId);
    if (!aligning && checkpointId <= this.highestSeenId()) {
      return NO_DECISION;
    }
    const decisions: AlignmentDecision[] = [];
    this.close(checkpointId - 1, decisions);
    if (aligning) {
      this.alignments.shift();
    }
    this.lastClosedId = checkpointId;
    this.blocked.fill(0);
    decisions.push({ kind: 'abort', checkpointId, reason: 'cancelled' });
    return decisions;
  }

  /** Gives up every alignment up to an id, because something newer takes its place. */
  private close(upToId: number, decisions: AlignmentDecision[]): void {
    while (this.alignments[0] !== undefined) {
      const checkpointId = this.alignments[0].barrier.checkpointId;
      if (checkpointId > upToId) {
        break;
      }
      this.alignments.shift();
      this.blocked.fill(0);
      decisions.push({ kind: 'abort', checkpointId, reason: 'subsumed' });
    }
    this.lastClosedId = Math.max(this.lastClosedId, upToId);
  }
}

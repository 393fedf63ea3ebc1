/**
 * Barriers with a timeout that a channel to another slot was given, until they have overtaken or
 * cannot any more.
 *
 * Invariants:
 * - What a barrier overtakes at this end is told once, when it leaves this end, unless its checkpoint
 *   is over before.
 * - There are no more than those that wait for room, and one.
 *
 * Flink: PipelinedSubpartition.channelStateFuture.
 */
import type { CheckpointBarrier } from '../../checkpoint/checkpoint-options.ts';
import type { OvertakenBytes } from '../channel-writer.ts';
import type { WaitingBuffer } from './waiting-buffers.ts';

export interface SentBarrier {
  readonly barrier: CheckpointBarrier;
  /** Its first buffer, while that waits for room; else it is in the ring at the position. */
  waitingAs: WaitingBuffer | undefined;
  /** Of `RingInlet.writePosition`. */
  position: number;
  readonly tell: (overtaken: OvertakenBytes) => void;
}

export class SentBarriers {
  private barriers: SentBarrier[] = [];
  private newestId = 0;

  get size(): number {
    return this.barriers.length;
  }

  /** A barrier that may overtake: none before it does so any more, those that wait keep their places. */
  subsume(checkpointId: number): void {
    this.newestId = Math.max(this.newestId, checkpointId);
    this.barriers = this.barriers.filter(({ waitingAs }) => waitingAs !== undefined);
  }

  /** Its checkpoint is over: it overtakes nothing any more, and nothing is told of it. */
  forget(checkpointId: number): void {
    this.barriers = this.barriers.filter(({ barrier }) => barrier.checkpointId !== checkpointId);
  }

  /** It is in the ring, in its place. */
  addInRing(barrier: CheckpointBarrier, position: number): void {
    this.subsume(barrier.checkpointId);
    this.barriers.push({ barrier, waitingAs: undefined, position, tell: () => {} });
  }

  /** It waits for room. */
  addWaiting(barrier: CheckpointBarrier, waitingAs: WaitingBuffer): Promise<OvertakenBytes> {
    this.subsume(barrier.checkpointId);
    return new Promise((tell) => {
      this.barriers.push({ barrier, waitingAs, position: 0, tell });
    });
  }

  /** A buffer that waited goes into the ring at a position. */
  bufferLeft(buffer: WaitingBuffer, position: number): void {
    for (const sent of this.barriers) {
      if (sent.waitingAs === buffer) {
        sent.waitingAs = undefined;
        sent.position = position;
        sent.tell([]);
        if (sent.barrier.checkpointId < this.newestId) {
          this.forget(sent.barrier.checkpointId);
        }
      }
    }
  }

  /** The one that is to overtake now, once. */
  take(checkpointId: number): SentBarrier | undefined {
    if (checkpointId < this.newestId) {
      return undefined;
    }
    const sent = this.barriers.find(({ barrier }) => barrier.checkpointId === checkpointId);
    this.forget(checkpointId);
    return sent;
  }
}

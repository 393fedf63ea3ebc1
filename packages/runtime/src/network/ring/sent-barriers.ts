/**
 * Barriers with a timeout that a channel to another slot was given, until they have overtaken or
 * cannot any more.
 *
 * Invariant: what a barrier overtakes at this end is told once, when it leaves this end.
 */
import type { CheckpointBarrier } from '../../checkpoint/checkpoint-options.ts';
import type { OvertakenBytes } from '../channel-writer.ts';
import type { WaitingBuffer } from './waiting-buffers.ts';

export interface SentBarrier {
  readonly barrier: CheckpointBarrier;
  /** Its first buffer, while that waits for room; else it is in the ring at the position. */
  waitingAs: WaitingBuffer | undefined;
  position: number;
  readonly tell: (overtaken: OvertakenBytes) => void;
}

export class SentBarriers {
  private barriers: SentBarrier[] = [];

  /** It is in the ring, in its place. */
  addInRing(barrier: CheckpointBarrier, position: number): void {
    // An older one that has left as well is subsumed.
    this.barriers = this.barriers.filter(({ waitingAs }) => waitingAs !== undefined);
    this.barriers.push({ barrier, waitingAs: undefined, position, tell: () => {} });
  }

  /** It waits for room. */
  addWaiting(barrier: CheckpointBarrier, waitingAs: WaitingBuffer): Promise<OvertakenBytes> {
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
      }
    }
  }

  /** The one that is to overtake now, once. */
  take(checkpointId: number): SentBarrier | undefined {
    const sent = this.barriers.find(({ barrier }) => barrier.checkpointId === checkpointId);
    this.barriers = this.barriers.filter((each) => each !== sent);
    return sent;
  }
}

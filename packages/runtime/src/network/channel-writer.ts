/**
 * The sending end of a channel: to a task of this thread (`LocalChannel`) or of another one.
 *
 * Invariants:
 * - What is pushed comes out at the other end in the order of the pushes, but for barriers that
 *   overtake.
 * - A barrier that overtakes comes out at once, also when the receiver takes no input and the channel
 *   is full. What it overtook comes out after it, unchanged; it is told apart by where it was then:
 *   - at the receiver: the receiver's `LocalChannel` remembers how far the barrier overtook
 *     (`LocalChannel.pushBarrier`), and the receiving task writes those elements as state of its
 *     input channel.
 *   - at this end: it is told as bytes (`pushBarrier`), and the sending task writes them as state of
 *     its result subpartition.
 *   A restore puts the first before the second, so together they are one sequence of elements.
 *
 * A channel between threads brings a barrier that overtakes to the receiver's thread past everything
 * else, with the place up to which it overtook there. The receiving end puts all elements before that
 * place into its `LocalChannel`, beyond its capacity, then pushes the barrier there. An element that
 * is cut, its beginning at the receiver and its end at this one, is given to the `LocalChannel` with
 * the barrier as the bytes that are there (its length first); the bytes that are told here go on with
 * its rest.
 *
 * Flink: ResultSubpartition, PipelinedSubpartition.processPriorityBuffer.
 */
import type { CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import type { ChannelEvent } from './channel-event.ts';
import type { SendingUsage } from './channel-usage.ts';

/** In Flink's network format, i32 length and element, cut anywhere: docs/formats/channel-state.md. */
export type OvertakenBytes = readonly Uint8Array[];

export interface ChannelWriter extends SendingUsage {
  /** What is pushed is what comes out, and not a copy: who pushes must not change it any more. */
  readonly handsOver: boolean;
  push(value: unknown, timestamp: number): void;
  /**
   * The same for a record whose key is a text, for who may want to know that before the record's turn.
   *
   * @param hashCode - Java's, of the key
   */
  pushKeyed(value: unknown, timestamp: number, key: string, hashCode: number): void;
  pushEvent(event: ChannelEvent): void;
  /**
   * A barrier, by its `alignmentType`: `unaligned` it overtakes all that has not come out; else it
   * keeps its place, until `timeOutBarrier`.
   *
   * @returns what the barrier overtakes at this end. It resolves once that is decided: at once for an
   *   unaligned barrier; for one with a timeout, with nothing when it left this end in its place, and
   *   at `timeOutBarrier` otherwise. `undefined` where nothing is or will be overtaken at this end.
   *   It need not settle when the channel is given up.
   */
  pushBarrier(barrier: CheckpointBarrier): Promise<OvertakenBytes> | undefined;
  /**
   * The aligned timeout of a barrier is over that was pushed with one: if it has not come out, it
   * overtakes now, as an unaligned one. Does nothing for any other checkpoint, nor once a newer
   * barrier was pushed that overtakes or has a timeout.
   */
  timeOutBarrier(checkpointId: number): void;
  /**
   * The checkpoint is complete or was aborted: its barrier keeps its place if it has not overtaken, and
   * `timeOutBarrier` does nothing for it. What `pushBarrier` returned need not settle.
   */
  forgetBarrier(checkpointId: number): void;
  /** The sender should push no more for now; what it pushes is taken all the same. */
  readonly isFull: boolean;
}

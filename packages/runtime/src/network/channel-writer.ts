/**
 * The sending end of a channel: to a task of this thread (`LocalChannel`) or of another one.
 *
 * Invariant: what is pushed comes out at the other end in the order of the pushes.
 *
 * Flink: ResultSubpartition.
 */
import type { ChannelEvent } from './channel-event.ts';

export interface ChannelWriter {
  push(value: unknown, timestamp: number): void;
  pushEvent(event: ChannelEvent): void;
  /** The sender should push no more for now; what it pushes is taken all the same. */
  readonly isFull: boolean;
}

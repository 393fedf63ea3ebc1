/**
 * One channel between two tasks of one thread: a ring of records and events, in order.
 *
 * The capacity is a limit that the writer respects between batches, not within one: a batch that
 * emits more than expected makes the ring grow rather than lose or block.
 */
// Hot path.

import { invariant } from '@millrace/core';
import type { ChannelEvent } from './channel-event.ts';
import type { ChannelWriter } from './channel-writer.ts';

/** In the place of a timestamp: the value beside it is a `ChannelEvent`. */
const EVENT = Number.NaN;

export class LocalChannel implements ChannelWriter {
  /** Rings of one size, a power of two; `head` and `tail` only grow. */
  values: unknown[];
  timestamps: number[];
  mask: number;
  head: number;
  tail: number;
  readonly capacity: number;
  private onData: () => void;

  constructor(capacity: number) {
    invariant((capacity & (capacity - 1)) === 0, 'a channel capacity is a power of two');
    this.values = new Array<unknown>(capacity).fill(undefined);
    this.timestamps = new Array<number>(capacity).fill(0);
    this.mask = capacity - 1;
    this.head = 0;
    this.tail = 0;
    this.capacity = capacity;
    this.onData = () => {};
  }

  /** Called when the channel stops being empty. */
  setDataListener(onData: () => void): void {
    this.onData = onData;
  }

  get size(): number {
    return this.tail - this.head;
  }

  get isFull(): boolean {
    return this.tail - this.head >= this.capacity;
  }

  push(value: unknown, timestamp: number): void {
    if (this.tail - this.head > this.mask) {
      this.grow();
    }
    const at = this.tail & this.mask;
    this.values[at] = value;
    this.timestamps[at] = timestamp;
    this.tail++;
    if (this.tail - this.head === 1) {
      this.onData();
    }
  }

  pushEvent(event: ChannelEvent): void {
    this.push(event, EVENT);
  }

  /** The next event if one is at the head; records before it are not skipped. */
  static isEvent(timestamp: number): boolean {
    // NaN is the only number that differs from itself.
    // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN.
    return timestamp !== timestamp;
  }

  private grow(): void {
    const size = this.tail - this.head;
    const values = new Array<unknown>((this.mask + 1) * 2).fill(undefined);
    const timestamps = new Array<number>((this.mask + 1) * 2).fill(0);
    for (let i = 0; i < size; i++) {
      values[i] = this.values[(this.head + i) & this.mask];
      timestamps[i] = this.timestamps[(this.head + i) & this.mask] as number;
    }
    this.values = values;
    this.timestamps = timestamps;
    this.mask = values.length - 1;
    this.head = 0;
    this.tail = size;
  }
}

/**
 * One channel between two tasks of one thread: a ring of records and events, in order. Also the
 * receiving end of a channel from another thread.
 *
 * The capacity is a limit that the writer respects between batches, not within one: a batch that
 * emits more than expected makes the ring grow rather than lose or block.
 *
 * A barrier that overtakes stands beside the ring with the position up to which it overtook; one with
 * a timeout is in the ring, in its place, and stands beside it too until it is read. So nothing of
 * this costs a record anything.
 */
// Hot path.

import { invariant } from '@millrace/core';
import {
  asUnaligned,
  type CheckpointBarrier,
  isTimeoutable,
  isUnaligned,
} from '../checkpoint/checkpoint-options.ts';
import type { ChannelEvent } from './channel-event.ts';
import type { ChannelWriter } from './channel-writer.ts';

/** In the place of a timestamp: the value beside it is a `ChannelEvent`. */
const EVENT = Number.NaN;

const NO_KEYS: (string | undefined)[] = [];
const NO_HASH_CODES = new Int32Array(0);

/** A barrier that came out before what was pushed before it. */
export interface OvertakingBarrier {
  readonly barrier: CheckpointBarrier;
  /** Elements before this position that have not been read yet belong to the checkpoint. */
  readonly position: number;
  /** The beginning of an element that follows them, whose end waits at the sender. */
  readonly cutElement: Uint8Array | undefined;
}

export class LocalChannel implements ChannelWriter {
  readonly handsOver: boolean;
  /** Rings of one size, a power of two; `head` and `tail` only grow. */
  values: unknown[];
  timestamps: number[];
  mask: number;
  /** Beside `values` where keys came with them and are kept, until they are taken; else empty. */
  private keys: (string | undefined)[];
  private hashCodes: Int32Array;
  head: number;
  tail: number;
  readonly capacity: number;
  /** `end-of-partition` was pushed: nothing follows. */
  isComplete: boolean;
  /** `end-of-channel-state` was pushed and not read: records of a checkpoint come first. */
  isRecovering: boolean;
  private onData: () => void;
  private onBarrier: () => void;
  private overtaking: OvertakingBarrier | undefined;
  /** In the ring at `announcedAt`, unless it was read. */
  private announced: CheckpointBarrier | undefined;
  private announcedAt: number;
  private isAnnouncementTold: boolean;

  constructor(capacity: number) {
    invariant((capacity & (capacity - 1)) === 0, 'a channel capacity is a power of two');
    this.handsOver = true;
    this.values = new Array<unknown>(capacity).fill(undefined);
    this.timestamps = new Array<number>(capacity).fill(0);
    this.mask = capacity - 1;
    this.keys = NO_KEYS;
    this.hashCodes = NO_HASH_CODES;
    this.head = 0;
    this.tail = 0;
    this.capacity = capacity;
    this.isComplete = false;
    this.isRecovering = false;
    this.onData = () => {};
    this.onBarrier = () => {};
    this.overtaking = undefined;
    this.announced = undefined;
    this.announcedAt = 0;
    this.isAnnouncementTold = false;
  }

  /** Called when the channel stops being empty. */
  setDataListener(onData: () => void): void {
    this.onData = onData;
  }

  /** Called when a barrier overtakes, or comes that will when its timeout is over. */
  setBarrierListener(onBarrier: () => void): void {
    this.onBarrier = onBarrier;
  }

  get size(): number {
    return this.tail - this.head;
  }

  /** 0 empty to 1 full; more when it had to take more. */
  get usage(): number {
    return this.size / this.capacity;
  }

  get queueLength(): number {
    return this.size;
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

  pushKeyed(value: unknown, timestamp: number, key: string, hashCode: number): void {
    const position = this.tail;
    this.push(value, timestamp);
    if (this.keys.length !== 0) {
      const at = position & this.mask;
      this.keys[at] = key;
      this.hashCodes[at] = hashCode;
    }
  }

  /** Whether keys that come with records from now on are kept for `takeKeys`. */
  keepKeys(keeps: boolean): void {
    if (!keeps) {
      this.keys = NO_KEYS;
      this.hashCodes = NO_HASH_CODES;
    } else if (this.keys.length === 0) {
      this.keys = new Array<string | undefined>(this.mask + 1).fill(undefined);
      this.hashCodes = new Int32Array(this.mask + 1);
    }
  }

  /** Of the next so many elements. */
  forgetKeys(elements: number): void {
    const { keys, mask } = this;
    if (keys.length !== 0) {
      for (let i = 0; i < elements; i++) {
        keys[(this.head + i) & mask] = undefined;
      }
    }
  }

  /**
   * The keys of the next records, as far as they came with them: those of the first `elementsMax`
   * elements at most, up to one without. They are forgotten, and those behind it too.
   *
   * @param hashCodes - takes one for each, and has room for so many
   */
  takeKeys(elementsMax: number, hashCodes: Int32Array): string[] {
    const { keys, mask } = this;
    const elements = keys.length === 0 ? 0 : Math.min(this.size, elementsMax);
    // Made anew, as what is new costs less to write references to.
    const taken = new Array<string>(elements);
    let count = 0;
    for (let i = 0; i < elements; i++) {
      const at = (this.head + i) & mask;
      const key = keys[at];
      if (key !== undefined) {
        keys[at] = undefined;
        hashCodes[count] = this.hashCodes[at] as number;
        taken[count++] = key;
      } else if (!LocalChannel.isEvent(this.timestamps[at] as number)) {
        this.forgetKeys(elements);
        break;
      }
    }
    taken.length = count;
    return taken;
  }

  pushEvent(event: ChannelEvent): void {
    this.isComplete ||= event.kind === 'end-of-partition';
    this.isRecovering ||= event.kind === 'end-of-channel-state';
    this.push(event, EVENT);
  }

  /**
   * All that is overtaken waits in this ring, so the sender has nothing to tell.
   *
   * @param cutElement - what has come of an element whose end waits at the sender, its length first
   */
  pushBarrier(barrier: CheckpointBarrier, cutElement?: Uint8Array): undefined {
    if (isUnaligned(barrier)) {
      if (barrier.checkpointId > (this.announced?.checkpointId ?? 0)) {
        this.announced = undefined; // It is subsumed.
      }
      this.overtake({ barrier, position: this.tail, cutElement });
      return;
    }
    if (isTimeoutable(barrier)) {
      this.announced = barrier;
      this.announcedAt = this.tail;
      this.isAnnouncementTold = false;
    }
    this.pushEvent({ kind: 'barrier', barrier });
    if (isTimeoutable(barrier)) {
      this.onBarrier();
    }
  }

  /** The barrier stays in the ring as well, where it says nothing new when it is read. */
  timeOutBarrier(checkpointId: number): void {
    const { announced } = this;
    if (announced?.checkpointId === checkpointId) {
      this.announced = undefined;
      if (this.announcedAt >= this.head) {
        const barrier = asUnaligned(announced);
        this.overtake({ barrier, position: this.announcedAt, cutElement: undefined });
      }
    }
  }

  forgetBarrier(checkpointId: number): void {
    if (this.announced?.checkpointId === checkpointId) {
      this.announced = undefined;
    }
  }

  /** Once for each barrier that overtook, of those that did before it was taken the newest only. */
  takeOvertakingBarrier(): OvertakingBarrier | undefined {
    const { overtaking } = this;
    this.overtaking = undefined;
    return overtaking;
  }

  /** Once for each barrier with a timeout, unless it was read before. */
  takeAnnouncement(): CheckpointBarrier | undefined {
    if (this.announced === undefined || this.isAnnouncementTold || this.announcedAt < this.head) {
      return undefined;
    }
    this.isAnnouncementTold = true;
    return this.announced;
  }

  private overtake(overtaking: OvertakingBarrier): void {
    const { checkpointId } = overtaking.barrier;
    const before = this.overtaking?.barrier.checkpointId ?? -1;
    if (checkpointId > before) {
      this.overtaking = overtaking;
    }
    this.onBarrier();
  }

  /** The next event if one is at the head; records before it are not skipped. */
  static isEvent(timestamp: number): boolean {
    // NaN is the only number that differs from itself.
    // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN.
    return timestamp !== timestamp;
  }

  /** Positions stay as they are. */
  private grow(): void {
    const size = this.tail - this.head;
    const grownMask = (this.mask + 1) * 2 - 1;
    const values = new Array<unknown>(grownMask + 1).fill(undefined);
    const timestamps = new Array<number>(grownMask + 1).fill(0);
    const { keys, hashCodes } = this;
    const keepsKeys = keys.length !== 0;
    if (keepsKeys) {
      this.keys = new Array<string | undefined>(grownMask + 1).fill(undefined);
      this.hashCodes = new Int32Array(grownMask + 1);
    }
    for (let i = 0; i < size; i++) {
      const position = this.head + i;
      values[position & grownMask] = this.values[position & this.mask];
      timestamps[position & grownMask] = this.timestamps[position & this.mask] as number;
      if (keepsKeys) {
        this.keys[position & grownMask] = keys[position & this.mask];
        this.hashCodes[position & grownMask] = hashCodes[position & this.mask] as number;
      }
    }
    this.values = values;
    this.timestamps = timestamps;
    this.mask = grownMask;
  }
}

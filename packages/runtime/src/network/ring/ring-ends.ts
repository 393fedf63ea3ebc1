/**
 * The two ends of a ring, in buffers of bytes.
 *
 * Invariants:
 * - The receiver sees a buffer whole or not at all, and buffers in the order in which they were put.
 * - Neither end ever waits.
 */
// Hot path.

import { invariant } from '@millrace/core';
import {
  BUFFER_HEADER_BYTES,
  BUFFER_SIZE_WORD,
  DATA_WANTED_WORD,
  PRIORITY_LENGTH_WORD,
  PRIORITY_POSITION_WORD,
  PRIORITY_STATE_WORD,
  Priority,
  READ_POSITION_WORD,
  type RingViews,
  ROOM_WANTED_WORD,
  ringBytesOf,
  viewRing,
  Wanted,
  WRITE_POSITION_WORD,
} from './ring-layout.ts';

export class RingInlet {
  readonly capacity: number;
  readonly segmentSizeBytes: number;
  private readonly ring: RingViews;
  /** Of the next buffer: bytes since the beginning, which do not wrap, and where that is in the ring. */
  private position: number;
  private offset: number;
  /** At least so much is free. */
  private knownFree: number;
  /** Of the capacity, so much stays free: the receiver wishes less in flight. */
  private keptFree = 0;

  constructor(ring: SharedArrayBuffer) {
    this.ring = viewRing(ring);
    this.capacity = this.ring.capacity;
    this.segmentSizeBytes = this.ring.segmentSizeBytes;
    this.position = Atomics.load(this.ring.words, WRITE_POSITION_WORD);
    this.offset = 0;
    this.knownFree = this.capacity;
  }

  /** The end of what was put: a count of bytes that does not wrap, from the first word on. */
  get writePosition(): number {
    return this.position;
  }

  get freeBytes(): number {
    const readPosition = Atomics.load(this.ring.words, READ_POSITION_WORD);
    this.knownFree = this.capacity - ((this.position - readPosition) >>> 0);
    return this.knownFree;
  }

  /** What may be in the ring, but for a buffer that is larger. */
  get limitBytes(): number {
    return this.capacity - this.keptFree;
  }

  /** @param bytes - from 1 to the capacity */
  limitTo(bytes: number): void {
    this.keptFree = this.capacity - bytes;
  }

  /** @param bytes - with the headers of buffers; at most the capacity */
  hasRoom(bytes: number): boolean {
    const needed = this.neededFree(bytes);
    return this.knownFree >= needed || this.freeBytes >= needed;
  }

  /** What is larger than the limit goes alone. */
  private neededFree(bytes: number): number {
    return Math.min(bytes + this.keptFree, this.capacity);
  }

  /** @returns false when there is no room for it yet */
  tryPut(kind: number, source: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    const size = ringBytesOf(length);
    if (!this.hasRoom(size)) {
      invariant(size <= this.capacity, 'a buffer fits into its ring');
      return false;
    }
    const { integers, bytes, words } = this.ring;
    integers[this.offset >> 2] = length;
    integers[(this.offset >> 2) + 1] = kind;
    let at = this.offset + BUFFER_HEADER_BYTES;
    if (at === this.capacity) {
      at = 0;
    }
    const first = Math.min(length, this.capacity - at);
    bytes.set(source.subarray(start, start + first), at);
    if (first < length) {
      bytes.set(source.subarray(start + first, end), 0);
    }
    this.offset = (this.offset + size) % this.capacity;
    this.position += size;
    this.knownFree -= size;
    Atomics.store(words, WRITE_POSITION_WORD, this.position | 0);
    return true;
  }

  /**
   * True when what is at `position` has not been taken, as far as the sender knows.
   *
   * @param position - that `writePosition` was once, however long ago
   */
  isBehind(position: number): boolean {
    const readPosition = Atomics.load(this.ring.words, READ_POSITION_WORD);
    return position >= this.position - ((this.position - readPosition) >>> 0);
  }

  /**
   * Puts what overtakes all before `position`, in the place of what was not taken yet.
   *
   * @param position - that `isBehind`, or the write position
   * @returns false while the receiver is taking something else: to be tried again, and nothing put
   *   into the ring before
   */
  tryPostPriority(position: number, bytes: Uint8Array): boolean {
    const { words, priority } = this.ring;
    if (
      Atomics.compareExchange(words, PRIORITY_STATE_WORD, Priority.FREE, Priority.WRITING) !==
        Priority.FREE &&
      Atomics.compareExchange(words, PRIORITY_STATE_WORD, Priority.POSTED, Priority.WRITING) !==
        Priority.POSTED
    ) {
      return false;
    }
    invariant(bytes.length <= priority.length, 'a barrier fits into its place beside the ring');
    priority.set(bytes);
    words[PRIORITY_LENGTH_WORD] = bytes.length;
    words[PRIORITY_POSITION_WORD] = position | 0;
    Atomics.store(words, PRIORITY_STATE_WORD, Priority.POSTED);
    return true;
  }

  /** True, once, when the receiver sleeps until there is data. */
  takeDataWanted(): boolean {
    const { words } = this.ring;
    const wanted = Wanted.DATA_AND_BARRIERS;
    return (
      Atomics.load(words, DATA_WANTED_WORD) === wanted &&
      Atomics.compareExchange(words, DATA_WANTED_WORD, wanted, Wanted.NOTHING) === wanted
    );
  }

  /** True, once, when the receiver sleeps. */
  takeBarrierWanted(): boolean {
    return Atomics.exchange(this.ring.words, DATA_WANTED_WORD, Wanted.NOTHING) !== Wanted.NOTHING;
  }

  /** To be woken when there is room for so many bytes, at most the capacity; 0 not at all. */
  wantRoom(bytes: number): void {
    const wanted = bytes === 0 ? 0 : this.neededFree(bytes);
    Atomics.store(this.ring.words, ROOM_WANTED_WORD, wanted);
  }

  /** What the receiver wishes, bytes with the header. */
  get announcedBufferSize(): number {
    return Atomics.load(this.ring.words, BUFFER_SIZE_WORD);
  }
}

export class RingOutlet {
  readonly capacity: number;
  readonly segmentSizeBytes: number;
  private readonly ring: RingViews;
  /** The end of what was taken, as an int32 that wraps. */
  private position: number;
  private offset: number;
  /** So far the sender has its room back. */
  private givenBack: number;
  /** At least so far there are buffers. */
  private knownEnd: number;

  constructor(ring: SharedArrayBuffer) {
    this.ring = viewRing(ring);
    this.capacity = this.ring.capacity;
    this.segmentSizeBytes = this.ring.segmentSizeBytes;
    this.position = Atomics.load(this.ring.words, READ_POSITION_WORD);
    this.offset = 0;
    this.givenBack = this.position;
    this.knownEnd = this.position;
  }

  get isEmpty(): boolean {
    // A barrier may have led beyond what was known.
    if (((this.knownEnd - this.position) | 0) <= 0) {
      this.knownEnd = Atomics.load(this.ring.words, WRITE_POSITION_WORD);
    }
    return this.position === this.knownEnd;
  }

  /** So far a position is ahead of what was taken, bytes; negative when it was taken. */
  aheadBytes(position: number): number {
    return (position - this.position) | 0;
  }

  /** Bytes in the ring, with the headers of buffers. */
  get usedBytes(): number {
    return (Atomics.load(this.ring.words, WRITE_POSITION_WORD) - this.position) >>> 0;
  }

  /** Of the next buffer. Not to be asked when the ring is empty, nor are `nextKind` and `take`. */
  get nextLength(): number {
    return this.ring.integers[this.offset >> 2] as number;
  }

  get nextKind(): number {
    return this.ring.integers[(this.offset >> 2) + 1] as number;
  }

  /** Copies the next buffer to `target` from `at` on. Its room is given back by `giveRoomBack`. */
  take(target: Uint8Array, at: number): void {
    const { bytes } = this.ring;
    const length = this.nextLength;
    let from = this.offset + BUFFER_HEADER_BYTES;
    if (from === this.capacity) {
      from = 0;
    }
    const first = Math.min(length, this.capacity - from);
    target.set(bytes.subarray(from, from + first), at);
    if (first < length) {
      target.set(bytes.subarray(0, length - first), at + first);
    }
    const size = ringBytesOf(length);
    this.offset = (this.offset + size) % this.capacity;
    this.position = (this.position + size) | 0;
  }

  /** True when something was taken whose room the sender has not back. */
  get keepsRoom(): boolean {
    return this.givenBack !== this.position;
  }

  /**
   * Of all that was taken.
   *
   * @returns true, once, when the sender sleeps until there is so much room
   */
  giveRoomBack(): boolean {
    const { words } = this.ring;
    this.givenBack = this.position;
    Atomics.store(words, READ_POSITION_WORD, this.position);
    const wanted = Atomics.load(words, ROOM_WANTED_WORD);
    return (
      wanted !== 0 &&
      this.capacity - this.usedBytes >= wanted &&
      Atomics.exchange(words, ROOM_WANTED_WORD, 0) !== 0
    );
  }

  /**
   * True when there is something that overtakes; not while a newer barrier takes the place of one that
   * was not taken, which needs unaligned checkpoints to go one at a time.
   */
  get hasPriority(): boolean {
    return Atomics.load(this.ring.words, PRIORITY_STATE_WORD) === Priority.POSTED;
  }

  /** What overtakes all before a position; `undefined` when there is nothing, or not quite yet. */
  takePriority(): { readonly position: number; readonly bytes: Uint8Array } | undefined {
    const { words, priority } = this.ring;
    const before = Atomics.compareExchange(
      words,
      PRIORITY_STATE_WORD,
      Priority.POSTED,
      Priority.READING,
    );
    if (before !== Priority.POSTED) {
      return undefined;
    }
    const bytes = priority.slice(0, words[PRIORITY_LENGTH_WORD]);
    const position = words[PRIORITY_POSITION_WORD] as number;
    Atomics.store(words, PRIORITY_STATE_WORD, Priority.FREE);
    return { position, bytes };
  }

  /** To be woken by a barrier that overtakes, and by the next buffer too if there is room for it. */
  wantBarriers(andData: boolean): void {
    const wanted = andData ? Wanted.DATA_AND_BARRIERS : Wanted.BARRIERS;
    Atomics.store(this.ring.words, DATA_WANTED_WORD, wanted);
  }

  get announcedBufferSize(): number {
    return this.ring.words[BUFFER_SIZE_WORD] as number;
  }

  announceBufferSize(bytes: number): void {
    Atomics.store(this.ring.words, BUFFER_SIZE_WORD, bytes);
  }
}

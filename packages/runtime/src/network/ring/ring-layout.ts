/**
 * One channel between two slots in a SharedArrayBuffer: a header of words and a ring of bytes.
 *
 * What is in the ring are buffers: i32 length, i32 kind, the bytes, and up to 7 more to the next
 * multiple of 8. A buffer may go on at the beginning of the ring; its length and kind never do.
 *
 * Beside the ring is a place for one barrier that overtakes, with the position up to which it does.
 *
 * Invariants:
 * - Positions count bytes, as unsigned words that wrap: the difference of two is what lies between,
 *   as a ring is smaller than 2^31 bytes. What is kept for longer than it takes to read the ring once
 *   is kept as a number that does not wrap.
 * - One slot alone writes the write position, one alone the read position, each after the bytes that
 *   it stands for: `Atomics` order them.
 *
 * Flink: NetworkBuffer, BufferResponse.
 */
import { invariant } from '@millrace/core';

/** Set once. */
export const SEGMENT_SIZE_WORD = 0;
export const CAPACITY_WORD = 1;
// What one side writes has a cache line of its own.
export const WRITE_POSITION_WORD = 16;
/** By the sender that sleeps: how much room wakes it, 0 none. The receiver takes it back to 0. */
export const ROOM_WANTED_WORD = 17;
export const READ_POSITION_WORD = 32;
/** By the receiver that sleeps: what wakes it, of `Wanted`. The sender takes it back to 0. */
export const DATA_WANTED_WORD = 33;
/** By the receiver: how large a buffer should be, bytes. */
export const BUFFER_SIZE_WORD = 34;
/** Of `Priority`: who has the place of the barrier that overtakes. */
export const PRIORITY_STATE_WORD = 48;
export const PRIORITY_POSITION_WORD = 49;
export const PRIORITY_LENGTH_WORD = 50;
const PRIORITY_OFFSET_BYTES = 256;
const HEADER_BYTES = 2048;

export const Wanted = { NOTHING: 0, BARRIERS: 1, DATA_AND_BARRIERS: 2 } as const;

export const Priority = { FREE: 0, POSTED: 1, WRITING: 2, READING: 3 } as const;

/** In front of each buffer. */
export const BUFFER_HEADER_BYTES = 8;
const CAPACITY_MAX = 2 ** 30;
const CAPACITY_MIN = 64;

export const BufferKind = {
  /** Elements in Flink's network format, cut anywhere. */
  DATA: 0,
  /** The last bytes of an event. */
  EVENT: 1,
  /** Bytes of an event of which more follow in the next buffer. */
  EVENT_PART: 2,
} as const;

/** What a buffer of so many bytes takes of a ring. */
export function ringBytesOf(length: number): number {
  return BUFFER_HEADER_BYTES + ((length + 7) & ~7);
}

export interface RingSize {
  /** The most that one buffer takes of the ring, with its header. */
  readonly segmentSizeBytes: number;
  /** So many segments fit. */
  readonly segments: number;
}

/** @param startPosition - where both positions begin; 0 but in tests of their wrapping */
export function allocateRing(
  { segmentSizeBytes, segments }: RingSize,
  startPosition = 0,
): SharedArrayBuffer {
  const capacity = segmentSizeBytes * segments;
  invariant(
    segmentSizeBytes % 8 === 0 && capacity >= CAPACITY_MIN && capacity <= CAPACITY_MAX,
    `a ring has 64 bytes to 1 GiB in segments of a multiple of 8 bytes, not ${segments} of ${segmentSizeBytes}`,
  );
  const ring = new SharedArrayBuffer(HEADER_BYTES + capacity);
  const words = new Int32Array(ring, 0, HEADER_BYTES / 4);
  words[SEGMENT_SIZE_WORD] = segmentSizeBytes;
  words[CAPACITY_WORD] = capacity;
  words[WRITE_POSITION_WORD] = startPosition;
  words[READ_POSITION_WORD] = startPosition;
  words[BUFFER_SIZE_WORD] = segmentSizeBytes;
  return ring;
}

/** Views of a ring. */
export interface RingViews {
  readonly words: Int32Array;
  readonly segmentSizeBytes: number;
  readonly capacity: number;
  readonly bytes: Uint8Array;
  /** The same as `bytes`, for lengths and kinds. */
  readonly integers: Int32Array;
  /** For a barrier that overtakes. */
  readonly priority: Uint8Array;
}

export function viewRing(ring: SharedArrayBuffer): RingViews {
  const words = new Int32Array(ring, 0, HEADER_BYTES / 4);
  const capacity = words[CAPACITY_WORD] as number;
  invariant(
    capacity === ring.byteLength - HEADER_BYTES,
    'a ring was allocated by allocateRing and has the capacity that it says',
  );
  return {
    words,
    capacity,
    segmentSizeBytes: words[SEGMENT_SIZE_WORD] as number,
    bytes: new Uint8Array(ring, HEADER_BYTES, capacity),
    integers: new Int32Array(ring, HEADER_BYTES, capacity / 4),
    priority: new Uint8Array(ring, PRIORITY_OFFSET_BYTES, HEADER_BYTES - PRIORITY_OFFSET_BYTES),
  };
}

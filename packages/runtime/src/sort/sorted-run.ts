/**
 * Entries in order: those that lie in memory, or those that were written to a file.
 *
 * An entry is its length, the length of its key, the key, its timestamp, the input it came from
 * and the record:
 *
 * | bytes | what |
 * |---|---|
 * | 4 | length of all that follows |
 * | 4 | length of the key |
 * | n | key |
 * | 8 | timestamp, a double |
 * | 1 | input |
 * | … | record, by the serializer of the input |
 */
// Hot path.
import type { DataInputView } from '@millrace/core';
import type { SpillFile } from './spill-file.ts';

export const ENTRY_HEADER_BYTES = 8;
export const ENTRY_TRAILER_BYTES = 9;

/** One entry at a time; its bytes are valid until the next `advance`. */
export interface SortedRun {
  /** Where the entry lies: the length of the key is at `position + 4`. */
  readonly bytes: Buffer;
  readonly position: number;
  readonly keyLength: number;
  readonly timestamp: number;
  /** @returns false after the last entry */
  advance(): boolean;
  close(): void;
}

/** Negative when the entry of `a` comes before that of `b`; 0 for one key and timestamp. */
export function compareEntries(a: SortedRun, b: SortedRun): number {
  const aKey = a.position + ENTRY_HEADER_BYTES;
  const bKey = b.position + ENTRY_HEADER_BYTES;
  const byKey = a.bytes.compare(b.bytes, bKey, bKey + b.keyLength, aKey, aKey + a.keyLength);
  if (byKey !== 0) {
    return byKey;
  }
  // Written so that two records without timestamps, -Infinity both, are equal.
  return a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0;
}

/** Sets `view` on the record of the run's entry. */
export function recordOf(run: SortedRun, view: DataInputView): void {
  view.setBuffer(run.bytes);
  view.position = run.position + ENTRY_HEADER_BYTES + run.keyLength + ENTRY_TRAILER_BYTES;
}

/** The input that the run's entry came from. */
export function inputOf(run: SortedRun): number {
  return run.bytes[run.position + ENTRY_HEADER_BYTES + run.keyLength + 8] as number;
}

/** Length of the whole entry at `position`. */
export function entryLength(bytes: Buffer, position: number): number {
  return 4 + bytes.readUInt32BE(position);
}

/** Entries of one buffer in the order of `positions`. */
export class MemoryRun implements SortedRun {
  readonly bytes: Buffer;
  position: number;
  keyLength: number;
  timestamp: number;
  private readonly positions: Uint32Array;
  private next: number;

  constructor(bytes: Buffer, positions: Uint32Array) {
    this.bytes = bytes;
    this.positions = positions;
    this.position = 0;
    this.keyLength = 0;
    this.timestamp = 0;
    this.next = 0;
  }

  advance(): boolean {
    if (this.next === this.positions.length) {
      return false;
    }
    this.position = this.positions[this.next++] as number;
    this.keyLength = this.bytes.readUInt32BE(this.position + 4);
    this.timestamp = this.bytes.readDoubleBE(this.position + ENTRY_HEADER_BYTES + this.keyLength);
    return true;
  }

  close(): void {}
}

/** Entries of a file, in the order of the file. */
export class FileRun implements SortedRun {
  bytes: Buffer;
  position: number;
  keyLength: number;
  timestamp: number;
  private readonly file: SpillFile;
  private readonly bufferBytes: number;
  /** Of the file: what lies in `bytes` ends there. */
  private read: number;
  private filled: number;
  private next: number;

  /** @param bufferBytes - are held from the first `advance` on; more for a longer entry */
  constructor(file: SpillFile, bufferBytes: number) {
    this.file = file;
    this.bufferBytes = Math.min(bufferBytes, file.length);
    this.bytes = Buffer.alloc(0);
    this.position = 0;
    this.keyLength = 0;
    this.timestamp = 0;
    this.read = 0;
    this.filled = 0;
    this.next = 0;
  }

  advance(): boolean {
    if (this.next === this.filled && this.read === this.file.length) {
      return false;
    }
    this.ensure(4);
    this.ensure(entryLength(this.bytes, this.next));
    this.position = this.next;
    this.next += entryLength(this.bytes, this.position);
    this.keyLength = this.bytes.readUInt32BE(this.position + 4);
    this.timestamp = this.bytes.readDoubleBE(this.position + ENTRY_HEADER_BYTES + this.keyLength);
    return true;
  }

  close(): void {
    this.file.close();
  }

  /** At least `count` bytes from `next` on are in the buffer. */
  private ensure(count: number): void {
    if (this.filled - this.next >= count) {
      return;
    }
    const rest = this.bytes.subarray(this.next, this.filled);
    const target =
      count > this.bytes.length
        ? Buffer.alloc(Math.max(count, 2 * this.bytes.length, this.bufferBytes))
        : this.bytes;
    target.set(rest); // The ranges may overlap: set copies as if through a buffer between.
    const until = Math.min(target.length, rest.length + this.file.length - this.read);
    this.file.read(this.read, target.subarray(rest.length, until));
    this.read += until - rest.length;
    this.bytes = target;
    this.next = 0;
    this.filled = until;
  }
}

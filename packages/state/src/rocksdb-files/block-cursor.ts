/**
 * Goes through the entries of one block in the order of their keys, which are stored as what
 * differs from the key before.
 *
 * Invariant: a place that a block names outside of itself is an error, never read.
 *
 * Bytes: docs/formats/rocksdb-files.md. RocksDB: BlockIter, DecodeEntry.
 */
// Hot path.

import { corruptFile } from './rocks-input.ts';

/** In the last 4 bytes of a data block: a hash index stands before them. */
const HAS_HASH_INDEX = 0x80000000;
const KEY_BYTES_FIRST = 64; // doubled until the key fits

export interface BlockPlace {
  readonly source: string;
  readonly offset: number;
}

export class BlockCursor {
  bytes: Uint8Array = new Uint8Array();
  /** The key is the first `keyLength` bytes. Valid until the cursor moves. */
  key: Uint8Array = new Uint8Array(KEY_BYTES_FIRST);
  keyLength = 0;
  valueStart = 0;
  valueEnd = 0;
  /** Whether the entry stores its key as what differs from the one before. */
  sharesKey = false;
  private readonly storesValueLength: boolean;
  private place: BlockPlace = { source: '', offset: 0 };
  private position = 0;
  private entriesEnd = 0;
  private numberOfRestarts = 0;

  /** @param storesValueLength - false in an index whose values say themselves where they end */
  constructor(storesValueLength = true) {
    this.storesValueLength = storesValueLength;
  }

  /** Stands before the first entry then. */
  reset(bytes: Uint8Array, place: BlockPlace): void {
    this.bytes = bytes;
    this.place = place;
    this.keyLength = 0;
    this.position = 0;
    const { length } = bytes;
    if (length < 4) {
      throw corruptFile(place.source, place.offset, `in a block of ${length} bytes: too few`);
    }
    let restarts = this.fixed32(length - 4);
    let restartsEnd = length - 4;
    if (restarts >= HAS_HASH_INDEX) {
      restarts -= HAS_HASH_INDEX;
      restartsEnd -= 2;
      restartsEnd -= restartsEnd < 0 ? 0 : bytes[restartsEnd]! | (bytes[restartsEnd + 1]! << 8);
    }
    this.numberOfRestarts = restarts;
    this.entriesEnd = restartsEnd - 4 * restarts;
    if (this.entriesEnd < 0) {
      const what = `in a block: ${restarts} restarts do not fit into ${length} bytes`;
      throw corruptFile(place.source, place.offset, what);
    }
  }

  /** @returns false at the end */
  next(): boolean {
    if (this.position >= this.entriesEnd) {
      return false;
    }
    const shared = this.varint();
    const added = this.varint();
    const valueLength = this.storesValueLength ? this.varint() : 0;
    const keyStart = this.position;
    const valueStart = keyStart + added;
    if (shared > this.keyLength || valueStart + valueLength > this.entriesEnd) {
      throw this.corrupt(`an entry goes beyond the ${this.entriesEnd} bytes of entries`);
    }
    const keyLength = shared + added;
    if (keyLength > this.key.length) {
      this.growKey(keyLength);
    }
    const { key, bytes } = this;
    if (added < 32) {
      for (let i = 0; i < added; i++) {
        key[shared + i] = bytes[keyStart + i]!;
      }
    } else {
      key.set(bytes.subarray(keyStart, valueStart), shared);
    }
    this.keyLength = keyLength;
    this.sharesKey = shared > 0;
    this.valueStart = valueStart;
    this.valueEnd = valueStart + valueLength;
    this.position = this.valueEnd;
    return true;
  }

  /** Where the value of this entry ends, told by who read it. */
  endValue(valueEnd: number): void {
    if (valueEnd > this.entriesEnd) {
      throw this.corrupt('an entry goes beyond the entries');
    }
    this.valueEnd = valueEnd;
    this.position = valueEnd;
  }

  /** The end of all entries, for who reads a value without a length. */
  get end(): number {
    return this.entriesEnd;
  }

  /**
   * Moves to a restart from which the first entry that is not before `target` can be reached by
   * `next`, skipping the entries between. Stands before that restart then.
   *
   * @param suffixBytes - what follows the user key in each key
   */
  seekRestart(target: Uint8Array, suffixBytes: number): void {
    let low = 0;
    let high = this.numberOfRestarts - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      this.toRestart(middle);
      const isBefore =
        this.next() && compareKeys(this.key, this.userKeyLength(suffixBytes), target) < 0;
      if (isBefore) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    if (this.numberOfRestarts > 0) {
      this.toRestart(low);
    }
  }

  userKeyLength(suffixBytes: number): number {
    const length = this.keyLength - suffixBytes;
    if (length < 0) {
      throw this.corrupt(`a key of ${this.keyLength} bytes is too short`);
    }
    return length;
  }

  corrupt(reason: string): Error {
    const { source, offset } = this.place;
    const what = `in the block that begins there, at ${this.position} of its contents: ${reason}`;
    return corruptFile(source, offset, what);
  }

  private toRestart(index: number): void {
    const position = this.fixed32(this.entriesEnd + 4 * index);
    if (position > this.entriesEnd) {
      throw this.corrupt(`restart ${index} lies beyond the entries`);
    }
    this.position = position;
    this.keyLength = 0;
  }

  private fixed32(at: number): number {
    const { bytes } = this;
    return (
      (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
    );
  }

  private varint(): number {
    const { bytes } = this;
    const first = bytes[this.position++]!;
    if (first < 0x80) {
      return first;
    }
    let value = first & 0x7f;
    for (let scale = 128; ; scale *= 128) {
      if (this.position >= this.entriesEnd || scale > 2 ** 35) {
        throw this.corrupt('a length does not end');
      }
      const byte = bytes[this.position++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        return value;
      }
    }
  }

  private growKey(length: number): void {
    const grown = new Uint8Array(Math.max(length, 2 * this.key.length));
    grown.set(this.key);
    this.key = grown;
  }
}

/** Of the first bytes of two keys, in the order of the bytes. */
export function compareKeys(
  key: Uint8Array,
  length: number,
  other: Uint8Array,
  otherLength: number = other.length,
): number {
  const common = Math.min(length, otherLength);
  for (let i = 0; i < common; i++) {
    const difference = key[i]! - other[i]!;
    if (difference !== 0) {
      return difference;
    }
  }
  return length - otherLength;
}

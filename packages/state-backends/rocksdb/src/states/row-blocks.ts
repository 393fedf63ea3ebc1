/**
 * Rows one behind the other in blocks of equal size, which are filled and given up in turn.
 *
 * A row is a head of three words, its key and its value, and begins at a word: the version of what is
 * not in the database yet; bytes of the key, flags and column family; bytes of the value, and words of
 * the whole row, which may have room for a longer value. A place is a block and a word in it.
 *
 * Invariants:
 * - A row stays at its place until its block is given up: who holds a place copies nothing.
 * - No row goes over the end of a block.
 */
// Hot path.
import { DataInputView } from '@millrace/core';

export const HEAD_WORDS = 3;
export const HEAD_BYTES: number = 4 * HEAD_WORDS;
export const KEY_BYTES_MAX = 0xfff;
export const COLUMN_FAMILY_MAX = 0xffff;
const KEY_BYTES_MASK = 0xfff;
export const FLAGS_MASK = 0xf000;

/** There is no value: deleted, or never there. */
export const ABSENT_FLAG = 0x1000;
/** The database may have a row of this key. */
export const STORED_FLAG = 0x2000;
/** It was used since it came or was moved. */
export const USED_FLAG = 0x4000;
/** Nothing is found here: it was moved, removed or evicted. */
export const DEAD_FLAG = 0x8000;

/** Of a row that needs no writing. */
export const CLEAN_ROW = -1;

/** As the word of a row has it, without flags. */
export function keyWord(columnFamily: number, keyBytes: number): number {
  return (columnFamily << 16) | keyBytes;
}

export class RowBlocks {
  /** In which there may be rows, the one that is filled included. */
  count: number;
  /** Those that were given up and whose memory the next ones use. */
  kept: number;
  /** The block that was begun first; -1 while there is none. */
  oldest: number;
  /** Of each block: the words in use. */
  readonly ends: number[];
  words: Int32Array[];
  bytes: Uint8Array[];
  private inputs: DataInputView[];
  private readonly next: number[];
  private readonly freeIds: number[];
  private blockWords: number;
  private shift: number;
  private newest: number;

  constructor() {
    this.count = 0;
    this.kept = 0;
    this.oldest = -1;
    this.ends = [];
    this.words = [];
    this.bytes = [];
    this.inputs = [];
    this.next = [];
    this.freeIds = [];
    this.blockWords = 0;
    this.shift = 0;
    this.newest = -1;
  }

  get blockBytes(): number {
    return 4 * this.blockWords;
  }

  /** Blocks that there are or were: those that were given up have no rows. */
  get idsEnd(): number {
    return this.ends.length;
  }

  /** While there is no block. @param bytes - a power of two */
  setBlockBytes(bytes: number): void {
    this.blockWords = bytes / 4;
    this.shift = Math.log2(this.blockWords);
    this.words = [];
    this.bytes = [];
    this.inputs = [];
    this.ends.length = 0;
    this.freeIds.length = 0;
    this.kept = 0;
  }

  blockOf(place: number): number {
    return place >>> this.shift;
  }

  wordOf(place: number): number {
    return place & (this.blockWords - 1);
  }

  placeOf(block: number, word: number): number {
    return (block << this.shift) | word;
  }

  fits(words: number): boolean {
    return this.newest >= 0 && this.ends[this.newest]! + words <= this.blockWords;
  }

  /** Another block to be filled. What it held before is still there, or zeros. */
  begin(): void {
    const block = this.freeIds.pop() ?? this.ends.length;
    if (this.words[block] === undefined) {
      const bytes = new Uint8Array(this.blockBytes);
      this.bytes[block] = bytes;
      this.words[block] = new Int32Array(bytes.buffer);
      this.inputs[block] = new DataInputView(bytes);
    } else {
      this.kept--;
    }
    this.ends[block] = 0;
    this.next[block] = -1;
    if (this.newest >= 0) {
      this.next[this.newest] = block;
    } else {
      this.oldest = block;
    }
    this.newest = block;
    this.count++;
  }

  /** After `fits`. @returns the place of a row of so many words, whose head is to be set */
  append(words: number): number {
    const block = this.newest;
    const word = this.ends[block]!;
    this.ends[block] = word + words;
    return (block << this.shift) | word;
  }

  isNewest(place: number): boolean {
    return place >>> this.shift === this.newest;
  }

  giveUpOldest(): void {
    const block = this.oldest;
    this.ends[block] = 0;
    this.oldest = this.next[block]!;
    if (this.oldest < 0) {
      this.newest = -1;
    }
    this.freeIds.push(block);
    this.count--;
    this.kept++;
  }

  /** Their memory goes. */
  dropKept(): void {
    for (const block of this.freeIds) {
      this.words[block] = undefined as never;
      this.bytes[block] = undefined as never;
      this.inputs[block] = undefined as never;
    }
    this.kept = 0;
  }

  isKey(place: number, key: number, source: Uint8Array, keyEnd: number): boolean {
    const block = place >>> this.shift;
    const word = place & (this.blockWords - 1);
    if ((this.words[block]![word + 1]! & ~FLAGS_MASK) !== key) {
      return false;
    }
    const bytes = this.bytes[block]!;
    let at = 4 * word + HEAD_BYTES;
    for (let i = 0; i < keyEnd; i++) {
      if (bytes[at++] !== source[i]) {
        return false;
      }
    }
    return true;
  }

  beginsWith(place: number, prefix: Uint8Array, prefixEnd: number): boolean {
    const bytes = this.bytes[place >>> this.shift]!;
    let at = this.keyStart(place);
    if (this.keyBytes(place) < prefixEnd) {
      return false;
    }
    for (let i = 0; i < prefixEnd; i++) {
      if (bytes[at++] !== prefix[i]) {
        return false;
      }
    }
    return true;
  }

  version(place: number): number {
    return this.words[place >>> this.shift]![place & (this.blockWords - 1)]!;
  }

  setVersion(place: number, version: number): void {
    this.words[place >>> this.shift]![place & (this.blockWords - 1)] = version;
  }

  /** Key bytes, flags and column family. */
  keyHead(place: number): number {
    return this.words[place >>> this.shift]![(place & (this.blockWords - 1)) + 1]!;
  }

  setKeyHead(place: number, head: number): void {
    this.words[place >>> this.shift]![(place & (this.blockWords - 1)) + 1] = head;
  }

  setFlags(place: number, flags: number): void {
    const words = this.words[place >>> this.shift]!;
    const at = (place & (this.blockWords - 1)) + 1;
    words[at] = (words[at]! & ~FLAGS_MASK) | flags;
  }

  keyBytes(place: number): number {
    return this.keyHead(place) & KEY_BYTES_MASK;
  }

  valueBytes(place: number): number {
    return this.words[place >>> this.shift]![(place & (this.blockWords - 1)) + 2]! & 0xffff;
  }

  rowWords(place: number): number {
    return this.words[place >>> this.shift]![(place & (this.blockWords - 1)) + 2]! >>> 16;
  }

  setSizes(place: number, valueBytes: number, rowWords: number): void {
    this.words[place >>> this.shift]![(place & (this.blockWords - 1)) + 2] =
      (rowWords << 16) | valueBytes;
  }

  /** In the bytes of its block. */
  keyStart(place: number): number {
    return 4 * (place & (this.blockWords - 1)) + HEAD_BYTES;
  }

  /** At the value of a row. Valid until the next call. */
  input(place: number): DataInputView {
    const input = this.inputs[place >>> this.shift]!;
    input.position = this.keyStart(place) + this.keyBytes(place);
    return input;
  }

  /** Of a key or a value, to an offset in the row behind its head. */
  copyIn(place: number, offset: number, source: Uint8Array, start: number, end: number): void {
    const bytes = this.bytes[place >>> this.shift]!;
    let at = this.keyStart(place) + offset;
    for (let i = start; i < end; i++) {
      bytes[at++] = source[i]!;
    }
  }

  /** The whole row, as it is. */
  copyRow(from: number, to: number): void {
    const source = this.words[from >>> this.shift]!;
    const target = this.words[to >>> this.shift]!;
    const start = from & (this.blockWords - 1);
    const end = start + this.rowWords(from);
    let at = to & (this.blockWords - 1);
    for (let i = start; i < end; i++) {
      target[at++] = source[i]!;
    }
  }
}

/**
 * Rows of one state in one key group, put into the order of their bytes where they are not: the heap
 * backend writes in the order of its tables.
 *
 * Invariants:
 * - What it hands out is packed (see `database/packed-rows.ts`), its keys ascending.
 * - Rows in order pass through in chunks; others are held until the key group ends or
 *   `runBytesMax` are there.
 */
// Hot path.
import { CheckpointError } from '@millrace/core';
import {
  packedKey,
  packedRowBytes,
  ROW_HEAD_BYTES,
  setUint32,
  uint32At,
} from '../database/packed-rows.ts';
import { checkEntrySize } from '../database/write-batch.ts';

/** How much is handed on at a time. */
const CHUNK_BYTES = 256 * 1024;
const BYTES_FIRST = 2 * CHUNK_BYTES; // doubled as rows come
/** As much of a key as a float64 holds without loss. */
const ORDERING_BYTES = 6;

export class SortedRun {
  private readonly runBytesMax: number;
  private bytes: Uint8Array = new Uint8Array(BYTES_FIRST);
  private end = 0;
  /** Where each row begins. */
  private starts: number[] = [];
  private ascending = true;
  /** Key of the last row that was handed on while they came in order; none when it is empty. */
  private handedOn: Uint8Array = new Uint8Array();

  constructor(runBytesMax: number) {
    this.runBytesMax = runBytesMax;
  }

  get isEmpty(): boolean {
    return this.end === 0;
  }

  /** Whether `take` is due before the next row. */
  get isDue(): boolean {
    return this.end >= (this.ascending ? CHUNK_BYTES : this.runBytesMax);
  }

  /**
   * `source` holds the key, without its key group, and the value.
   *
   * @throws TaskError `ROCKSDB_ENTRY_TOO_LARGE`
   */
  add(
    prefix: Uint8Array,
    source: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
  ): void {
    const keyBytes = prefix.length + keyEnd - keyStart;
    const valueBytes = valueEnd - valueStart;
    checkEntrySize(keyBytes, valueBytes);
    const start = this.end;
    const end = start + ROW_HEAD_BYTES + keyBytes + valueBytes;
    if (end > this.bytes.length) {
      this.grow(end);
    }
    const { bytes } = this;
    setUint32(bytes, start, keyBytes);
    setUint32(bytes, start + 4, valueBytes);
    let at = start + ROW_HEAD_BYTES;
    for (let i = 0; i < prefix.length; i++) {
      bytes[at++] = prefix[i]!;
    }
    for (let i = keyStart; i < keyEnd; i++) {
      bytes[at++] = source[i]!;
    }
    bytes.set(source.subarray(valueStart, valueEnd), at);
    this.end = end;
    if (this.ascending) {
      this.ascending = this.isAfterLast(start);
    }
    this.starts.push(start);
  }

  /**
   * Hands on what is there, in chunks that are used before `next` is called, and is empty then.
   *
   * @throws CheckpointError `SNAPSHOT_CORRUPT` for a key that is there twice
   */
  *take(): Generator<PackedChunk, void, undefined> {
    if (this.ascending) {
      const last = this.starts[this.starts.length - 1]!;
      yield { rows: this.bytes, end: this.end, last };
      this.handedOn = packedKey(this.bytes, last).slice();
    } else {
      yield* this.takeSorted();
      this.handedOn = new Uint8Array();
    }
    this.end = 0;
    this.starts = [];
    this.ascending = true;
  }

  /** Another key group or state follows. */
  reset(): void {
    this.end = 0;
    this.starts = [];
    this.ascending = true;
    this.handedOn = new Uint8Array();
  }

  private isAfterLast(start: number): boolean {
    const key = packedKey(this.bytes, start);
    const last = this.starts[this.starts.length - 1];
    const before = last === undefined ? this.handedOn : packedKey(this.bytes, last);
    return before.length === 0 || Buffer.compare(before, key) < 0;
  }

  private *takeSorted(): Generator<PackedChunk, void, undefined> {
    const { bytes, starts } = this;
    const order = this.sortedOrder();
    let chunk = new Uint8Array(Math.min(this.end, CHUNK_BYTES));
    let end = 0;
    let last = 0;
    for (let i = 0; i < order.length; i++) {
      const start = starts[order[i]!]!;
      const length = packedRowBytes(bytes, start);
      if (end + length > chunk.length) {
        if (end > 0) {
          yield { rows: chunk, end, last };
          end = 0;
        }
        if (length > chunk.length) {
          chunk = new Uint8Array(length);
        }
      }
      chunk.set(bytes.subarray(start, start + length), end);
      last = end;
      end += length;
    }
    yield { rows: chunk, end, last };
  }

  /** Most keys differ in the bytes behind what all have in common: these are compared as one number. */
  private sortedOrder(): Uint32Array {
    const { bytes, starts } = this;
    const common = this.commonKeyBytes();
    const ordering = new Float64Array(starts.length);
    const order = new Uint32Array(starts.length);
    for (let i = 0; i < starts.length; i++) {
      order[i] = i;
      ordering[i] = orderingNumber(packedKey(bytes, starts[i]!), common);
    }
    order.sort((a, b) => {
      const difference = ordering[a]! - ordering[b]!;
      return difference !== 0 ? difference : this.compareRows(a, b);
    });
    return order;
  }

  private compareRows(a: number, b: number): number {
    const first = packedKey(this.bytes, this.starts[a]!);
    const second = packedKey(this.bytes, this.starts[b]!);
    const order = Buffer.compare(first, second);
    if (order === 0 && a !== b) {
      throw new CheckpointError(
        'SNAPSHOT_CORRUPT',
        `a snapshot has the key ${Buffer.from(first).toString('hex')} twice in one state; restore another snapshot`,
      );
    }
    return order;
  }

  private commonKeyBytes(): number {
    const { bytes, starts } = this;
    const first = packedKey(bytes, starts[0]!);
    let common = first.length;
    for (let i = 1; i < starts.length && common > 0; i++) {
      const at = starts[i]! + ROW_HEAD_BYTES;
      const length = Math.min(common, uint32At(bytes, starts[i]!));
      let same = 0;
      while (same < length && bytes[at + same] === first[same]) {
        same++;
      }
      common = same;
    }
    return common;
  }

  private grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    grown.set(this.bytes.subarray(0, this.end));
    this.bytes = grown;
  }
}

export interface PackedChunk {
  readonly rows: Uint8Array;
  readonly end: number;
  /** Where its last row begins. */
  readonly last: number;
}

/** Bytes from `start` on as a number; a key that ends before is smaller or, with zeros after, equal. */
function orderingNumber(key: Uint8Array, start: number): number {
  let number = 0;
  for (let i = start; i < start + ORDERING_BYTES; i++) {
    number = number * 256 + (i < key.length ? key[i]! : 0);
  }
  return number;
}

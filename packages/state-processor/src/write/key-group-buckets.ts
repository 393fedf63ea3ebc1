/**
 * Puts rows in the order of other key groups, in files beyond memory.
 *
 * Invariants:
 * - In memory are at most `bufferBytesMax` of rows, or one row, a number for each key group and state,
 *   and one for each `bufferBytesMax` of the file: where which rows lie stands in the file too.
 * - Rows of one key group and state keep their order.
 */
// Hot path.
import { randomUUID } from 'node:crypto';
import { SpillFile } from '@millrace/runtime';

const BUFFER_BYTES_MAX = 32 * 1024 * 1024;
const READ_BYTES = 256 * 1024;
const LENGTH_BYTES = 4;

export interface BucketedRow {
  readonly stateId: number;
  /** As of a row: without the key group. Valid until the next row. */
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const OFFSET_BYTES = 4;

/** Rows of one key group and state, one after the other in the file. */
interface Run {
  readonly start: number;
  readonly end: number;
}

export class KeyGroupBuckets {
  private readonly file: SpillFile;
  private readonly numberOfStates: number;
  private readonly numberOfBuckets: number;
  private readonly bufferBytesMax: number;
  private buffer: Buffer;
  private used = 0;
  /** Of the rows in the buffer. */
  private buckets: number[] = [];
  private starts: number[] = [];
  /**
   * Where the parts of the file begin. Each is the rows of a full buffer, sorted, and after them one
   * offset for each bucket and one for the end: from the part's beginning.
   */
  private readonly parts: { readonly start: number; readonly offsetsStart: number }[] = [];

  /** @param folder - for the file; nothing stays there */
  constructor(
    folder: string,
    of: { readonly numberOfKeyGroups: number; readonly numberOfStates: number },
    bufferBytesMax: number = BUFFER_BYTES_MAX,
  ) {
    this.file = new SpillFile(folder, `key-groups-${randomUUID()}`);
    this.numberOfStates = of.numberOfStates;
    this.numberOfBuckets = of.numberOfKeyGroups * of.numberOfStates;
    this.bufferBytesMax = bufferBytesMax;
    this.buffer = Buffer.alloc(Math.min(bufferBytesMax, 1024 * 1024));
  }

  put(keyGroup: number, row: BucketedRow): void {
    const { key, value } = row;
    const length = 2 * LENGTH_BYTES + key.length + value.length;
    if (this.used > 0 && this.used + length > this.bufferBytesMax) {
      this.spill();
    }
    this.ensure(length);
    this.buckets.push(keyGroup * this.numberOfStates + row.stateId);
    this.starts.push(this.used);
    const { buffer } = this;
    buffer.writeUInt32BE(key.length, this.used);
    buffer.writeUInt32BE(value.length, this.used + LENGTH_BYTES);
    buffer.set(key, this.used + 2 * LENGTH_BYTES);
    buffer.set(value, this.used + 2 * LENGTH_BYTES + key.length);
    this.used += length;
  }

  /** State by state. Call it when all rows were put. */
  *rows(keyGroup: number): Generator<BucketedRow, void, undefined> {
    this.spill();
    const offsets = this.parts.map((part) => this.offsetsOf(part, keyGroup));
    for (let stateId = 0; stateId < this.numberOfStates; stateId++) {
      for (const [index, { start }] of this.parts.entries()) {
        const ofPart = offsets[index] as Buffer;
        const run = {
          start: start + ofPart.readUInt32LE(stateId * OFFSET_BYTES),
          end: start + ofPart.readUInt32LE((stateId + 1) * OFFSET_BYTES),
        };
        yield* this.rowsOf(run, stateId);
      }
    }
  }

  close(): void {
    this.file.close();
  }

  /** By state id, and the end of the last. */
  private offsetsOf({ offsetsStart }: { readonly offsetsStart: number }, keyGroup: number): Buffer {
    const offsets = Buffer.alloc((this.numberOfStates + 1) * OFFSET_BYTES);
    this.file.read(offsetsStart + keyGroup * this.numberOfStates * OFFSET_BYTES, offsets);
    return offsets;
  }

  private *rowsOf(run: Run, stateId: number): Generator<BucketedRow, void, undefined> {
    let piece = Buffer.alloc(0);
    let pieceAt = run.start;
    const bytes = (at: number, length: number): Buffer => {
      if (at + length > pieceAt + piece.length) {
        piece = Buffer.alloc(Math.min(run.end - at, Math.max(length, READ_BYTES)));
        pieceAt = at;
        this.file.read(at, piece);
      }
      return piece.subarray(at - pieceAt, at - pieceAt + length);
    };
    for (let at = run.start; at < run.end; ) {
      const lengths = bytes(at, 2 * LENGTH_BYTES);
      const keyLength = lengths.readUInt32BE(0);
      const valueLength = lengths.readUInt32BE(LENGTH_BYTES);
      const row = bytes(at + 2 * LENGTH_BYTES, keyLength + valueLength);
      yield { stateId, key: row.subarray(0, keyLength), value: row.subarray(keyLength) };
      at += 2 * LENGTH_BYTES + keyLength + valueLength;
    }
  }

  /** Writes the buffer, its rows by key group and state. */
  private spill(): void {
    const { buckets, starts } = this;
    if (starts.length === 0) {
      return;
    }
    const sorted = Buffer.alloc(this.used);
    const offsets = Buffer.alloc((this.numberOfBuckets + 1) * OFFSET_BYTES);
    let at = 0;
    let next = 0; // the bucket whose offset is not known yet
    for (const index of this.order()) {
      for (const bucket = buckets[index] as number; next <= bucket; next++) {
        offsets.writeUInt32LE(at, next * OFFSET_BYTES);
      }
      const start = starts[index] as number;
      const end = starts[index + 1] ?? this.used;
      this.buffer.copy(sorted, at, start, end);
      at += end - start;
    }
    for (; next <= this.numberOfBuckets; next++) {
      offsets.writeUInt32LE(at, next * OFFSET_BYTES);
    }
    const start = this.file.length;
    this.parts.push({ start, offsetsStart: start + sorted.length });
    this.file.append(sorted);
    this.file.append(offsets);
    this.used = 0;
    this.buckets = [];
    this.starts = [];
  }

  /** The rows of the buffer by bucket, each bucket's in their order. */
  private order(): Uint32Array {
    const { buckets } = this;
    const next = new Uint32Array(this.numberOfBuckets + 1);
    for (const bucket of buckets) {
      next[bucket + 1] = (next[bucket + 1] as number) + 1;
    }
    for (let bucket = 1; bucket < next.length; bucket++) {
      next[bucket] = (next[bucket] as number) + (next[bucket - 1] as number);
    }
    const order = new Uint32Array(buckets.length);
    for (let index = 0; index < buckets.length; index++) {
      const bucket = buckets[index] as number;
      const at = next[bucket] as number;
      order[at] = index;
      next[bucket] = at + 1;
    }
    return order;
  }

  private ensure(length: number): void {
    const needed = this.used + length;
    if (needed > this.buffer.length) {
      const grown = Buffer.alloc(
        Math.max(needed, Math.min(this.bufferBytesMax, 2 * this.buffer.length)),
      );
      this.buffer.copy(grown, 0, 0, this.used);
      this.buffer = grown;
    }
  }
}

/**
 * Puts rows in the order of other key groups, in files beyond memory.
 *
 * Invariants:
 * - In memory are at most `bufferBytesMax` of rows, or one row, and where each run of rows of one key
 *   group and state lies in the file.
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

/** Rows of one key group and state, one after the other in the file. */
interface Run {
  readonly start: number;
  end: number;
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
  private readonly runs: (Run[] | undefined)[] = [];

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
    for (let stateId = 0; stateId < this.numberOfStates; stateId++) {
      for (const run of this.runs[keyGroup * this.numberOfStates + stateId] ?? []) {
        yield* this.rowsOf(run, stateId);
      }
    }
  }

  close(): void {
    this.file.close();
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
    const order = this.order();
    const sorted = Buffer.alloc(this.used);
    let at = 0;
    let run: Run | undefined;
    let runBucket = -1;
    for (const index of order) {
      const bucket = buckets[index] as number;
      const start = starts[index] as number;
      const end = starts[index + 1] ?? this.used;
      if (run === undefined || bucket !== runBucket) {
        run = { start: this.file.length + at, end: 0 };
        runBucket = bucket;
        this.runs[bucket] ??= [];
        this.runs[bucket].push(run);
      }
      this.buffer.copy(sorted, at, start, end);
      at += end - start;
      run.end = this.file.length + at;
    }
    this.file.append(sorted);
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

/** For tests: what states need of a database, in memory. Rows are in byte order, merges append with a comma. */
import type { WriteBatch } from '../database/write-batch.ts';
import type { StateDatabase } from './value-cache.ts';

const HEAD_BYTES = 13; // of an operation, as NativeDatabase.write takes them
const PUT = 1;
const DELETE = 2;
const MERGE = 3;

type Rows = Map<string, string>;

export class MemoryStateDatabase implements StateDatabase {
  result: Uint8Array = new Uint8Array(64);
  /** Thrown by the next access. */
  failure: Error | undefined;
  /** Rows that were asked for one by one. */
  reads = 0;
  /** Operations of all batches. */
  operations = 0;
  /** Those of them that merge. */
  merges = 0;
  /** Calls of `multiGet`. */
  multiGets = 0;
  private readonly families: Map<number, Rows> = new Map();
  private readonly iterators: Map<number, [key: string, value: string][]> = new Map();
  private iteratorIds = 0;

  /** Iterators that nobody closed. */
  get openIterators(): number {
    return this.iterators.size;
  }

  get(columnFamily: number, bytes: Uint8Array, keyStart: number, keyEnd: number): number {
    this.failIfTold();
    this.reads++;
    const value = this.rows(columnFamily).get(text(bytes, keyStart, keyEnd));
    return value === undefined ? -1 : this.give(value);
  }

  multiGet(columnFamily: number, keys: Uint8Array, keysEnd: number): number {
    this.failIfTold();
    this.multiGets++;
    const numbers = new DataView(keys.buffer, keys.byteOffset);
    const packed: string[] = [];
    for (let at = 0; at < keysEnd; ) {
      const keyEnd = at + 4 + numbers.getUint32(at, true);
      const value = this.rows(columnFamily).get(text(keys, at + 4, keyEnd));
      const head = Buffer.alloc(4);
      head.writeUInt32LE(value?.length ?? 0xffffffff, 0);
      packed.push(head.toString('latin1') + (value ?? ''));
      at = keyEnd;
    }
    return this.give(packed.join(''));
  }

  write(batch: WriteBatch): void {
    this.failIfTold();
    this.operations += batch.count;
    const view = new DataView(batch.bytes.buffer);
    for (let at = 0; at < batch.end; ) {
      const rows = this.rows(view.getUint32(at + 1, true));
      const keyEnd = at + HEAD_BYTES + view.getUint32(at + 5, true);
      const valueEnd = keyEnd + view.getUint32(at + 9, true);
      const key = text(batch.bytes, at + HEAD_BYTES, keyEnd);
      const value = text(batch.bytes, keyEnd, valueEnd);
      const before = rows.get(key);
      this.merges += batch.bytes[at] === MERGE ? 1 : 0;
      if (batch.bytes[at] === DELETE) {
        rows.delete(key);
      } else {
        const isWhole = batch.bytes[at] === PUT || before === undefined;
        rows.set(key, isWhole ? value : `${before},${value}`);
      }
      at = valueEnd;
    }
    batch.clear();
  }

  createIterator(
    columnFamily: number,
    bounds: { readonly lower: Uint8Array; readonly upper?: Uint8Array | undefined },
  ): number {
    const lower = text(bounds.lower, 0, bounds.lower.length);
    const upper = bounds.upper && text(bounds.upper, 0, bounds.upper.length);
    const rows = [...this.rows(columnFamily)]
      .filter(([key]) => key >= lower && (upper === undefined || key < upper))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    this.iterators.set(++this.iteratorIds, rows);
    return this.iteratorIds;
  }

  next(iterator: number, rows: number): number {
    this.failIfTold();
    const left = this.iterators.get(iterator)!;
    // Few at a time, as when the result's bytes are used up.
    const packed = left.splice(0, Math.min(rows, 100)).map(([key, value]) => {
      const head = Buffer.alloc(8);
      head.writeUInt32LE(key.length, 0);
      head.writeUInt32LE(value.length, 4);
      return head.toString('latin1') + key + value;
    });
    return this.give(packed.join(''));
  }

  closeIterator(iterator: number): void {
    this.iterators.delete(iterator);
  }

  private give(value: string): number {
    if (value.length > this.result.length) {
      this.result = new Uint8Array(2 * value.length);
    }
    this.result.fill(0xaa); // What was there before is of no use.
    return Buffer.from(this.result.buffer).write(value, 'latin1');
  }

  private rows(columnFamily: number): Rows {
    let rows = this.families.get(columnFamily);
    if (rows === undefined) {
      rows = new Map();
      this.families.set(columnFamily, rows);
    }
    return rows;
  }

  private failIfTold(): void {
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }
}

function text(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

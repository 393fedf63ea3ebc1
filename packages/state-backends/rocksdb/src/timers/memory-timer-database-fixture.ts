/** For tests: the rows of one column family in memory, as sorted latin1 strings. */
import type { WriteBatch } from '../database/write-batch.ts';
import type { TimerDatabase } from './timer-rows.ts';

const PUT = 1; // BatchOperation.PUT
const BATCH_HEAD_BYTES = 13;
const ROW_HEAD_BYTES = 8;

interface MemoryIterator {
  readonly rows: readonly string[];
  next: number;
}

export class MemoryTimerDatabase implements TimerDatabase {
  result: Uint8Array = new Uint8Array(64);
  readonly rows: Set<string>;
  /** Iterators ever made, and rows ever put and deleted. */
  reads = 0;
  writes = 0;
  puts = 0;
  deletes = 0;
  /** Where iterators began, last first. */
  readonly lowerBounds: string[] = [];
  private readonly iterators = new Map<number, MemoryIterator>();

  constructor(rows: Iterable<string> = []) {
    this.rows = new Set(rows);
  }

  get openIterators(): number {
    return this.iterators.size;
  }

  write(batch: WriteBatch): void {
    this.writes += batch.count > 0 ? 1 : 0;
    const view = new DataView(batch.bytes.buffer);
    for (let at = 0; at < batch.end; ) {
      const keyBytes = view.getUint32(at + 5, true);
      const valueBytes = view.getUint32(at + 9, true);
      const keyStart = at + BATCH_HEAD_BYTES;
      const row = latin1(batch.bytes.subarray(keyStart, keyStart + keyBytes));
      if (batch.bytes[at] === PUT) {
        this.rows.add(row);
        this.puts++;
      } else {
        this.rows.delete(row);
        this.deletes++;
      }
      at = keyStart + keyBytes + valueBytes;
    }
    batch.clear();
  }

  createIterator(
    _columnFamily: number,
    bounds: { readonly lower: Uint8Array; readonly upper?: Uint8Array | undefined },
  ): number {
    const lower = latin1(bounds.lower);
    const upper = bounds.upper === undefined ? '\uffff' : latin1(bounds.upper);
    this.lowerBounds.unshift(lower);
    const rows = [...this.rows].filter((row) => row >= lower && row < upper).sort();
    this.iterators.set(++this.reads, { rows, next: 0 });
    return this.reads;
  }

  next(iterator: number, rows: number): number {
    const of = this.iterators.get(iterator)!;
    const given = of.rows.slice(of.next, of.next + rows);
    of.next += given.length;
    const bytes = Buffer.alloc(given.reduce((sum, row) => sum + ROW_HEAD_BYTES + row.length, 0));
    let at = 0;
    for (const row of given) {
      bytes.writeUInt32LE(row.length, at);
      at += ROW_HEAD_BYTES + bytes.write(row, at + ROW_HEAD_BYTES, 'latin1');
    }
    this.result = bytes;
    return at;
  }

  seek(iterator: number, bytes: Uint8Array, keyStart: number, keyEnd: number): void {
    const of = this.iterators.get(iterator)!;
    const row = latin1(bytes.subarray(keyStart, keyEnd));
    const at = of.rows.findIndex((one) => one >= row);
    of.next = at < 0 ? of.rows.length : at;
  }

  closeIterator(iterator: number): void {
    this.iterators.delete(iterator);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

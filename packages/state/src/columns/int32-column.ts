/**
 * Whole numbers of 32 bits by row; 0 where none was set.
 *
 * Invariant: growing copies no more than one chunk.
 */
// Hot path.
import { growChunks } from './chunk-growth.ts';

const CHUNK_BITS = 15; // 128 KiB
const CHUNK_ROWS = 1 << CHUNK_BITS;
const IN_CHUNK = CHUNK_ROWS - 1;

export class Int32Column {
  private readonly chunks: Int32Array[];
  private rows: number;

  constructor() {
    this.chunks = [];
    this.rows = 0;
  }

  /** Rows below `count` may be used from now on. */
  reserve(count: number): void {
    if (this.rows < count) {
      const resize = (index: number, rows: number) => this.resize(index, rows);
      this.rows = growChunks({ rows: this.rows, count, chunkRows: CHUNK_ROWS, resize });
    }
  }

  get(row: number): number {
    return (this.chunks[row >>> CHUNK_BITS] as Int32Array)[row & IN_CHUNK] as number;
  }

  set(row: number, value: number): void {
    (this.chunks[row >>> CHUNK_BITS] as Int32Array)[row & IN_CHUNK] = value;
  }

  private resize(index: number, rows: number): void {
    const chunk = new Int32Array(rows);
    chunk.set(this.chunks[index] ?? []);
    this.chunks[index] = chunk;
  }
}

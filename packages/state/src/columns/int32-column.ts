/**
 * Whole numbers of 32 bits by row; 0 where none was set.
 *
 * Invariant: growing copies no more than one chunk.
 */
// Hot path.
const FIRST_ROWS = 32;
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
    while (this.rows < count) {
      const { rows, chunks } = this;
      const before = chunks[rows >>> CHUNK_BITS];
      if (before === undefined) {
        const length = rows === 0 ? FIRST_ROWS : CHUNK_ROWS;
        chunks.push(new Int32Array(length));
        this.rows += length;
      } else {
        const grown = new Int32Array(2 * before.length);
        grown.set(before);
        chunks[0] = grown; // others are whole from the start
        this.rows = grown.length;
      }
    }
  }

  get(row: number): number {
    return (this.chunks[row >>> CHUNK_BITS] as Int32Array)[row & IN_CHUNK] as number;
  }

  set(row: number, value: number): void {
    (this.chunks[row >>> CHUNK_BITS] as Int32Array)[row & IN_CHUNK] = value;
  }
}

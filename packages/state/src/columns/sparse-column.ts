/** Objects by row, where few rows have one: memory is taken in small chunks, where one is set. */
// Hot path.
const CHUNK_BITS = 6;
const CHUNK_ROWS = 1 << CHUNK_BITS;
const IN_CHUNK = CHUNK_ROWS - 1;

export class SparseColumn<T> {
  private chunks: ((T | undefined)[] | undefined)[];

  constructor() {
    this.chunks = [];
  }

  get(row: number): T | undefined {
    const at = row >>> CHUNK_BITS;
    const chunk = at < this.chunks.length ? this.chunks[at] : undefined;
    return chunk === undefined ? undefined : chunk[row & IN_CHUNK];
  }

  set(row: number, value: T): void {
    const { chunks } = this;
    const at = row >>> CHUNK_BITS;
    while (chunks.length <= at) {
      chunks.push(undefined);
    }
    let chunk = chunks[at];
    if (chunk === undefined) {
      chunk = new Array<T | undefined>(CHUNK_ROWS).fill(undefined);
      chunks[at] = chunk;
    }
    chunk[row & IN_CHUNK] = value;
  }

  remove(row: number): void {
    const chunk = this.chunks[row >>> CHUNK_BITS];
    if (chunk !== undefined) {
      chunk[row & IN_CHUNK] = undefined;
    }
  }

  clear(): void {
    this.chunks = [];
  }
}

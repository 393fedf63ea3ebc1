/**
 * How the chunks of a column grow: the first one doubles until it is whole, others are whole from the start.
 *
 * Invariant: growing copies no more than one chunk, however many rows there are: no record waits for it.
 */
const FIRST_ROWS = 32;

export interface ChunkGrowth {
  /** Reserved so far, by this function. */
  readonly rows: number;
  /** More than `rows`. */
  readonly count: number;
  /** Of a whole chunk: a power of two, 32 or more. */
  readonly chunkRows: number;
  /** Puts an empty chunk of so many rows at the index; it begins with what the one that stood there holds. */
  resize(index: number, rows: number): void;
}

/** @returns how many rows there are now: `count` or more */
export function growChunks(growth: ChunkGrowth): number {
  const { count, chunkRows } = growth;
  let { rows } = growth;
  while (rows < count) {
    if (rows < chunkRows) {
      const grown = rows === 0 ? FIRST_ROWS : 2 * rows;
      growth.resize(0, grown);
      rows = grown;
    } else {
      growth.resize(rows / chunkRows, chunkRows);
      rows += chunkRows;
    }
  }
  return rows;
}

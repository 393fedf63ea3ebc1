/**
 * Rows that a snapshot may read still though their keys went, oldest first, each with the version
 * in which it went.
 *
 * Invariants:
 * - It has room for no more rows than are in it and the rest of its first and of its last chunk.
 * - Nothing is copied, however many rows there are, so neither `add` nor `take` stops the records.
 */
// Hot path.

/** Rows of a chunk: 12 KiB. */
export const RETIRED_CHUNK_ROWS = 1024;

const NONE = -1;

class Chunk {
  readonly rows: Int32Array;
  readonly versions: Float64Array;
  next: Chunk | undefined;

  constructor() {
    this.rows = new Int32Array(RETIRED_CHUNK_ROWS);
    this.versions = new Float64Array(RETIRED_CHUNK_ROWS);
    this.next = undefined;
  }
}

export class RetiredRows {
  size: number;
  private first: Chunk | undefined;
  private last: Chunk | undefined;
  /** Of the oldest row in the first chunk. */
  private start: number;
  /** Behind the newest row in the last chunk. */
  private end: number;

  constructor() {
    this.size = 0;
    this.first = undefined;
    this.last = undefined;
    this.start = 0;
    this.end = 0;
  }

  /** Rows for which there is memory. */
  get room(): number {
    let room = 0;
    for (let chunk = this.first; chunk !== undefined; chunk = chunk.next) {
      room += RETIRED_CHUNK_ROWS;
    }
    return room;
  }

  /** @param version - in which the row went, never less than that of a row before */
  add(row: number, version: number): void {
    let chunk = this.last;
    if (chunk === undefined || this.end === RETIRED_CHUNK_ROWS) {
      chunk = this.append();
    }
    chunk.rows[this.end] = row;
    chunk.versions[this.end++] = version;
    this.size++;
  }

  /** Takes the oldest row out. @returns -1 if none went in `version` or before */
  take(version: number): number {
    const chunk = this.first;
    if (chunk === undefined || (chunk.versions[this.start] as number) > version) {
      return NONE;
    }
    const row = chunk.rows[this.start++] as number;
    if (--this.size === 0) {
      this.first = undefined;
      this.last = undefined;
      this.start = 0;
    } else if (this.start === RETIRED_CHUNK_ROWS) {
      this.first = chunk.next;
      this.start = 0;
    }
    return row;
  }

  private append(): Chunk {
    const chunk = new Chunk();
    if (this.last === undefined) {
      this.first = chunk;
    } else {
      this.last.next = chunk;
    }
    this.last = chunk;
    this.end = 0;
    return chunk;
  }
}

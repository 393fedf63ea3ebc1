/** Rows of keyed state as two arrays: what crosses threads without a copy of each row. */
// Hot path.
import { DataOutputView } from '@millrace/core';
import type { KeyedStateRow, KeyedStateRowBatch } from './keyed-state-rows.ts';

const FIELDS = 6;
const ROWS_FIRST = 128;

export interface RowPage {
  readonly bytes: Uint8Array;
  /** Of each row: key group, state id, and where its key and value begin and end in `bytes`. */
  readonly places: Uint32Array;
}

export function rowsInPage({ places }: RowPage): number {
  return places.length / FIELDS;
}

/** The rows of a page, those of one key group together. @param source - names them, for messages */
export function* batchesOfPage(page: RowPage): Generator<KeyedStateRowBatch, void, undefined> {
  const { bytes, places } = page;
  let rows: KeyedStateRow[] = [];
  for (let at = 0; at < places.length; at += FIELDS) {
    const keyGroup = places[at] as number;
    rows.push({
      stateId: places[at + 1] as number,
      keyStart: places[at + 2] as number,
      keyEnd: places[at + 3] as number,
      valueStart: places[at + 4] as number,
      valueEnd: places[at + 5] as number,
    });
    if (places[at + FIELDS] !== keyGroup) {
      yield { keyGroup, bytes, rows, fileOffset: 0 };
      rows = [];
    }
  }
}

/** Puts rows together: the key is written to `output`, then the value, then the row ends. */
export class RowPageWriter {
  readonly output: DataOutputView = new DataOutputView(4096);
  rows = 0;
  private places: Uint32Array<ArrayBuffer> = new Uint32Array(ROWS_FIRST * FIELDS);
  private keyStart = 0;
  private keyEnd = 0;

  beginKey(): void {
    this.keyStart = this.output.position;
  }

  beginValue(): void {
    this.keyEnd = this.output.position;
  }

  endRow(keyGroup: number, stateId: number): void {
    const at = this.rows * FIELDS;
    if (at === this.places.length) {
      const grown = new Uint32Array(2 * at);
      grown.set(this.places);
      this.places = grown;
    }
    const { places } = this;
    places[at] = keyGroup;
    places[at + 1] = stateId;
    places[at + 2] = this.keyStart;
    places[at + 3] = this.keyEnd;
    places[at + 4] = this.keyEnd;
    places[at + 5] = this.output.position;
    this.rows++;
  }

  /** A row that is there already. */
  put(keyGroup: number, stateId: number, key: Uint8Array, value: Uint8Array): void {
    this.beginKey();
    this.output.write(key);
    this.beginValue();
    this.output.write(value);
    this.endRow(keyGroup, stateId);
  }

  get bytes(): number {
    return this.output.position;
  }

  finish(): RowPage {
    return {
      bytes: this.output.copyBytes(),
      places: this.places.slice(0, this.rows * FIELDS),
    };
  }
}

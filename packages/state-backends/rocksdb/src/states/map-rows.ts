/** Rows of one map, read from the database a batch at a time. */
// Hot path.
import { DataInputView, latin1 } from '@millrace/core';
import { successorOf } from '../database/key-bounds.ts';
import { ROW_HEAD_BYTES, uint32At } from '../database/packed-rows.ts';
import type { StateDatabase } from './value-cache.ts';

/** A batch ends with the row that exceeds it. */
const BATCH_BYTES = 256 * 1024;

/** A row, in bytes of its own. */
export class MapRow {
  /** The bytes of the user key, one character each. */
  readonly order: string;
  readonly view: DataInputView;
  readonly userKeyStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;

  constructor(view: DataInputView, userKeyStart: number, valueStart: number, valueEnd: number) {
    this.order = latin1(view.buffer.subarray(userKeyStart, valueStart));
    this.view = view;
    this.userKeyStart = userKeyStart;
    this.valueStart = valueStart;
    this.valueEnd = valueEnd;
  }
}

export interface MapRowBatch {
  readonly rows: readonly MapRow[];
  readonly bytes: number;
  /** No more rows follow. */
  readonly isLast: boolean;
}

/** @param prefix - key and namespace of the map */
export function readMapRows(
  database: StateDatabase,
  columnFamily: number,
  from: {
    readonly prefix: Uint8Array;
    readonly after: string | undefined;
    readonly rowsMax: number;
  },
): MapRowBatch {
  const { prefix, after, rowsMax } = from;
  const bounds = { lower: firstAfter(prefix, after), upper: successorOf(prefix) };
  // Not kept open between batches: whoever iterates may never come to the end.
  const iterator = database.createIterator(columnFamily, bounds);
  try {
    const rows: MapRow[] = [];
    let bytes = 0;
    while (rows.length < rowsMax && bytes < BATCH_BYTES) {
      const length = database.next(iterator, rowsMax - rows.length);
      if (length === 0) {
        return { rows, bytes, isLast: true };
      }
      addRows(rows, database.result.slice(0, length), prefix.length);
      bytes += length;
    }
    return { rows, bytes, isLast: false };
  } finally {
    database.closeIterator(iterator);
  }
}

function addRows(rows: MapRow[], bytes: Uint8Array, prefixBytes: number): void {
  const view = new DataInputView(bytes);
  let at = 0;
  while (at < bytes.length) {
    const keyStart = at + ROW_HEAD_BYTES;
    const valueStart = keyStart + uint32At(bytes, at);
    const valueEnd = valueStart + uint32At(bytes, at + 4);
    rows.push(new MapRow(view, keyStart + prefixBytes, valueStart, valueEnd));
    at = valueEnd;
  }
}

/** The smallest key behind the user key `after`. */
function firstAfter(prefix: Uint8Array, after: string | undefined): Uint8Array {
  return after === undefined
    ? prefix
    : Buffer.concat([prefix, Buffer.from(after, 'latin1'), Buffer.of(0)]);
}

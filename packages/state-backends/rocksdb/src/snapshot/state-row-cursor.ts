/**
 * Rows of one state of a database as of a snapshot of RocksDB, in the order of their keys.
 *
 * Invariant: a window of rows is in memory, as a copy, so that the database can be used meanwhile.
 */
// Hot path.
import type { KeyGroupRange } from '@millrace/core';
import { keyGroupPrefixBytes } from '@millrace/state';
import type { RocksDatabase } from '../database/rocks-database.ts';

const WINDOW_ROWS = 512;
const LENGTHS_BYTES = 8;
const NONE = -1;

export interface RowCursorOptions {
  readonly columnFamily: number;
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  /** RocksDB's. */
  readonly snapshot: number | undefined;
}

export class StateRowCursor {
  /** Of the row at hand; -1 after the last. */
  keyGroup: number;
  private readonly database: RocksDatabase;
  private readonly prefixBytes: number;
  private readonly iterator: number;
  private window: Uint8Array;
  private view: DataView;
  private at: number;
  private keyEnd: number;
  private rowEnd: number;

  constructor(database: RocksDatabase, options: RowCursorOptions) {
    const { columnFamily, keyGroupRange, numberOfKeyGroups, snapshot } = options;
    this.database = database;
    this.prefixBytes = keyGroupPrefixBytes(numberOfKeyGroups);
    this.iterator = database.createIterator(
      columnFamily,
      {
        lower: this.prefix(keyGroupRange.startKeyGroup),
        upper: this.prefix(keyGroupRange.endKeyGroup + 1),
      },
      snapshot,
    );
    this.window = new Uint8Array();
    this.view = new DataView(this.window.buffer);
    this.at = 0;
    this.keyEnd = 0;
    this.rowEnd = 0;
    this.keyGroup = NONE;
    try {
      this.advance();
    } catch (error) {
      this.close(); // Nobody else has the iterator.
      throw error;
    }
  }

  /** After the key group; of a timer all of it. */
  key(): Uint8Array {
    return this.window.subarray(this.at + LENGTHS_BYTES + this.prefixBytes, this.keyEnd);
  }

  value(): Uint8Array {
    return this.window.subarray(this.keyEnd, this.rowEnd);
  }

  /** To the next row. */
  advance(): void {
    this.at = this.rowEnd;
    if (this.at === this.window.length && !this.fetch()) {
      this.keyGroup = NONE;
      return;
    }
    const { view, at } = this;
    const keyStart = at + LENGTHS_BYTES;
    this.keyEnd = keyStart + view.getUint32(at, true);
    this.rowEnd = this.keyEnd + view.getUint32(at + 4, true);
    this.keyGroup =
      this.prefixBytes === 1 ? (this.window[keyStart] as number) : view.getUint16(keyStart);
  }

  close(): void {
    this.database.closeIterator(this.iterator);
  }

  private fetch(): boolean {
    const length = this.database.next(this.iterator, WINDOW_ROWS);
    this.window = this.database.result.slice(0, length);
    this.view = new DataView(this.window.buffer);
    this.at = 0;
    this.rowEnd = 0;
    return length > 0;
  }

  private prefix(keyGroup: number): Uint8Array {
    return this.prefixBytes === 1
      ? Uint8Array.of(keyGroup)
      : Uint8Array.of(keyGroup >>> 8, keyGroup & 0xff);
  }
}

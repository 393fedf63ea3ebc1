/**
 * Rows of one state of a database as of a snapshot of RocksDB, in the order of their keys.
 *
 * Invariant: a window of rows is in memory, as a copy, so that the database can be used meanwhile.
 */
// Hot path.
import type { KeyGroupRange } from '@millrace/core';
import { keyGroupPrefixBytes } from '@millrace/state';
import { boundsOfKeyGroups } from '../database/key-bounds.ts';
import { ROW_HEAD_BYTES, uint32At } from '../database/packed-rows.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';

const WINDOW_ROWS = 512;
const NONE = -1;

export interface RowCursorOptions {
  readonly columnFamily: number;
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  /** RocksDB's. */
  readonly snapshot: number | undefined;
  /** A key with its key group: begins with the row behind it. */
  readonly after?: Uint8Array | undefined;
}

export class StateRowCursor {
  /** Of the row at hand; -1 after the last. */
  keyGroup: number;
  private readonly database: RocksDatabase;
  private readonly prefixBytes: number;
  private readonly iterator: number;
  private window: Uint8Array;
  private at: number;
  private keyEnd: number;
  private rowEnd: number;

  constructor(database: RocksDatabase, options: RowCursorOptions) {
    const { columnFamily, keyGroupRange, numberOfKeyGroups, snapshot, after } = options;
    this.database = database;
    this.prefixBytes = keyGroupPrefixBytes(numberOfKeyGroups);
    const bounds = boundsOfKeyGroups(keyGroupRange, numberOfKeyGroups);
    const lower = after === undefined ? bounds.lower : Buffer.concat([after, Buffer.of(0)]);
    this.iterator = database.createIterator(columnFamily, { lower, upper: bounds.upper }, snapshot);
    this.window = new Uint8Array();
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
    return this.window.subarray(this.at + ROW_HEAD_BYTES + this.prefixBytes, this.keyEnd);
  }

  /** With the key group in front. */
  wholeKey(): Uint8Array {
    return this.window.slice(this.at + ROW_HEAD_BYTES, this.keyEnd);
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
    const { window, at } = this;
    const keyStart = at + ROW_HEAD_BYTES;
    this.keyEnd = keyStart + uint32At(window, at);
    this.rowEnd = this.keyEnd + uint32At(window, at + 4);
    this.keyGroup =
      this.prefixBytes === 1 ? window[keyStart]! : (window[keyStart]! << 8) | window[keyStart + 1]!;
  }

  close(): void {
    this.database.closeIterator(this.iterator);
  }

  private fetch(): boolean {
    const length = this.database.next(this.iterator, WINDOW_ROWS);
    this.window = this.database.result.slice(0, length);
    this.at = 0;
    this.rowEnd = 0;
    return length > 0;
  }
}

/**
 * Goes through what a column family holds, in the order of the keys: all of its files merged, of
 * each key the newest value, with what was merged into it, and nothing that was deleted.
 *
 * Invariants:
 * - A file is open from where the merge comes to its smallest key to where its entries end.
 * - Keys come in ascending order; files whose keys do not are corrupt.
 *
 * RocksDB: MergingIterator, DBIter, StringAppendTESTOperator.
 */
// Hot path.

import { compareKeys } from './block-cursor.ts';
import { ENTRY_KIND, ENTRY_KINDS_NOT_READ } from './internal-key.ts';
import type { ColumnFamilyFiles } from './manifest.ts';
import { RangeDeletions } from './range-deletions.ts';
import { unsupportedFile } from './rocks-input.ts';
import type { SstTables } from './sst-tables.ts';
import { TableCursor } from './table-cursor.ts';
import type { LiveFile } from './version-edit.ts';

/** Flink's merge operator for the elements of lists, by both of its names, and its delimiter. */
const MERGE_OPERATORS = ['StringAppendTESTOperator', 'StringAppendOperator'];
const MERGE_DELIMITER = Uint8Array.of(0x2c); // ','

const KEY_BYTES_FIRST = 64; // doubled until the key fits

/** Takes entries up to where it has enough of them. */
export interface EntrySink {
  readonly isFull: boolean;
  /** The bytes are valid during the call. */
  add(key: Uint8Array, keyLength: number, value: readonly Uint8Array[]): void;
  /** Where the first entry of this batch was found, for messages. */
  from(source: string, blockOffset: number): void;
}

export class ColumnFamilyCursor {
  private readonly family: ColumnFamilyFiles;
  private readonly tables: SstTables;
  private readonly readAheadBytesMax: number;
  private target: Uint8Array = new Uint8Array();
  /** Files that the merge has not come to, by their smallest keys; the next one last. */
  private waiting: LiveFile[] = [];
  /** At their entries, by key, then from the newest to the oldest. */
  private active: TableCursor[] = [];
  private deletions = new RangeDeletions();
  private lastKey: Uint8Array = new Uint8Array(KEY_BYTES_FIRST);
  private lastKeyLength = 0;
  private readonly oneValue: Uint8Array[] = [new Uint8Array()];

  constructor(family: ColumnFamilyFiles, tables: SstTables, readAheadBytesMax: number) {
    this.family = family;
    this.tables = tables;
    this.readAheadBytesMax = readAheadBytesMax;
  }

  /** Stands before the first key that is not before `target` then. */
  async seek(target: Uint8Array): Promise<void> {
    await this.close();
    this.target = target;
    this.deletions = new RangeDeletions();
    this.lastKeyLength = 0;
    this.waiting = this.family.files
      .filter(({ largest }) => compareKeys(largest, largest.length, target) >= 0)
      .sort((a, b) => compareKeys(b.smallest, b.smallest.length, a.smallest));
    while (this.waiting.length > 0 && this.nextWaitingIsBefore(target, target.length)) {
      await this.activate(this.waiting.pop()!);
    }
  }

  /**
   * Hands out entries before the key `end` until there are none or the sink has enough.
   *
   * @returns true when there are none left before `end`
   */
  async fill(sink: EntrySink, end: Uint8Array): Promise<boolean> {
    for (let isFirst = true; !sink.isFull; ) {
      let top = this.active[0];
      while (this.waiting.length > 0 && this.hasReached(top, end)) {
        await this.activate(this.waiting.pop()!);
        top = this.active[0];
      }
      if (top === undefined || compareKeys(top.key, top.keyLength, end) >= 0) {
        return true;
      }
      if (isFirst) {
        sink.from(top.table.blocks.source, top.blockOffset);
        isFirst = false;
      }
      this.keepKey(top);
      const deleted = this.deletions.isEmpty
        ? 0
        : this.deletions.sequenceAt(this.lastKey, this.lastKeyLength);
      if (top.kind === ENTRY_KIND.VALUE && top.sequence >= deleted) {
        this.oneValue[0] = top.value();
        sink.add(this.lastKey, this.lastKeyLength, this.oneValue);
      } else {
        const merged = await this.resolve(deleted);
        if (merged !== undefined) {
          sink.add(this.lastKey, this.lastKeyLength, merged);
        }
      }
      while (!this.passLastKey()) {
        await this.advanceBlock();
      }
    }
    return false;
  }

  async close(): Promise<void> {
    const { active } = this;
    this.active = [];
    for (const cursor of active) {
      await this.tables.release(cursor.table.file);
    }
  }

  /** What the entries of the last key come to, from the newest on; `undefined` for nothing. */
  private async resolve(deletedBelow: number): Promise<Uint8Array[] | undefined> {
    const newestFirst: Uint8Array[] = [];
    for (let top = this.active[0]; top !== undefined && this.isAtLastKey(top); ) {
      if (top.sequence < deletedBelow) {
        break;
      }
      const { kind } = top;
      if (kind === ENTRY_KIND.VALUE || kind === ENTRY_KIND.MERGE) {
        newestFirst.push(top.value().slice()); // Blocks of many values would else stay in memory.
      }
      if (kind !== ENTRY_KIND.MERGE) {
        checkKind(top);
        break;
      }
      checkMergeOperator(top);
      await this.advance();
      top = this.active[0];
    }
    return newestFirst.length === 0 ? undefined : joined(newestFirst);
  }

  /** Moves on to another key. @returns false when a block is to be waited for first */
  private passLastKey(): boolean {
    for (let top = this.active[0]; top !== undefined; top = this.active[0]) {
      const order = compareKeys(top.key, top.keyLength, this.lastKey, this.lastKeyLength);
      if (order > 0) {
        return true;
      }
      if (order < 0) {
        throw top.corrupt('its keys are not in order');
      }
      if (!top.next()) {
        return false;
      }
      this.settle();
    }
    return true;
  }

  private async advance(): Promise<void> {
    if (this.active[0]!.next()) {
      this.settle();
    } else {
      await this.advanceBlock();
    }
  }

  private async advanceBlock(): Promise<void> {
    const cursor = this.active[0]!;
    do {
      if (!(await cursor.nextBlock())) {
        this.active.shift();
        await this.tables.release(cursor.table.file);
        return;
      }
    } while (!cursor.next());
    this.settle();
  }

  private async activate(file: LiveFile): Promise<void> {
    const table = await this.tables.acquire(file, this.family.name);
    const cursor = new TableCursor(table, this.readAheadBytesMax);
    this.deletions.add(table.rangeDeletions, file);
    let isAtEntry = false;
    try {
      isAtEntry = await cursor.seek(this.target);
    } finally {
      if (!isAtEntry) {
        await this.tables.release(file);
      }
    }
    if (isAtEntry) {
      this.active.unshift(cursor);
      this.settle();
    }
  }

  /** Puts the first cursor behind those whose entries come before its own. */
  private settle(): void {
    const { active } = this;
    const moved = active[0]!;
    let at = 0;
    for (; at + 1 < active.length && comesBefore(active[at + 1]!, moved); at++) {
      active[at] = active[at + 1]!;
    }
    active[at] = moved;
  }

  private hasReached(top: TableCursor | undefined, end: Uint8Array): boolean {
    return top === undefined
      ? this.nextWaitingIsBefore(end, end.length, true)
      : this.nextWaitingIsBefore(top.key, top.keyLength);
  }

  private nextWaitingIsBefore(key: Uint8Array, keyLength: number, strictly = false): boolean {
    const order = compareKeys(key, keyLength, this.waiting[this.waiting.length - 1]!.smallest);
    return strictly ? order > 0 : order >= 0;
  }

  private keepKey({ key, keyLength }: TableCursor): void {
    if (keyLength > this.lastKey.length) {
      this.lastKey = new Uint8Array(Math.max(keyLength, 2 * this.lastKey.length));
    }
    for (let i = 0; i < keyLength; i++) {
      this.lastKey[i] = key[i]!;
    }
    this.lastKeyLength = keyLength;
  }

  private isAtLastKey({ key, keyLength }: TableCursor): boolean {
    return compareKeys(key, keyLength, this.lastKey, this.lastKeyLength) === 0;
  }
}

function comesBefore(a: TableCursor, b: TableCursor): boolean {
  const order = compareKeys(a.key, a.keyLength, b.key, b.keyLength);
  if (order === 0 && a.sequence === b.sequence) {
    throw a.corrupt(`two files have a key with the sequence number ${a.sequence}`);
  }
  return order < 0 || (order === 0 && a.sequence > b.sequence);
}

function checkKind(cursor: TableCursor): void {
  const { kind } = cursor;
  if (
    kind === ENTRY_KIND.VALUE ||
    kind === ENTRY_KIND.DELETION ||
    kind === ENTRY_KIND.SINGLE_DELETION
  ) {
    return;
  }
  const name = ENTRY_KINDS_NOT_READ[kind];
  if (name === undefined) {
    throw cursor.corrupt(`an entry has the kind ${kind}, which is none`);
  }
  throw unsupportedFile(cursor.table.blocks.source, `has ${name}, which are not read`);
}

function checkMergeOperator({ table }: TableCursor): void {
  const { mergeOperatorName } = table.properties;
  if (mergeOperatorName !== undefined && !MERGE_OPERATORS.includes(mergeOperatorName)) {
    const what = `has entries for the merge operator ${mergeOperatorName}, which is not known`;
    throw unsupportedFile(table.blocks.source, what);
  }
}

/** As the merge operator joins them: from the oldest to the newest, with a comma between. */
function joined(newestFirst: readonly Uint8Array[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let i = newestFirst.length - 1; i >= 0; i--) {
    parts.push(newestFirst[i]!);
    if (i > 0) {
      parts.push(MERGE_DELIMITER);
    }
  }
  return parts;
}

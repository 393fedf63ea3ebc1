/**
 * What of packed rows is not in the database yet, and of which version it is.
 *
 * Invariants:
 * - `dirtyRows` are the rows whose version is not `CLEAN_ROW`, `fixedLeft` those of them that are older
 *   than the epoch while a version is fixed.
 * - Rows of the fixed version are in blocks that were there when it was fixed: what changes, moves or
 *   leaves of it is written first.
 */
// Hot path.
import { invariant } from '@millrace/core';
import type { WriteBatch } from '../database/write-batch.ts';
import type { PendingWrites } from './pending-writes.ts';
import { ABSENT_FLAG, CLEAN_ROW, FLAGS_MASK, type RowBlocks, STORED_FLAG } from './row-blocks.ts';

export class RowVersions {
  /** The version of what is written now. */
  epoch: number;
  dirtyRows: number;
  /** Dirty rows of the fixed version. */
  fixedLeft: number;
  isFixed: boolean;
  private readonly writes: PendingWrites;
  private readonly blocks: RowBlocks;
  /** Blocks from here on hold nothing of the fixed version; nor has this one before `walkWord`. */
  private walkBlock: number;
  private walkWord: number;

  constructor(writes: PendingWrites, blocks: RowBlocks) {
    this.epoch = 0;
    this.dirtyRows = 0;
    this.fixedLeft = 0;
    this.isFixed = false;
    this.writes = writes;
    this.blocks = blocks;
    this.walkBlock = -1;
    this.walkWord = 0;
  }

  /**
   * Puts a row into `PendingWrites`, if it is dirty.
   *
   * @returns false when that has to wait for the release of a fixed version
   */
  writeNow(place: number): boolean {
    if (this.isDirty(place)) {
      if (this.isNewer(place)) {
        return false;
      }
      this.writes.applyIfFull();
      this.writeRow(place, this.writes.batch);
    }
    return true;
  }

  /** As `writeNow`, of all rows that begin with `prefix`: goes through all there are. */
  writeAllNow(columnFamily: number, prefix: Uint8Array, prefixEnd: number): boolean {
    const { blocks } = this;
    for (let block = 0; this.dirtyRows > 0 && block < blocks.idsEnd; block++) {
      for (let word = 0; word < blocks.ends[block]!; ) {
        const place = blocks.placeOf(block, word);
        word += blocks.rowWords(place);
        if (
          blocks.keyHead(place) >>> 16 === columnFamily &&
          blocks.beginsWith(place, prefix, prefixEnd) &&
          !this.writeNow(place)
        ) {
          return false;
        }
      }
    }
    return true;
  }

  fixVersion(): void {
    this.isFixed = true;
    this.epoch++;
    this.fixedLeft = this.dirtyRows;
    this.walkBlock = this.blocks.idsEnd - 1;
    this.walkWord = 0;
  }

  /** As `HeldWrites.writeVersion`. */
  writeVersion(batch: WriteBatch, isOver: () => boolean): boolean {
    const { blocks } = this;
    while (this.fixedLeft > 0 && this.walkBlock >= 0) {
      const end = blocks.ends[this.walkBlock]!;
      while (this.walkWord < end && this.fixedLeft > 0) {
        const place = blocks.placeOf(this.walkBlock, this.walkWord);
        this.walkWord += blocks.rowWords(place);
        if (this.isDirty(place) && !this.isNewer(place)) {
          this.writeRow(place, batch);
          if (isOver()) {
            return this.fixedLeft === 0;
          }
        }
      }
      this.walkBlock--;
      this.walkWord = 0;
      if (isOver()) {
        break;
      }
    }
    invariant(this.walkBlock >= 0 || this.fixedLeft === 0, 'each row of a version is met once');
    return this.fixedLeft === 0;
  }

  releaseVersion(): void {
    this.isFixed = false;
    this.fixedLeft = 0;
  }

  /** As `HeldWrites.writeAll`. */
  writeAll(batch: WriteBatch): void {
    const { blocks, writes } = this;
    for (let block = 0; this.dirtyRows > 0 && block < blocks.idsEnd; block++) {
      for (let word = 0; word < blocks.ends[block]!; ) {
        const place = blocks.placeOf(block, word);
        word += blocks.rowWords(place);
        if (this.isDirty(place)) {
          if (writes.isFull(batch)) {
            writes.applyBatch(batch);
          }
          this.writeRow(place, batch);
        }
      }
    }
  }

  /** Nothing that comes there is of the fixed version. */
  blockGivenUp(block: number): void {
    if (block === this.walkBlock) {
      this.walkWord = 0;
    }
  }

  beforeChange(place: number): void {
    if (this.isFixed && this.isDirty(place) && !this.isNewer(place)) {
      this.writes.applyIfFull();
      this.writeRow(place, this.writes.batch);
    }
  }

  writeRow(place: number, batch: WriteBatch): void {
    const { blocks } = this;
    const head = blocks.keyHead(place);
    const bytes = blocks.bytes[blocks.blockOf(place)]!;
    const start = blocks.keyStart(place);
    const keyEnd = start + blocks.keyBytes(place);
    if ((head & ABSENT_FLAG) === 0) {
      batch.put(head >>> 16, bytes, start, keyEnd, keyEnd + blocks.valueBytes(place));
      blocks.setFlags(place, (head & FLAGS_MASK) | STORED_FLAG);
    } else {
      batch.delete(head >>> 16, bytes, start, keyEnd);
      blocks.setFlags(place, head & FLAGS_MASK & ~STORED_FLAG);
    }
    this.markClean(place);
  }

  isDirty(place: number): boolean {
    return this.blocks.version(place) !== CLEAN_ROW;
  }

  /** Than the version that is fixed. Of a dirty row. */
  isNewer(place: number): boolean {
    return this.isFixed && this.blocks.version(place) === this.epoch;
  }

  markDirty(place: number): void {
    if (!this.isDirty(place)) {
      this.dirtyRows++;
    }
    this.blocks.setVersion(place, this.epoch);
  }

  markClean(place: number): void {
    if (this.isDirty(place)) {
      this.dirtyRows--;
      if (this.isFixed && !this.isNewer(place)) {
        this.fixedLeft--;
      }
      this.blocks.setVersion(place, CLEAN_ROW);
    }
  }
}

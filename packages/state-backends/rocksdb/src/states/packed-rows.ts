/**
 * Rows of the database as bytes in memory, written back when they are evicted or at a barrier: what is
 * under the decoded values, and takes an eighth of what they take.
 *
 * A row has its value, or says that there is none. The oldest block of rows is given up when room is
 * needed; what was used of it meanwhile is moved to the newest.
 *
 * Invariants:
 * - Where a value is decoded as well, the decoded one is as new or newer.
 * - What goes to the database by the decoded values alone is told (`written`, `forget`): no row here
 *   is older than what the database holds.
 * - While a version is fixed, rows of that version are written before they change, move or leave, and
 *   newer ones are not written.
 * - `allocatedBytes` is at most `capacityBytes` after `makeRoom`.
 *
 * Design: docs/decisions/0013-packed-rows.md, 0017-packed-lists.md
 */
// Hot path.
import type { DataInputView } from '@millrace/core';
import type { PendingWrites } from './pending-writes.ts';
import {
  ABSENT_FLAG,
  CLEAN_ROW,
  COLUMN_FAMILY_MAX,
  DEAD_FLAG,
  FLAGS_MASK,
  HEAD_WORDS,
  KEY_BYTES_MAX,
  keyWord,
  RowBlocks,
  STORED_FLAG,
  USED_FLAG,
} from './row-blocks.ts';
import { NO_ROW, RowIndex, rowHash } from './row-index.ts';
import { RowVersions } from './row-versions.ts';

/** Some 700 rows of a long: what is looked at, and written, for room at a time. */
const BLOCK_BYTES_MAX = 32 * 1024;
const BLOCK_BYTES_MIN = 256;
/** Blocks are smaller where there would be fewer. */
const BLOCKS_WANTED = 16;
/** One that is filled, one to move to, one that is given up. */
const BLOCKS_MIN = 3;
/**
 * Blocks that are given up for room at once, so that many rows go to the database in one batch, in the order
 * of their keys, which takes it a fraction of the time. Some 3,000 rows of a long: 7 ms.
 */
const BLOCKS_AT_ONCE = 4;
/** Fewer at once where there are fewer than so many for each. */
const BLOCKS_FOR_EACH = 16;
/** Blocks that are looked at for room before use no longer counts. */
const BLOCKS_OF_SECOND_CHANCES = 8;
/** Places are numbers of 31 bits, in words. */
const CAPACITY_BYTES_MAX = 4 * 2 ** 30;

export class PackedRows {
  capacityBytes: number;
  readonly versions: RowVersions;
  private readonly writes: PendingWrites;
  private readonly blocks: RowBlocks;
  private readonly index: RowIndex;
  private rowWordsMax: number;

  constructor(writes: PendingWrites) {
    this.capacityBytes = 0;
    this.writes = writes;
    this.blocks = new RowBlocks();
    this.index = new RowIndex(this.blocks);
    this.versions = new RowVersions(writes, this.blocks);
    this.rowWordsMax = 0;
  }

  /** Rows. */
  get size(): number {
    return this.index.size;
  }

  /** False where there is no memory for rows. */
  get isOn(): boolean {
    return this.rowWordsMax > 0;
  }

  /** 0 where it holds nothing. */
  get allocatedBytes(): number {
    const { blocks } = this;
    const count = blocks.count + blocks.kept;
    return count === 0 ? 0 : count * blocks.blockBytes + this.index.bytes;
  }

  /** May be set between records: what is beyond it goes with `makeRoom`. */
  setCapacity(bytes: number): void {
    this.capacityBytes = Math.min(bytes, CAPACITY_BYTES_MAX);
    if (this.blocks.count === 0) {
      let blockBytes = BLOCK_BYTES_MIN;
      while (blockBytes < BLOCK_BYTES_MAX && 2 * BLOCKS_WANTED * blockBytes <= bytes) {
        blockBytes *= 2;
      }
      this.blocks.setBlockBytes(blockBytes);
    }
    this.rowWordsMax = this.blocksMax() < BLOCKS_MIN ? 0 : this.blocks.blockBytes / 8;
  }

  /** The place of a row, valid until the next change; or `NO_ROW`. */
  find(columnFamily: number, source: Uint8Array, keyEnd: number): number {
    if (this.index.size === 0 || keyEnd > KEY_BYTES_MAX || columnFamily > COLUMN_FAMILY_MAX) {
      return NO_ROW;
    }
    const key = keyWord(columnFamily, keyEnd);
    return this.index.find(rowHash(key, source, 0, keyEnd), key, source, keyEnd);
  }

  /** It is given another round. */
  use(place: number): void {
    const head = this.blocks.keyHead(place);
    if ((head & USED_FLAG) === 0) {
      this.blocks.setKeyHead(place, head | USED_FLAG);
    }
  }

  isAbsent(place: number): boolean {
    return (this.blocks.keyHead(place) & ABSENT_FLAG) !== 0;
  }

  /** Whether the database may have a row of it. */
  isStored(place: number): boolean {
    return (this.blocks.keyHead(place) & STORED_FLAG) !== 0;
  }

  /** At the value, which has `valueBytes`. Valid until the next call. */
  input(place: number): DataInputView {
    return this.blocks.input(place);
  }

  valueBytes(place: number): number {
    return this.blocks.valueBytes(place);
  }

  /**
   * A value of now: key and, from `keyEnd` on, value.
   *
   * @param isStored - whether the database may have a row, where none is here that knows
   * @returns false where it cannot be kept: it is too large, or a fixed version leaves no room
   */
  put(
    columnFamily: number,
    source: Uint8Array,
    keyEnd: number,
    valueEnd: number,
    isStored: boolean,
  ): boolean {
    const place = this.placeToChange(columnFamily, source, keyEnd, valueEnd - keyEnd, isStored);
    if (place === NO_ROW) {
      return false;
    }
    this.versions.markDirty(place);
    this.setValue(place, source, keyEnd, valueEnd);
    return true;
  }

  /**
   * Adds to the value of a row that is here: a delimiter of one byte and more, which stand behind `keyEnd`.
   * Where there is no value yet, the delimiter is left out.
   *
   * @returns false where there is no row or no room, or the value would become too large
   */
  append(
    columnFamily: number,
    source: Uint8Array,
    keyEnd: number,
    end: number,
    valueBytesMax: number,
  ): boolean {
    const { blocks } = this;
    let place = this.find(columnFamily, source, keyEnd);
    if (place === NO_ROW) {
      return false;
    }
    const before = this.isAbsent(place) ? 0 : this.valueBytes(place);
    const from = this.isAbsent(place) ? keyEnd + 1 : keyEnd;
    const valueBytes = before + end - from;
    const words = wordsOf(keyEnd + valueBytes);
    if (valueBytes > valueBytesMax || words > this.rowWordsMax) {
      return false;
    }
    if (words > blocks.rowWords(place)) {
      const wanted = Math.min(this.rowWordsMax, words + (words >>> 2)); // More may follow.
      if (!this.makePlace(wanted)) {
        return false;
      }
      place = this.find(columnFamily, source, keyEnd);
      if (place === NO_ROW) {
        return false; // It left to make place.
      }
      place = this.enlarge(place, wanted);
    }
    this.versions.beforeChange(place);
    this.use(place);
    this.versions.markDirty(place);
    blocks.copyIn(place, keyEnd + before, source, from, end);
    blocks.setSizes(place, valueBytes, blocks.rowWords(place));
    blocks.setFlags(place, blocks.keyHead(place) & FLAGS_MASK & ~ABSENT_FLAG);
    return true;
  }

  /** There is no value any more. As `put`. @param isKept - that it is absent is worth remembering */
  delete(
    columnFamily: number,
    source: Uint8Array,
    keyEnd: number,
    isStored: boolean,
    isKept: boolean,
  ): boolean {
    const known = this.find(columnFamily, source, keyEnd);
    if (known === NO_ROW && !isStored) {
      return true;
    }
    const place = this.placeToChange(columnFamily, source, keyEnd, 0, isStored);
    if (place === NO_ROW) {
      return false;
    }
    const { blocks } = this;
    if (this.isStored(place)) {
      this.versions.markDirty(place);
    } else {
      this.versions.markClean(place);
      if (!isKept) {
        this.remove(place);
        return true;
      }
    }
    blocks.setFlags(place, (blocks.keyHead(place) & FLAGS_MASK) | ABSENT_FLAG);
    blocks.setSizes(place, 0, blocks.rowWords(place));
    return true;
  }

  /**
   * What was read from the database just now. Not kept where there is no room for it.
   *
   * @param valueStart - of the value in `values`
   */
  insertRead(
    columnFamily: number,
    source: Uint8Array,
    keyEnd: number,
    values: Uint8Array,
    valueStart: number,
    valueBytes: number,
  ): boolean {
    if (this.find(columnFamily, source, keyEnd) !== NO_ROW) {
      return true;
    }
    const place = this.placeToChange(columnFamily, source, keyEnd, valueBytes, true);
    if (place === NO_ROW) {
      return false;
    }
    this.blocks.copyIn(place, keyEnd, values, valueStart, valueStart + valueBytes);
    return true;
  }

  /**
   * The database has no row of a key, of which there is none here either.
   *
   * @param roomBytes - for the value that may come
   */
  insertAbsent(columnFamily: number, source: Uint8Array, keyEnd: number, roomBytes: number): void {
    const place = this.placeToChange(columnFamily, source, keyEnd, roomBytes, false);
    if (place !== NO_ROW) {
      this.blocks.setFlags(place, ABSENT_FLAG);
      this.blocks.setSizes(place, 0, this.blocks.rowWords(place));
    }
  }

  /** The decoded value, which is as new or newer, was put into a batch for the database. */
  written(columnFamily: number, source: Uint8Array, keyEnd: number, valueEnd: number): void {
    const place = this.find(columnFamily, source, keyEnd);
    if (place === NO_ROW) {
      return;
    }
    this.versions.markClean(place);
    if (wordsOf(valueEnd) > this.blocks.rowWords(place)) {
      this.remove(place);
      return;
    }
    this.setValue(place, source, keyEnd, valueEnd);
    this.blocks.setFlags(place, (this.blocks.keyHead(place) & FLAGS_MASK) | STORED_FLAG);
  }

  /** As `written`, of a row that was deleted or merged to. */
  forget(columnFamily: number, source: Uint8Array, keyEnd: number): void {
    const place = this.find(columnFamily, source, keyEnd);
    if (place !== NO_ROW) {
      this.versions.markClean(place);
      this.remove(place);
    }
  }

  get isOver(): boolean {
    return this.allocatedBytes > this.capacityBytes;
  }

  /** @returns false when a fixed version is in the way of less than `capacityBytes` */
  makeRoom(): boolean {
    const { blocks, index } = this;
    for (let left = blocks.count; this.isOver && left > 0; left--) {
      this.clearOldest(1, false);
      blocks.dropKept();
      index.shrink();
    }
    if (this.isOver) {
      return false;
    }
    this.setCapacity(this.capacityBytes);
    return true;
  }

  /**
   * The row of a key, new or as it was, with room for a value; what of it is of a fixed version was
   * written. A new one is clean and has no value yet.
   */
  private placeToChange(
    columnFamily: number,
    source: Uint8Array,
    keyEnd: number,
    valueBytes: number,
    isStored: boolean,
  ): number {
    const words = wordsOf(keyEnd + valueBytes);
    if (words > this.rowWordsMax || keyEnd > KEY_BYTES_MAX || columnFamily > COLUMN_FAMILY_MAX) {
      return NO_ROW;
    }
    const { index, blocks } = this;
    const key = keyWord(columnFamily, keyEnd);
    const hash = rowHash(key, source, 0, keyEnd);
    let place = index.find(hash, key, source, keyEnd);
    if (place !== NO_ROW && blocks.rowWords(place) >= words) {
      this.versions.beforeChange(place);
      this.use(place); // What brings a row in does not count: others may never come.
      return place;
    }
    if (!this.makePlace(words)) {
      return NO_ROW;
    }
    place = index.find(hash, key, source, keyEnd); // It may have left.
    const flags = place === NO_ROW ? (isStored ? STORED_FLAG : 0) : this.takeFlags(place);
    const made = blocks.append(words);
    if (place === NO_ROW) {
      index.insert(hash, made);
    } else {
      index.replace(made);
    }
    blocks.setVersion(made, CLEAN_ROW);
    blocks.setKeyHead(made, key | flags);
    blocks.setSizes(made, valueBytes, words);
    blocks.copyIn(made, 0, source, 0, keyEnd);
    return made;
  }

  /** The row of the last look-up, at another place, which was made. */
  private enlarge(place: number, words: number): number {
    const { blocks } = this;
    const key = blocks.keyHead(place) & ~FLAGS_MASK;
    const flags = this.takeFlags(place);
    const made = blocks.append(words);
    this.index.replace(made);
    blocks.setVersion(made, CLEAN_ROW);
    blocks.setKeyHead(made, key | flags);
    blocks.setSizes(made, blocks.valueBytes(place), words);
    const start = blocks.keyStart(place);
    const end = start + blocks.keyBytes(place) + blocks.valueBytes(place);
    blocks.copyIn(made, 0, blocks.bytes[blocks.blockOf(place)]!, start, end);
    return made;
  }

  /** Of a row that is replaced by another. */
  private takeFlags(place: number): number {
    this.versions.beforeChange(place);
    this.versions.markClean(place);
    const flags = this.blocks.keyHead(place) & FLAGS_MASK;
    this.blocks.setFlags(place, DEAD_FLAG);
    return flags;
  }

  private setValue(place: number, source: Uint8Array, keyEnd: number, valueEnd: number): void {
    const { blocks } = this;
    blocks.setSizes(place, valueEnd - keyEnd, blocks.rowWords(place));
    blocks.copyIn(place, keyEnd, source, keyEnd, valueEnd);
    blocks.setFlags(place, blocks.keyHead(place) & FLAGS_MASK & ~ABSENT_FLAG);
  }

  /** @returns false when a fixed version is in the way */
  private makePlace(words: number): boolean {
    const { blocks, index } = this;
    const { isFixed, dirtyRows, fixedLeft } = this.versions;
    if (isFixed && 2 * (dirtyRows - fixedLeft) > index.size) {
      return false;
    }
    let looked = 0;
    while (!index.hasRoom || !blocks.fits(words)) {
      if (!index.hasRoom && this.fitsBytes(2 * index.bytes, blocks.count + blocks.kept)) {
        index.grow();
      } else if (index.hasRoom && blocks.count + 1 < this.blocksMax()) {
        blocks.begin();
      } else if (blocks.count < 2 || looked > 2 * blocks.count) {
        return false;
      } else {
        const atOnce = Math.min(BLOCKS_AT_ONCE, 1 + Math.floor(blocks.count / BLOCKS_FOR_EACH));
        this.clearOldest(atOnce, looked < BLOCKS_OF_SECOND_CHANCES);
        looked += atOnce;
      }
    }
    return true;
  }

  private blocksMax(): number {
    return Math.floor((this.capacityBytes - this.index.bytes) / this.blocks.blockBytes);
  }

  /** One more block is for what is moved. */
  private fitsBytes(indexBytes: number, blocks: number): boolean {
    return indexBytes + (blocks + 1) * this.blocks.blockBytes <= this.capacityBytes;
  }

  /** Gives up blocks. What must stay or has been used goes to the newest, or to another. */
  private clearOldest(count: number, usedStays: boolean): void {
    const { blocks, writes } = this;
    try {
      for (let i = 0; i < count; i++) {
        const block = blocks.oldest;
        this.leaveAllOf(block, usedStays);
        blocks.giveUpOldest();
        this.versions.blockGivenUp(block);
      }
    } finally {
      writes.apply();
    }
  }

  private leaveAllOf(block: number, usedStays: boolean): void {
    const { blocks } = this;
    for (let word = 0; word < blocks.ends[block]!; ) {
      const place = blocks.placeOf(block, word);
      word += blocks.rowWords(place);
      const head = blocks.keyHead(place);
      if ((head & DEAD_FLAG) === 0) {
        this.leave(place, usedStays && (head & USED_FLAG) !== 0);
      }
    }
  }

  private leave(place: number, isWanted: boolean): void {
    const { blocks } = this;
    let stays = isWanted;
    if (this.versions.isDirty(place)) {
      if (this.versions.isNewer(place)) {
        stays = true;
      } else if (this.versions.isFixed || !isWanted) {
        this.writes.applyIfFull();
        this.versions.writeRow(place, this.writes.batch);
      }
    }
    if (!stays) {
      this.remove(place);
      return;
    }
    const words = blocks.rowWords(place);
    if (!blocks.fits(words) || blocks.isNewest(place)) {
      blocks.begin();
    }
    const to = blocks.append(words);
    blocks.copyRow(place, to);
    blocks.setFlags(to, blocks.keyHead(to) & FLAGS_MASK & ~USED_FLAG);
    this.index.move(this.hashOf(place), place, to);
    blocks.setVersion(place, CLEAN_ROW);
    blocks.setFlags(place, DEAD_FLAG);
  }

  /** Of a clean row. */
  private remove(place: number): void {
    this.index.remove(this.hashOf(place), place);
    this.blocks.setFlags(place, DEAD_FLAG);
  }

  private hashOf(place: number): number {
    const { blocks } = this;
    const start = blocks.keyStart(place);
    const end = start + blocks.keyBytes(place);
    const bytes = blocks.bytes[blocks.blockOf(place)]!;
    return rowHash(blocks.keyHead(place) & ~FLAGS_MASK, bytes, start, end);
  }
}

/** Of a row with so many bytes of key and value. */
function wordsOf(bytes: number): number {
  return HEAD_WORDS + ((bytes + 3) >>> 2);
}

/**
 * Goes through one block of an index: where each block is, in the order of the keys.
 *
 * Bytes: docs/formats/rocksdb-files.md. RocksDB: IndexBlockIter, IndexValue.
 */

import { BlockCursor, type BlockPlace, compareKeys } from './block-cursor.ts';
import { BLOCK_TRAILER_BYTES, type BlockHandle } from './block-storage.ts';
import { INTERNAL_SUFFIX_BYTES } from './internal-key.ts';
import { RocksInput } from './rocks-input.ts';
import type { TableProperties } from './table-properties.ts';

export class IndexCursor {
  handle: BlockHandle = { offset: 0, sizeBytes: 0 };
  private readonly cursor: BlockCursor;
  private readonly suffixBytes: number;
  private readonly isDeltaEncoded: boolean;
  private readonly hasFirstKey: boolean;
  private place: BlockPlace = { source: '', offset: 0 };

  constructor(properties: TableProperties) {
    this.isDeltaEncoded = properties.indexValueIsDeltaEncoded;
    this.cursor = new BlockCursor(!this.isDeltaEncoded);
    this.suffixBytes = properties.indexKeyIsUserKey ? 0 : INTERNAL_SUFFIX_BYTES;
    this.hasFirstKey = properties.indexType === 'binary-with-first-key';
  }

  reset(block: Uint8Array, place: BlockPlace): void {
    this.place = place;
    this.cursor.reset(block, place);
  }

  /** @returns false at the end */
  next(): boolean {
    const { cursor } = this;
    if (!cursor.next()) {
      return false;
    }
    const { source, offset } = this.place;
    const input = new RocksInput(cursor.bytes.subarray(0, cursor.end), source, offset);
    input.position = cursor.valueStart;
    if (this.isDeltaEncoded && cursor.sharesKey) {
      const { handle } = this;
      const growth = zigZag(input.varint('growth of a block'));
      const sizeBytes = handle.sizeBytes + growth;
      if (sizeBytes < 0) {
        throw input.corrupt('growth of a block', `a block of ${sizeBytes} bytes cannot be`);
      }
      const end = handle.offset + handle.sizeBytes + BLOCK_TRAILER_BYTES;
      this.handle = { offset: end, sizeBytes };
    } else {
      const blockOffset = input.varint('offset of a block');
      this.handle = { offset: blockOffset, sizeBytes: input.varint('size of a block') };
    }
    if (this.hasFirstKey) {
      input.lengthPrefixed('first key of a block');
    }
    if (this.isDeltaEncoded) {
      cursor.endValue(input.position);
    }
    return true;
  }

  /**
   * Moves to the first block that may hold `target` or what follows it.
   *
   * @returns false when all keys are before it
   */
  seek(target: Uint8Array): boolean {
    this.cursor.seekRestart(target, this.suffixBytes);
    while (this.next()) {
      // The key is not before the last one of its block.
      const length = this.cursor.userKeyLength(this.suffixBytes);
      if (compareKeys(this.cursor.key, length, target) >= 0) {
        return true;
      }
    }
    return false;
  }
}

function zigZag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

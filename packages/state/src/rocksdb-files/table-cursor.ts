/**
 * Goes through the entries of one SST file in the order of their keys, a block in memory at a time.
 *
 * Invariants:
 * - Entries are ordered by user key, then from the newest to the oldest.
 * - `next` never waits: it says where the block is over, and `nextBlock` waits for the next one.
 *
 * RocksDB: BlockBasedTableIterator, PartitionedIndexIterator.
 */
// Hot path.

import { BlockCursor, compareKeys } from './block-cursor.ts';
import type { BlockHandle } from './block-storage.ts';
import { IndexCursor } from './index-cursor.ts';
import { INTERNAL_SUFFIX_BYTES, kindOf, sequenceOf } from './internal-key.ts';
import type { SstTable } from './sst-table.ts';
import { SequentialBlocks } from './table-blocks.ts';

export class TableCursor {
  readonly table: SstTable;
  /** The user key is the first `keyLength` bytes. Valid until the cursor moves. */
  key: Uint8Array = new Uint8Array();
  keyLength = 0;
  sequence = 0;
  /** RocksDB's ValueType. */
  kind = 0;
  private readonly block = new BlockCursor();
  private readonly data: SequentialBlocks;
  private readonly index: IndexCursor;
  /** The parts of a two-level index. */
  private readonly partitions: IndexCursor | undefined;
  private dataOffset = 0;

  constructor(table: SstTable, readAheadBytesMax: number) {
    this.table = table;
    this.data = new SequentialBlocks(table.blocks, readAheadBytesMax);
    this.index = new IndexCursor(table.properties);
    if (table.properties.indexType === 'two-level') {
      this.partitions = new IndexCursor(table.properties);
    }
  }

  /** Of the block that the entry is in. */
  get blockOffset(): number {
    return this.dataOffset;
  }

  value(): Uint8Array {
    return this.block.bytes.subarray(this.block.valueStart, this.block.valueEnd);
  }

  /** Moves to the first entry that is not before `target`. @returns false at the end */
  async seek(target: Uint8Array): Promise<boolean> {
    if (!(await this.seekIndex(target))) {
      return false;
    }
    await this.loadBlock(this.index.handle);
    this.block.seekRestart(target, INTERNAL_SUFFIX_BYTES);
    do {
      while (this.next()) {
        if (compareKeys(this.key, this.keyLength, target) >= 0) {
          return true;
        }
      }
    } while (await this.nextBlock());
    return false;
  }

  /** @returns false at the end of the block */
  next(): boolean {
    const { block } = this;
    if (!block.next()) {
      return false;
    }
    const { globalSequence } = this.table;
    this.keyLength = block.userKeyLength(INTERNAL_SUFFIX_BYTES);
    this.key = block.key;
    this.kind = kindOf(block.key, block.keyLength);
    this.sequence = globalSequence ?? sequenceOf(block.key, block.keyLength);
    return true;
  }

  /** Stands before the first entry of the next block then. @returns false at the end */
  async nextBlock(): Promise<boolean> {
    if (!this.index.next() && !(await this.nextPartition())) {
      return false;
    }
    await this.loadBlock(this.index.handle);
    return true;
  }

  corrupt(reason: string): Error {
    return this.block.corrupt(reason);
  }

  private async seekIndex(target: Uint8Array): Promise<boolean> {
    const { bytes, offset } = this.table.index;
    const { source } = this.table.blocks;
    if (this.partitions === undefined) {
      this.index.reset(bytes, { source, offset });
      return this.index.seek(target);
    }
    this.partitions.reset(bytes, { source, offset });
    if (!this.partitions.seek(target)) {
      return false;
    }
    await this.loadPartition(this.partitions.handle);
    return this.index.seek(target) || (await this.nextPartition());
  }

  /** To its first block. */
  private async nextPartition(): Promise<boolean> {
    while (this.partitions?.next() === true) {
      await this.loadPartition(this.partitions.handle);
      if (this.index.next()) {
        return true;
      }
    }
    return false;
  }

  private async loadPartition(handle: BlockHandle): Promise<void> {
    const { blocks } = this.table;
    this.index.reset(await blocks.read(handle), { source: blocks.source, offset: handle.offset });
  }

  private async loadBlock(handle: BlockHandle): Promise<void> {
    if (!this.data.has(handle)) {
      await this.data.fetch(handle);
    }
    const { source } = this.table.blocks;
    this.dataOffset = handle.offset;
    this.block.reset(this.data.take(handle), { source, offset: handle.offset });
  }
}

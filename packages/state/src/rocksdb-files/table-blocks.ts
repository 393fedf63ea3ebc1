/**
 * The stored blocks of one SST file, read as they are asked for.
 *
 * Invariant: a handle that names a place outside of the file is an error, whoever gave it.
 */
import type { StateHandleReader } from '../snapshot/state-handle-reader.ts';
import {
  BLOCK_TRAILER_BYTES,
  type BlockHandle,
  blockContents,
  type ChecksumType,
} from './block-storage.ts';
import { corruptFile } from './rocks-input.ts';

const READ_AHEAD_BYTES_FIRST = 16 * 1024; // doubled with each, as who reads on reads much

export class TableBlocks {
  readonly source: string;
  readonly reader: StateHandleReader;
  readonly checksumType: ChecksumType;

  constructor(reader: StateHandleReader, source: string, checksumType: ChecksumType) {
    this.reader = reader;
    this.source = source;
    this.checksumType = checksumType;
  }

  /** Contents of one block. @throws CheckpointError `SNAPSHOT_CORRUPT`, `UNSUPPORTED` */
  async read(handle: BlockHandle): Promise<Uint8Array> {
    return this.contents(await this.stored(handle), handle);
  }

  /** As it is in the file, with its trailer. */
  async stored(handle: BlockHandle): Promise<Uint8Array> {
    return this.reader.read(handle.offset, this.storedBytes(handle));
  }

  contents(stored: Uint8Array, handle: BlockHandle): Uint8Array {
    const { source, checksumType } = this;
    return blockContents(stored, { source, handle, checksumType });
  }

  /** @throws CheckpointError `SNAPSHOT_CORRUPT` when the block is not inside the file */
  storedBytes({ offset, sizeBytes }: BlockHandle): number {
    const length = sizeBytes + BLOCK_TRAILER_BYTES;
    if (offset + length > this.reader.sizeBytes) {
      const what = `in the handle of a block: it ends beyond the ${this.reader.sizeBytes} bytes`;
      throw corruptFile(this.source, offset, what);
    }
    return length;
  }
}

/** Reads blocks that mostly follow each other, many with one read of the file. */
export class SequentialBlocks {
  private readonly blocks: TableBlocks;
  private readonly readAheadBytesMax: number;
  private readAheadBytes = READ_AHEAD_BYTES_FIRST;
  private window: Uint8Array = new Uint8Array();
  private windowStart = 0;

  constructor(blocks: TableBlocks, readAheadBytesMax: number) {
    this.blocks = blocks;
    this.readAheadBytesMax = readAheadBytesMax;
  }

  /** True when `read` need not wait. */
  has(handle: BlockHandle): boolean {
    const start = handle.offset - this.windowStart;
    const end = start + handle.sizeBytes + BLOCK_TRAILER_BYTES;
    return start >= 0 && end <= this.window.length;
  }

  /** Only after `has` or `fetch`. */
  take(handle: BlockHandle): Uint8Array {
    const start = handle.offset - this.windowStart;
    const end = start + handle.sizeBytes + BLOCK_TRAILER_BYTES;
    return this.blocks.contents(this.window.subarray(start, end), handle);
  }

  async fetch(handle: BlockHandle): Promise<void> {
    const needed = this.blocks.storedBytes(handle);
    const { reader } = this.blocks;
    const length = Math.min(
      Math.max(needed, this.readAheadBytes),
      reader.sizeBytes - handle.offset,
    );
    this.window = await reader.read(handle.offset, length);
    this.windowStart = handle.offset;
    this.readAheadBytes = Math.min(2 * this.readAheadBytes, this.readAheadBytesMax);
  }
}

/**
 * Blocks as they are stored in an SST file: found by a handle, checked, decompressed.
 *
 * Invariants:
 * - No byte of a block is used before its checksum has been compared.
 * - A block takes no more memory than its stored size allows its compression to make of it.
 *
 * Bytes: docs/formats/rocksdb-files.md. RocksDB: ReadBlockContents, UncompressBlockContents.
 */
import * as zlib from 'node:zlib';
import { errorCode, errorMessage } from '@millrace/core';
import { crc32c, maskCrc32c } from '../formats/crc32c.ts';
import { uncompressSnappyBlock } from '../formats/snappy-block.ts';
import { uncompressLz4Block } from './lz4-block.ts';
import { corruptFile, RocksInput, unsupportedFile } from './rocks-input.ts';
import { xxh32, xxh64Low } from './xxhash.ts';

/** Where a block is; its trailer of 5 bytes follows the `sizeBytes`. */
export interface BlockHandle {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Compression type and checksum. */
export const BLOCK_TRAILER_BYTES = 5;

/** Bytes that one stored byte can become at most, of the densest: deflate's 258 in 2 bits. */
const SNAPPY_RATIO_MAX = 32; // 64 bytes by a copy of 2
const LZ4_RATIO_MAX = 256; // 255 by a byte of length
const ZLIB_RATIO_MAX = 1032;
const ZSTD_RATIO_MAX = 44_000; // a block of 128 KiB in 3 bytes
/** For blocks so small that their ratio says nothing. */
const SMALL_BLOCK_BYTES = 64 * 1024;

const COMPRESSIONS: Readonly<Record<number, string>> = {
  3: 'bzip2',
  6: 'Xpress',
  7: 'zstd',
  64: 'zstd (not final)',
};

export type ChecksumType = 'none' | 'crc32c' | 'xxhash' | 'xxhash64';

/** By the number in the footer. */
export const CHECKSUM_TYPES: readonly ChecksumType[] = ['none', 'crc32c', 'xxhash', 'xxhash64'];

/** @throws CheckpointError `SNAPSHOT_CORRUPT` */
export function readBlockHandle(input: RocksInput, field: string): BlockHandle {
  const offset = input.varint(`offset of ${field}`);
  return { offset, sizeBytes: input.varint(`size of ${field}`) };
}

/**
 * Contents of a block.
 *
 * @param stored - the block and its trailer
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `UNSUPPORTED`
 */
export function blockContents(
  stored: Uint8Array,
  block: {
    readonly source: string;
    readonly handle: BlockHandle;
    readonly checksumType: ChecksumType;
  },
): Uint8Array {
  const { source, handle, checksumType } = block;
  const { sizeBytes } = handle;
  checkBlock(stored, block);
  const contents = stored.subarray(0, sizeBytes);
  const compression = stored[sizeBytes]!;
  if (compression === 0) {
    return contents;
  }
  try {
    return uncompress(compression, contents, { source, offset: handle.offset });
  } catch (error) {
    if (errorCode(error) === 'UNSUPPORTED' || errorMessage(error).includes(source)) {
      throw error;
    }
    const checked = checksumType === 'none' ? 'has no checksum' : 'has the right checksum';
    const what = `in a compressed block that ${checked}: ${errorMessage(error)}`;
    throw corruptFile(source, handle.offset, what);
  }
}

/** True when the checksum fits; without checksums always. */
export function hasRightChecksum(
  stored: Uint8Array,
  sizeBytes: number,
  checksumType: ChecksumType,
): boolean {
  const checked = stored.subarray(0, sizeBytes + 1); // with the compression type
  const found = new RocksInput(stored.subarray(sizeBytes + 1), 'block').fixed32('checksum');
  switch (checksumType) {
    case 'none':
      return true;
    case 'crc32c':
      return maskCrc32c(crc32c(checked)) === found;
    case 'xxhash':
      return xxh32(checked) === found;
    case 'xxhash64':
      return xxh64Low(checked) === found;
  }
}

function checkBlock(
  stored: Uint8Array,
  { source, handle, checksumType }: Parameters<typeof blockContents>[1],
): void {
  if (!hasRightChecksum(stored, handle.sizeBytes, checksumType)) {
    const what = `in the block of ${handle.sizeBytes} bytes that begins there: its checksum differs`;
    throw corruptFile(source, handle.offset, what);
  }
}

function uncompress(
  compression: number,
  bytes: Uint8Array,
  at: { readonly source: string; readonly offset: number },
): Uint8Array {
  const limit = (ratio: number): number => Math.max(SMALL_BLOCK_BYTES, bytes.length * ratio);
  switch (compression) {
    case 1:
      return uncompressSnappyBlock(bytes, limit(SNAPPY_RATIO_MAX));
    case 2:
      return withStoredSize(bytes, { ...at, limit: limit(ZLIB_RATIO_MAX) }, (data, options) =>
        zlib.inflateRawSync(data, options),
      );
    case 4:
    case 5: // LZ4HC: another compressor of the same format.
      return withStoredSize(
        bytes,
        { ...at, limit: limit(LZ4_RATIO_MAX) },
        (data, { maxOutputLength }) => uncompressLz4Block(data, maxOutputLength),
      );
    case 7: {
      const decompress = zstdOfNode();
      if (decompress !== undefined) {
        return withStoredSize(bytes, { ...at, limit: limit(ZSTD_RATIO_MAX) }, decompress);
      }
      const wayOut = 'is compressed by zstd, which needs Node 22.15 or later';
      throw unsupportedFile(at.source, wayOut);
    }
    default: {
      const name = COMPRESSIONS[compression];
      if (name === undefined) {
        throw corruptFile(at.source, at.offset, `in a block: ${compression} is no compression`);
      }
      throw unsupportedFile(at.source, `is compressed by ${name}, which is not read`);
    }
  }
}

type Decompress = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

/** Newer versions of Node have it, types of older ones do not know it. */
function zstdOfNode(): Decompress | undefined {
  return (zlib as unknown as { zstdDecompressSync?: Decompress }).zstdDecompressSync;
}

/** Since format version 2 the size of the contents precedes all but snappy's, which has its own. */
function withStoredSize(
  bytes: Uint8Array,
  at: { readonly source: string; readonly offset: number; readonly limit: number },
  decompress: Decompress,
): Uint8Array {
  const input = new RocksInput(bytes, at.source, at.offset);
  const sizeBytes = input.varint('size of a compressed block');
  if (sizeBytes > at.limit) {
    throw input.corrupt('size of a compressed block', `${sizeBytes} bytes cannot be in it`);
  }
  const data = input.take('compressed block', input.remaining);
  const contents = decompress(data, { maxOutputLength: Math.max(1, sizeBytes) });
  if (contents.length !== sizeBytes) {
    throw input.corrupt('compressed block', `it holds ${contents.length} bytes, not ${sizeBytes}`);
  }
  return contents;
}

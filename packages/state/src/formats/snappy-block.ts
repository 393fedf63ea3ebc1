/**
 * Raw snappy blocks, as they lie in snappy frames and in RocksDB's files.
 *
 * Invariant: whatever the bytes are, reading them ends, and takes no more memory than the caller
 * allows. snappyjs alone does not promise that: on a literal whose length has its top bit set it
 * goes back and reads the same bytes for ever, it takes copies from beyond what it has written, and
 * a block that ends early for whole. So all tags are walked before it sees them.
 *
 * Source: format_description.txt of google/snappy.
 */
// Hot path.

import { CheckpointError } from '@millrace/core';
import { compress, uncompress } from 'snappyjs';

const PREAMBLE_BYTES_MAX = 5; // 32 bits in groups of 7

export function compressSnappyBlock(bytes: Uint8Array): Uint8Array {
  return compress(bytes);
}

/**
 * @param sizeBytesMax - a block that says it holds more is refused before anything is allocated
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, with the byte of the block but not the file, which
 * the caller names
 */
export function uncompressSnappyBlock(block: Uint8Array, sizeBytesMax: number): Uint8Array {
  checkSnappyBlock(block, sizeBytesMax);
  // It would give a Buffer for a Buffer, and slices of those are no copies.
  return uncompress(new Uint8Array(block.buffer, block.byteOffset, block.byteLength), sizeBytesMax);
}

/** What a block says it holds, by its first bytes. @throws CheckpointError `SNAPSHOT_CORRUPT` */
export function snappyBlockSizeBytes(block: Uint8Array, sizeBytesMax: number): number {
  return readPreamble(block, sizeBytesMax).sizeBytes;
}

/** Walks all tags: every literal is there, every copy is of what was written, the sum is right. */
function checkSnappyBlock(block: Uint8Array, sizeBytesMax: number): void {
  const { sizeBytes, preambleBytes } = readPreamble(block, sizeBytesMax);
  const end = block.length;
  let at = preambleBytes;
  let written = 0;
  while (at < end) {
    const tagAt = at;
    const tag = block[at++]!;
    let length = tag >>> 2;
    if ((tag & 3) === 0) {
      if (length >= 60) {
        const lengthBytes = length - 59;
        length = littleEndian(block, at, lengthBytes);
        at += lengthBytes;
      }
      length++;
      at += length;
      if (at > end) {
        throw corrupt(tagAt, `a literal of ${length} bytes goes beyond its ${end} bytes`);
      }
    } else {
      let offset: number;
      if ((tag & 3) === 1) {
        length = (length & 7) + 4;
        offset = (tag >>> 5) * 256 + littleEndian(block, at, 1);
        at += 1;
      } else {
        const offsetBytes = (tag & 3) === 2 ? 2 : 4;
        length++;
        offset = littleEndian(block, at, offsetBytes);
        at += offsetBytes;
      }
      if (at > end || offset === 0 || offset > written) {
        throw corrupt(tagAt, `a copy from ${offset} bytes back, of ${written} written`);
      }
    }
    written += length;
  }
  if (written !== sizeBytes) {
    throw corrupt(0, `it holds ${written} bytes and says ${sizeBytes}`);
  }
}

function readPreamble(
  block: Uint8Array,
  sizeBytesMax: number,
): { sizeBytes: number; preambleBytes: number } {
  let sizeBytes = 0;
  for (let at = 0; at < PREAMBLE_BYTES_MAX && at < block.length; at++) {
    const byte = block[at]!;
    sizeBytes += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) {
      if (sizeBytes > sizeBytesMax) {
        throw corrupt(0, `it says it holds ${sizeBytes} bytes; ${sizeBytesMax} is the most`);
      }
      return { sizeBytes, preambleBytes: at + 1 };
    }
  }
  throw corrupt(0, 'its length does not end');
}

/** What lies beyond the end is 0; whoever asks checks the end. */
function littleEndian(block: Uint8Array, at: number, bytes: number): number {
  let value = 0;
  for (let i = bytes - 1; i >= 0; i--) {
    value = value * 256 + (block[at + i] ?? 0);
  }
  return value;
}

function corrupt(at: number, reason: string): CheckpointError {
  return new CheckpointError(
    'SNAPSHOT_CORRUPT',
    `a snappy block is corrupt at its byte ${at}: ${reason}`,
  );
}

/**
 * The snappy framing format, as Flink's compressed snapshots have it: a stream identifier, then
 * chunks of up to 64 KiB with a checksum each.
 *
 * Invariants:
 * - A chunk is refused by its length before anything is read or allocated for it.
 * - What a chunk gives has the checksum that it names. (Flink does not look at them.)
 * - A stream may hold further stream identifiers and chunks to pass over. One bit makes such a chunk
 *   of one with data, and its type is not part of the checksum: what holds data is not passed over.
 *
 * Bytes: docs/formats/snappy-framing.md. Source: framing_format.txt of google/snappy;
 * SnappyFramedOutputStream of snappy-java. Flink: SnappyStreamCompressionDecorator.
 */
// Hot path.

import { CheckpointError, type DataOutputView } from '@millrace/core';
import { crc32c, maskCrc32c } from './crc32c.ts';
import type { FormatInput } from './format-input.ts';
import {
  compressSnappyBlock,
  snappyBlockSizeBytes,
  uncompressSnappyBlock,
} from './snappy-block.ts';

/** Most that one chunk holds, and what a writer fills it with. */
export const SNAPPY_BLOCK_BYTES: number = 64 * 1024;
export const SNAPPY_CHUNK_HEADER_BYTES = 4;
/** As a chunk of its own, at the beginning of each stream. */
export const SNAPPY_STREAM_IDENTIFIER: Uint8Array = Uint8Array.from([
  ...[0xff, 6, 0, 0],
  ...Buffer.from('sNaPpY'),
]);

const COMPRESSED = 0x00;
const UNCOMPRESSED = 0x01;
const SKIPPABLE_FROM = 0x80;
const STREAM_IDENTIFIER = 0xff;

const CHECKSUM_BYTES = 4;
const IDENTIFIER_BYTES = SNAPPY_STREAM_IDENTIFIER.length - SNAPPY_CHUNK_HEADER_BYTES;
/** What a compressor may need for a block that it cannot make smaller. */
const COMPRESSED_BYTES_MAX = 32 + SNAPPY_BLOCK_BYTES + Math.floor(SNAPPY_BLOCK_BYTES / 6);
const DATA_BODY_BYTES_MAX = CHECKSUM_BYTES + COMPRESSED_BYTES_MAX;
const COMPRESSION_RATIO_MAX = 0.85; // above, a block is stored as it is

export function writeSnappyStreamIdentifier(output: DataOutputView): void {
  output.write(SNAPPY_STREAM_IDENTIFIER);
}

/** @param block - 1 byte to 64 KiB */
export function writeSnappyChunk(output: DataOutputView, block: Uint8Array): void {
  const compressed = compressSnappyBlock(block);
  const pays = compressed.length <= COMPRESSION_RATIO_MAX * block.length;
  const body = pays ? compressed : block;
  writeLittleEndian(output, pays ? COMPRESSED : UNCOMPRESSED, 1);
  writeLittleEndian(output, CHECKSUM_BYTES + body.length, 3);
  writeLittleEndian(output, maskCrc32c(crc32c(block)), CHECKSUM_BYTES);
  output.write(body);
}

/** All of `bytes`, in chunks. */
export function writeSnappyChunks(output: DataOutputView, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += SNAPPY_BLOCK_BYTES) {
    writeSnappyChunk(output, bytes.subarray(at, at + SNAPPY_BLOCK_BYTES));
  }
}

export interface SnappyChunkHeader {
  readonly type: number;
  /** What follows the header. */
  readonly bodyBytes: number;
  /** False for what is passed over unread: it is too large for data. */
  readonly isRead: boolean;
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, with the byte of the file */
export function readSnappyChunkHeader(input: FormatInput): SnappyChunkHeader {
  const at = input.position;
  const type = input.unsignedByte('type of a snappy chunk');
  const bodyBytes = input.read('length of a snappy chunk', (view) => {
    const [low, middle, high] = view.readBytes(3) as Uint8Array & [number, number, number];
    return low | (middle << 8) | (high << 16);
  });
  const [min, max] = bodyBytesRange(type);
  if (max === undefined) {
    const reason = `its type ${type} is not known and must not be passed over`;
    throw input.corrupt('a snappy chunk', reason, at);
  }
  if (bodyBytes < min || bodyBytes > max) {
    const reason = `a chunk of type ${type} has ${bodyBytes} bytes; ${min} to ${max} are allowed`;
    throw input.corrupt('a snappy chunk', reason, at);
  }
  return { type, bodyBytes, isRead: bodyBytes <= DATA_BODY_BYTES_MAX };
}

/** From the least to the most; no most where the type itself is refused. */
function bodyBytesRange(type: number): readonly [number, number | undefined] {
  switch (type) {
    case COMPRESSED:
      return [CHECKSUM_BYTES + 1, DATA_BODY_BYTES_MAX];
    case UNCOMPRESSED:
      return [CHECKSUM_BYTES, CHECKSUM_BYTES + SNAPPY_BLOCK_BYTES];
    case STREAM_IDENTIFIER:
      return [IDENTIFIER_BYTES, IDENTIFIER_BYTES];
    default:
      return [0, type < SKIPPABLE_FROM ? undefined : 2 ** 24 - 1];
  }
}

/**
 * How many bytes a chunk gives, by the first of its body; 0 for what gives none.
 *
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, with the byte of the file
 */
export function snappyChunkSizeBytes(
  input: FormatInput,
  { type, bodyBytes }: SnappyChunkHeader,
): number {
  switch (type) {
    case COMPRESSED:
      return input.read('a snappy chunk', (view) => {
        view.readBytes(CHECKSUM_BYTES);
        return snappyBlockSizeBytes(view.readBytes(view.remaining), SNAPPY_BLOCK_BYTES);
      });
    case UNCOMPRESSED:
      return bodyBytes - CHECKSUM_BYTES;
    default:
      return 0;
  }
}

/**
 * Reads what follows a header, which is all in `input`.
 *
 * @returns `undefined` for a stream identifier and what is passed over; else 0 to 64 KiB, which may be
 * a view of the input
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, with the byte of the file
 */
export function readSnappyChunkBody(
  input: FormatInput,
  { type, bodyBytes }: SnappyChunkHeader,
): Uint8Array | undefined {
  return input.read('a snappy chunk', (view) => {
    const body = view.readBytes(bodyBytes);
    if (type < SKIPPABLE_FROM) {
      return dataOf(type, body);
    }
    if (type === STREAM_IDENTIFIER) {
      checkIdentifier(body);
    } else if (holdsData(body)) {
      throw new CheckpointError(
        'SNAPSHOT_CORRUPT',
        `its type ${type} says to pass it over, but it holds data with a right checksum`,
      );
    }
    return undefined;
  });
}

function dataOf(type: number, body: Uint8Array): Uint8Array {
  const stored = body.subarray(CHECKSUM_BYTES);
  const bytes = type === COMPRESSED ? uncompressSnappyBlock(stored, SNAPPY_BLOCK_BYTES) : stored;
  const expected = Buffer.from(body.buffer, body.byteOffset, CHECKSUM_BYTES).readUInt32LE();
  const found = maskCrc32c(crc32c(bytes));
  if (found !== expected) {
    throw new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `its checksum is ${hex(found)} and should be ${hex(expected)}`,
    );
  }
  return bytes;
}

function holdsData(body: Uint8Array): boolean {
  return (
    body.length > CHECKSUM_BYTES &&
    [COMPRESSED, UNCOMPRESSED].some((type) => {
      try {
        dataOf(type, body);
        return true;
      } catch {
        return false;
      }
    })
  );
}

function checkIdentifier(body: Uint8Array): void {
  const expected = SNAPPY_STREAM_IDENTIFIER.subarray(SNAPPY_CHUNK_HEADER_BYTES);
  if (Buffer.compare(body, expected) !== 0) {
    throw new CheckpointError('SNAPSHOT_CORRUPT', 'the stream identifier is not sNaPpY');
  }
}

/** What several chunks hold. No Buffer: slices of those are no copies. */
export function joinChunks(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) {
    return first;
  }
  const joined = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

/** Reads the identifier that a stream must begin with. @throws CheckpointError `SNAPSHOT_CORRUPT` */
export function readSnappyStreamIdentifier(input: FormatInput): void {
  const at = input.position;
  const header = readSnappyChunkHeader(input);
  if (header.type !== STREAM_IDENTIFIER) {
    throw input.corrupt('a snappy stream', 'it does not begin with a stream identifier', at);
  }
  readSnappyChunkBody(input, header);
}

function writeLittleEndian(output: DataOutputView, value: number, bytes: number): void {
  for (let shift = 0; shift < 8 * bytes; shift += 8) {
    output.writeByte((value >>> shift) & 0xff);
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

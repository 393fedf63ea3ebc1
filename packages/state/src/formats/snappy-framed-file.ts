/**
 * A file that is one snappy framed stream from some place on, read at any place of what it holds.
 *
 * Invariant: in memory are the places of its chunks, and one chunk.
 *
 * Bytes: docs/formats/snappy-framing.md
 */
import type { StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { FormatInput } from './format-input.ts';
import {
  readSnappyChunkBody,
  readSnappyChunkHeader,
  readSnappyStreamIdentifier,
  SNAPPY_CHUNK_HEADER_BYTES,
  SNAPPY_STREAM_IDENTIFIER,
  type SnappyChunkHeader,
  snappyChunkSizeBytes,
} from './snappy-framing.ts';

interface Chunk {
  readonly header: SnappyChunkHeader;
  /** Of its body in the file. */
  readonly bodyStart: number;
  /** Of what it holds, in the stream. */
  readonly start: number;
  readonly sizeBytes: number;
}

/** Where the chunks with data are. */
export type SnappyChunkIndex = readonly Chunk[];

export class SnappyFramedFile implements StateHandleReader {
  readonly sizeBytes: number;
  private readonly file: StateHandleReader;
  private readonly source: string;
  private readonly chunks: SnappyChunkIndex;
  private current: { readonly chunk: Chunk; readonly bytes: Uint8Array } | undefined;

  constructor(file: StateHandleReader, source: string, chunks: SnappyChunkIndex) {
    const last = chunks.at(-1);
    this.file = file;
    this.source = source;
    this.chunks = chunks;
    this.sizeBytes = last === undefined ? 0 : last.start + last.sizeBytes;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    if (position < 0 || length < 0 || position + length > this.sizeBytes) {
      const input = new FormatInput(new Uint8Array(), `${this.source} (uncompressed)`, position);
      throw input.corrupt('changes', `${length} bytes are not in ${this.sizeBytes}`);
    }
    const bytes = new Uint8Array(length);
    let filled = 0;
    for (let i = this.chunkAt(position); filled < length; i++) {
      const chunk = this.chunks[i]!;
      const from = position + filled - chunk.start;
      const part = (await this.bytesOf(chunk)).subarray(from, from + length - filled);
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private async bytesOf(chunk: Chunk): Promise<Uint8Array> {
    if (this.current?.chunk !== chunk) {
      const { bodyStart, header } = chunk;
      const input = await inputOf(this.file, this.source, bodyStart, header.bodyBytes);
      const bytes = readSnappyChunkBody(input, header) ?? new Uint8Array();
      this.current = { chunk, bytes };
    }
    return this.current.bytes;
  }

  /** The last that begins at or before `position`. */
  private chunkAt(position: number): number {
    let [low, high] = [0, this.chunks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.chunks[middle]!.start <= position) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }
}

/**
 * Reads the headers of all chunks.
 *
 * @param place - `start` is where the stream begins
 * @throws CheckpointError `SNAPSHOT_CORRUPT`
 */
export async function readSnappyChunkIndex(
  file: StateHandleReader,
  { source, start }: { readonly source: string; readonly start: number },
): Promise<SnappyChunkIndex> {
  const chunks: Chunk[] = [];
  let held = 0;
  const identifierBytes = SNAPPY_STREAM_IDENTIFIER.length;
  readSnappyStreamIdentifier(await inputOf(file, source, start, identifierBytes));
  for (let at = start + identifierBytes; at < file.sizeBytes; ) {
    const input = await inputOf(file, source, at, SNAPPY_CHUNK_HEADER_BYTES + SIZE_BYTES_MAX);
    const header = readSnappyChunkHeader(input);
    const bodyStart = at + SNAPPY_CHUNK_HEADER_BYTES;
    at = bodyStart + header.bodyBytes;
    if (at > file.sizeBytes) {
      const left = file.sizeBytes - bodyStart;
      throw input.corrupt('a snappy chunk', `its ${header.bodyBytes} bytes are cut to ${left}`);
    }
    const sizeBytes = snappyChunkSizeBytes(input, header);
    if (sizeBytes > 0) {
      chunks.push({ header, bodyStart, start: held, sizeBytes });
      held += sizeBytes;
    }
  }
  return chunks;
}

/** A checksum, and the length of a block. */
const SIZE_BYTES_MAX = 4 + 5;

async function inputOf(
  file: StateHandleReader,
  source: string,
  start: number,
  wanted: number,
): Promise<FormatInput> {
  const length = Math.max(0, Math.min(wanted, file.sizeBytes - start));
  return new FormatInput(await file.read(start, length), source, start);
}

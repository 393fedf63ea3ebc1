/**
 * The bytes of a key group that lies in its file as snappy frames.
 *
 * Invariants:
 * - Chunks are uncompressed as they are needed; at most one more than that is in memory.
 * - What follows the key group is not looked at, unless something of the key group is missing: a cut
 *   handle does not say where its last key group ends.
 *
 * Bytes: docs/formats/snappy-framing.md
 */
import type { FormatInput } from '../formats/format-input.ts';
import {
  joinChunks,
  readSnappyChunkBody,
  readSnappyChunkHeader,
  readSnappyStreamIdentifier,
  SNAPPY_CHUNK_HEADER_BYTES,
  SNAPPY_STREAM_IDENTIFIER,
} from '../formats/snappy-framing.ts';
import type { KeyGroupBytes, PlainKeyGroupBytes } from './key-group-bytes.ts';
import { type BytesPlace, placedInput } from './keyed-state-rows.ts';

/** Bytes in memory that are from one chunk. */
interface Origin {
  /** Of its first byte, from the beginning of the key group's. */
  readonly offset: number;
  readonly fileOffset: number;
}

export class SnappyKeyGroupBytes implements KeyGroupBytes {
  bytes: Uint8Array = new Uint8Array();
  private readonly frames: PlainKeyGroupBytes;
  /** Names the file and where the key group begins in it. */
  private readonly source: string;
  /** Of the first of `bytes`, from the beginning of the key group's. */
  private offset = 0;
  /** What was taken of the bytes of `frames`. */
  private consumed = 0;
  private plainPrefixBytes: number;
  private hasBegun = false;
  /** Of the chunks that `bytes` are from, in order. */
  private origins: Origin[] = [];

  /** @param plainPrefixBytes - what precedes the frames, as it is; part of the bytes */
  constructor(frames: PlainKeyGroupBytes, plainPrefixBytes = 0) {
    this.frames = frames;
    this.source = `${frames.source} (uncompressed from its byte ${frames.fileOffset} on)`;
    this.plainPrefixBytes = plainPrefixBytes;
  }

  get isLast(): boolean {
    return this.frames.fileOffset + this.consumed === this.frames.end;
  }

  placeAt(position: number): BytesPlace {
    const offset = this.offset + position;
    const isEnd = position >= this.bytes.length;
    const origin = isEnd ? undefined : this.origins.findLast((each) => each.offset <= offset);
    const fileOffset = origin?.fileOffset ?? this.frames.fileOffset + this.consumed;
    return { fileOffset, uncompressed: { source: this.source, offset } };
  }

  async advance(consumed: number, atLeast: number, field: string): Promise<void> {
    const input = placedInput(this.bytes, this.source, this.placeAt(0));
    await this.goOn(consumed, atLeast, { looksAhead: false });
    if (atLeast < 0 || this.bytes.length < atLeast) {
      const { length } = this.bytes;
      throw input.corrupt(field, `${atLeast} bytes do not fit into the ${length} left`, consumed);
    }
  }

  async advanceForMore(consumed: number): Promise<void> {
    const left = this.bytes.length - consumed;
    await this.goOn(consumed, Math.max(2 * left, left + 1), { looksAhead: true });
  }

  /** Chunks without data may follow. */
  async expectEnd(consumed: number, field: string): Promise<void> {
    const input = placedInput(this.bytes, this.source, this.placeAt(0));
    const { isEndKnown } = this.frames;
    if (isEndKnown) {
      await this.advanceForMore(consumed);
    }
    const left = isEndKnown ? this.bytes.length : this.bytes.length - consumed;
    if (left > 0 || (isEndKnown && !this.isLast)) {
      throw input.corrupt(field, 'bytes follow that do not belong there', consumed);
    }
  }

  /** @param looksAhead - no more than the next chunk is needed for sure */
  private async goOn(
    consumed: number,
    atLeast: number,
    { looksAhead }: { readonly looksAhead: boolean },
  ): Promise<void> {
    const rest = this.bytes.subarray(consumed);
    this.offset += consumed;
    const parts = rest.length === 0 ? [] : [rest];
    let hasChunk = false;
    let { length } = rest;
    while (length < atLeast) {
      const { fileOffset, chunk } = await this.nextChunk(looksAhead && hasChunk);
      if (chunk === undefined) {
        break;
      }
      this.origins.push({ offset: this.offset + length, fileOffset });
      parts.push(chunk);
      length += chunk.length;
      hasChunk = true;
    }
    this.bytes = joinChunks(parts);
    this.origins = this.origins.filter(
      (_, index) => (this.origins[index + 1]?.offset ?? Infinity) > this.offset,
    );
  }

  /** No chunk at the end of the frames, nor where `mayFail` and what comes next is none. */
  private async nextChunk(
    mayFail: boolean,
  ): Promise<{ fileOffset: number; chunk: Uint8Array | undefined }> {
    // Chunks without data that come before are counted to the one with data.
    const fileOffset = this.frames.fileOffset + this.consumed;
    for (;;) {
      if (this.isLast) {
        return { fileOffset, chunk: undefined };
      }
      try {
        const chunk = await this.readChunk();
        if (chunk !== undefined) {
          return { fileOffset, chunk };
        }
      } catch (error) {
        if (mayFail) {
          return { fileOffset, chunk: undefined };
        }
        throw error;
      }
    }
  }

  /** Stays where it is when it fails. `undefined` for a chunk that holds no data. */
  private async readChunk(): Promise<Uint8Array | undefined> {
    if (this.plainPrefixBytes > 0) {
      const prefix = (await this.available(this.plainPrefixBytes)).slice();
      this.consumed += prefix.length;
      this.plainPrefixBytes = 0;
      return prefix;
    }
    if (!this.hasBegun) {
      const { length } = SNAPPY_STREAM_IDENTIFIER;
      readSnappyStreamIdentifier(await this.inputOf(length));
      this.consumed += length;
      this.hasBegun = true;
      return undefined;
    }
    let input = await this.inputOf(SNAPPY_CHUNK_HEADER_BYTES);
    const header = readSnappyChunkHeader(input);
    const sizeBytes = SNAPPY_CHUNK_HEADER_BYTES + header.bodyBytes;
    let chunk: Uint8Array | undefined;
    if (header.isRead) {
      input = await this.inputOf(sizeBytes);
      input.seek('a snappy chunk', SNAPPY_CHUNK_HEADER_BYTES);
      chunk = readSnappyChunkBody(input, header);
    } else if (this.frames.fileOffset + this.consumed + sizeBytes > this.frames.end) {
      const reason = `its ${header.bodyBytes} bytes do not fit before byte ${this.frames.end}`;
      throw input.corrupt('a snappy chunk', reason, 0);
    }
    this.consumed += sizeBytes;
    return chunk;
  }

  private async inputOf(length: number): Promise<FormatInput> {
    const bytes = await this.available(length);
    const fileOffset = this.frames.fileOffset + this.consumed;
    return placedInput(bytes, this.frames.source, { fileOffset });
  }

  /** The next `length` bytes of the file. */
  private async available(length: number): Promise<Uint8Array> {
    const { frames } = this;
    if (frames.bytes.length - this.consumed < length) {
      await frames.advance(this.consumed, length, 'a snappy chunk');
      this.consumed = 0;
    }
    return frames.bytes.subarray(this.consumed, this.consumed + length);
  }
}

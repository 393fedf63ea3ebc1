/**
 * What lies at the offsets of an operator state stream: items of lists, and broadcast maps.
 *
 * Bytes: docs/formats/operator-state.md. Flink: CompressibleFSDataInputStream.
 */
import { errorCode } from '@millrace/core';
import { FormatInput } from './format-input.ts';
import {
  joinChunks,
  readSnappyChunkBody,
  readSnappyChunkHeader,
  readSnappyStreamIdentifier,
  SNAPPY_BLOCK_BYTES,
} from './snappy-framing.ts';

export interface OperatorStatePartitions {
  /**
   * @param decode - reads what is at `offset`; it may be called again, with more bytes
   * @throws CheckpointError `SNAPSHOT_CORRUPT`
   */
  read<T>(offset: number, stateName: string, decode: (input: FormatInput) => T): T;
}

export class PlainPartitions implements OperatorStatePartitions {
  private readonly input: FormatInput;

  constructor(input: FormatInput) {
    this.input = input;
  }

  read<T>(offset: number, stateName: string, decode: (input: FormatInput) => T): T {
    this.input.seek(`offset of state '${stateName}'`, offset);
    return decode(this.input);
  }
}

/** Each offset is that of a snappy chunk; what does not fit into one goes on in the next. */
export class CompressedPartitions implements OperatorStatePartitions {
  private readonly input: FormatInput;
  private readonly source: string;

  /** @param input - behind the header, where the framed stream begins */
  constructor(input: FormatInput, source: string) {
    readSnappyStreamIdentifier(input);
    this.input = input;
    this.source = source;
  }

  read<T>(offset: number, stateName: string, decode: (input: FormatInput) => T): T {
    this.input.seek(`offset of state '${stateName}'`, offset);
    const source = `${this.source} (uncompressed from its byte ${offset} on)`;
    let bytes = this.readRun();
    for (;;) {
      try {
        return decode(new FormatInput(bytes, source));
      } catch (error) {
        if (this.input.remaining === 0 || errorCode(error) !== 'SNAPSHOT_CORRUPT') {
          throw error;
        }
      }
      bytes = this.readAsMuchAgain(bytes);
    }
  }

  /** A writer begins a chunk with each partition: one that is not full is its last. */
  private readRun(): Uint8Array {
    const chunks: Uint8Array[] = [];
    while (this.input.remaining > 0) {
      const chunk = this.readChunk();
      if (chunk !== undefined) {
        chunks.push(chunk);
        if (chunk.length < SNAPPY_BLOCK_BYTES) {
          break;
        }
      }
    }
    return joinChunks(chunks);
  }

  /** For a partition that a writer of another kind cut into chunks that are not full. */
  private readAsMuchAgain(bytes: Uint8Array): Uint8Array {
    const parts = [bytes];
    for (let read = 0; read <= bytes.length && this.input.remaining > 0; ) {
      const run = this.readRun();
      parts.push(run);
      read += Math.max(1, run.length);
    }
    return joinChunks(parts);
  }

  /** `undefined` for one that holds no data. */
  private readChunk(): Uint8Array | undefined {
    const { input } = this;
    const header = readSnappyChunkHeader(input);
    if (header.isRead) {
      return readSnappyChunkBody(input, header);
    }
    input.seek('a snappy chunk', input.position + header.bodyBytes);
    return undefined;
  }
}

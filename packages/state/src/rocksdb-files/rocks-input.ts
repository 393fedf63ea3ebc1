/**
 * Reads the fields of RocksDB's files, little-endian and of variable length, so that whatever is
 * wrong is said with the name of the file, the byte and the field.
 *
 * Invariant: every failure is a CheckpointError, and nothing is allocated: slices are views.
 *
 * Flink has none of this: RocksDB reads its own files. Bytes: docs/formats/rocksdb-files.md
 */
import { CheckpointError } from '@millrace/core';

export class RocksInput {
  position = 0;
  readonly bytes: Uint8Array;
  private readonly source: string;
  private readonly baseOffset: number;

  /**
   * @param source - names the file in messages
   * @param baseOffset - where `bytes` begin in the file
   */
  constructor(bytes: Uint8Array, source: string, baseOffset = 0) {
    this.bytes = bytes;
    this.source = source;
    this.baseOffset = baseOffset;
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /** In `[0, 2^53)`: nothing in a database of any size is larger. */
  varint(field: string): number {
    const start = this.position;
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.position];
      if (byte === undefined) {
        throw this.corrupt(field, 'it ends within a number', start);
      }
      this.position++;
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) {
        throw this.corrupt(field, 'the number is larger than any that can be', start);
      }
      if (byte < 0x80) {
        return value;
      }
    }
  }

  fixed32(field: string): number {
    const [a, b, c, d] = this.take(field, 4) as unknown as [number, number, number, number];
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }

  /** In `[0, 2^53)`. */
  fixed64(field: string): number {
    const start = this.position;
    const low = this.fixed32(field);
    const value = this.fixed32(field) * 2 ** 32 + low;
    if (value > Number.MAX_SAFE_INTEGER) {
      throw this.corrupt(field, 'the number is larger than any that can be', start);
    }
    return value;
  }

  lengthPrefixed(field: string): Uint8Array {
    return this.take(field, this.varint(`length of ${field}`));
  }

  text(field: string): string {
    return Buffer.from(this.lengthPrefixed(field)).toString('utf8');
  }

  take(field: string, length: number): Uint8Array {
    if (length > this.remaining) {
      throw this.corrupt(field, `${length} bytes do not fit into ${this.remaining}`);
    }
    const start = this.position;
    this.position += length;
    return this.bytes.subarray(start, this.position);
  }

  corrupt(field: string, reason: string, at: number = this.position): CheckpointError {
    return corruptFile(this.source, this.baseOffset + at, `in ${field}: ${reason}`);
  }
}

/** @param offset - of the byte in the file */
export function corruptFile(source: string, offset: number, what: string): CheckpointError {
  return new CheckpointError(
    'SNAPSHOT_CORRUPT',
    `${source} is corrupt at byte ${offset}, ${what}; restore another snapshot`,
  );
}

/** Of a feature that is known not to be read, or not known at all. */
export function unsupportedFile(source: string, what: string): CheckpointError {
  return new CheckpointError(
    'UNSUPPORTED',
    `${source} ${what}; let Flink take a canonical savepoint of the job and use that one`,
  );
}

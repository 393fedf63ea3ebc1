/**
 * Reads big-endian bytes as Java's DataInput does. Every read checks the end.
 *
 * Flink: DataInputView, DataInputDeserializer.
 */
// Hot path.

import { CheckpointError, TaskError } from '../errors/errors.ts';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../time/timestamps.ts';

export class DataInputView {
  buffer: Uint8Array;
  position: number;
  /** Of all of `buffer`. */
  view: DataView;

  constructor(bytes: Uint8Array) {
    this.buffer = bytes;
    this.position = 0;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  setBuffer(bytes: Uint8Array): this {
    this.buffer = bytes;
    this.position = 0;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this;
  }

  get remaining(): number {
    return this.buffer.length - this.position;
  }

  readBoolean(): boolean {
    const value = this.buffer[this.position];
    if (value !== 0 && value !== 1) {
      throw this.noBoolean();
    }
    this.position++;
    return value === 1;
  }

  /** In `[0, 255]`. */
  readUnsignedByte(): number {
    const value = this.buffer[this.position];
    if (value === undefined) {
      throw this.endReached(1);
    }
    this.position++;
    return value;
  }

  /** In `[-128, 127]`. */
  readByte(): number {
    return this.view.getInt8(this.advance(1));
  }

  readShort(): number {
    return this.view.getInt16(this.advance(2));
  }

  readUnsignedShort(): number {
    return this.view.getUint16(this.advance(2));
  }

  readInt(): number {
    return this.view.getInt32(this.advance(4));
  }

  /** @throws TaskError `LONG_OUT_OF_RANGE` beyond 2^53 */
  readLong(): number {
    const at = this.advance(8);
    const value = this.view.getInt32(at) * 2 ** 32 + this.view.getUint32(at + 4);
    if (!Number.isSafeInteger(value)) {
      throw new TaskError(
        'LONG_OUT_OF_RANGE',
        `the long ${this.view.getBigInt64(at)} does not fit a number; declare Types.BIGINT_LONG`,
      );
    }
    return value;
  }

  /** Exact: a number where it is one, a bigint beyond 2^53. */
  readExactLong(): number | bigint {
    const at = this.advance(8);
    const value = this.view.getInt32(at) * 2 ** 32 + this.view.getUint32(at + 4);
    return Number.isSafeInteger(value) ? value : this.view.getBigInt64(at);
  }

  readBigLong(): bigint {
    return this.view.getBigInt64(this.advance(8));
  }

  /** A time: Long.MIN_VALUE and Long.MAX_VALUE are the infinities. */
  readTimestamp(): number {
    const at = this.advance(8);
    const high = this.view.getInt32(at);
    if (high === 0x7fffffff || high === -0x80000000) {
      return high > 0 ? MAX_TIMESTAMP : MIN_TIMESTAMP;
    }
    return high * 2 ** 32 + this.view.getUint32(at + 4);
  }

  readFloat(): number {
    return this.view.getFloat32(this.advance(4));
  }

  readDouble(): number {
    return this.view.getFloat64(this.advance(8));
  }

  /**
   * How many elements follow, of a byte or more each: a count that the data cannot hold is refused
   * before anything is allocated for it.
   */
  readCount(): number {
    const count = this.readInt();
    if (count < 0 || count > this.remaining) {
      throw new CheckpointError(
        'SNAPSHOT_CORRUPT',
        `a count of ${count} at ${this.position - 4}, with ${this.remaining} bytes left`,
      );
    }
    return count;
  }

  /** A view of the next `length` bytes; copy it to keep it. */
  readBytes(length: number): Uint8Array {
    const at = this.advance(length);
    return this.buffer.subarray(at, at + length);
  }

  readUTF(): string {
    const end = this.readUnsignedShort() + this.position;
    this.check(end - this.position);
    let text = '';
    while (this.position < end) {
      const first = this.readUnsignedByte();
      if (first < 0x80) {
        text += String.fromCharCode(first);
      } else if (first >> 5 === 0b110) {
        text += String.fromCharCode(((first & 0x1f) << 6) | this.continuation());
      } else if (first >> 4 === 0b1110) {
        const middle = this.continuation();
        text += String.fromCharCode(((first & 0x0f) << 12) | (middle << 6) | this.continuation());
      } else {
        throw new CheckpointError('SNAPSHOT_CORRUPT', `byte ${first} cannot begin a character`);
      }
    }
    return text;
  }

  private continuation(): number {
    const byte = this.readUnsignedByte();
    if (byte >> 6 !== 0b10) {
      throw new CheckpointError('SNAPSHOT_CORRUPT', `byte ${byte} cannot continue a character`);
    }
    return byte & 0x3f;
  }

  private advance(count: number): number {
    this.check(count);
    const at = this.position;
    this.position = at + count;
    return at;
  }

  private check(count: number): void {
    if (count < 0 || this.position + count > this.buffer.length) {
      throw this.endReached(count);
    }
  }

  private endReached(count: number): CheckpointError {
    return new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `wanted ${count} bytes at ${this.position}, but the data ends at ${this.buffer.length}`,
    );
  }

  private noBoolean(): CheckpointError {
    const value = this.readByte();
    return new CheckpointError('SNAPSHOT_CORRUPT', `a boolean is 0 or 1, found ${value}`);
  }
}

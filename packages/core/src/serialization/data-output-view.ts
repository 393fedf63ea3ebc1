/**
 * A growing buffer of big-endian bytes, as Java's DataOutput writes them.
 *
 * Flink: DataOutputView, DataOutputSerializer. Modified UTF-8 and 64-bit forms: docs/formats/types.md
 */
// Hot path.

import { TaskError } from '../errors/errors.ts';
import { notOfType } from './not-of-type.ts';

const LONG_MIN = -(2 ** 63);
const LONG_MAX = 2 ** 63;

export class DataOutputView {
  buffer: Uint8Array;
  position: number;
  /** Of all of `buffer`. */
  view: DataView;

  constructor(initialCapacity = 256) {
    this.buffer = new Uint8Array(initialCapacity);
    this.position = 0;
    this.view = new DataView(this.buffer.buffer);
  }

  /** Forgets what was written; keeps the buffer. */
  reset(): this {
    this.position = 0;
    return this;
  }

  /** The bytes written so far, valid until the next write or reset. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.position);
  }

  /** A copy of the bytes written so far. */
  copyBytes(): Uint8Array {
    return this.buffer.slice(0, this.position);
  }

  writeBoolean(value: boolean): void {
    this.writeByte(value ? 1 : 0);
  }

  writeByte(value: number): void {
    const at = this.position;
    if (at === this.buffer.length) {
      this.grow(at + 1);
    }
    this.buffer[at] = value;
    this.position = at + 1;
  }

  writeShort(value: number): void {
    this.reserve(2);
    this.view.setInt16(this.position, value);
    this.position += 2;
  }

  writeChar(value: number): void {
    this.reserve(2);
    this.view.setUint16(this.position, value);
    this.position += 2;
  }

  writeInt(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.position, value);
    this.position += 4;
  }

  /** @throws TaskError `LONG_OUT_OF_RANGE` beyond 2^53, `VALUE_NOT_SERIALIZABLE` if not whole */
  writeLong(value: number): void {
    if (!Number.isSafeInteger(value)) {
      throw notALong(value);
    }
    this.reserve(8);
    this.view.setInt32(this.position, Math.floor(value / 2 ** 32));
    this.view.setUint32(this.position + 4, value >>> 0);
    this.position += 8;
  }

  writeBigLong(value: bigint): void {
    this.reserve(8);
    this.view.setBigInt64(this.position, value);
    this.position += 8;
  }

  /** A time: like a long, with the infinities as Long.MIN_VALUE and Long.MAX_VALUE. */
  writeTimestamp(value: number): void {
    if (value > LONG_MIN && value < LONG_MAX) {
      this.writeLong(value);
    } else {
      this.writeBeyondLongs(value);
    }
  }

  private writeBeyondLongs(value: number): void {
    if (Number.isNaN(value)) {
      throw notALong(value);
    }
    this.writeBigLong(value < 0 ? -(2n ** 63n) : 2n ** 63n - 1n);
  }

  writeFloat(value: number): void {
    this.reserve(4);
    this.view.setFloat32(this.position, value);
    this.position += 4;
  }

  writeDouble(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.position, value);
    this.position += 8;
  }

  write(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.position);
    this.position += bytes.length;
  }

  /**
   * Java's modified UTF-8 with a 16-bit length.
   *
   * @throws TaskError `VALUE_NOT_SERIALIZABLE` above 65535 bytes
   */
  writeUTF(text: string): void {
    this.reserve(2 + text.length * 3);
    const start = this.position;
    let at = start + 2;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 1 && unit <= 0x7f) {
        this.buffer[at++] = unit;
      } else if (unit <= 0x7ff) {
        this.buffer[at++] = 0xc0 | (unit >> 6);
        this.buffer[at++] = 0x80 | (unit & 0x3f);
      } else {
        this.buffer[at++] = 0xe0 | (unit >> 12);
        this.buffer[at++] = 0x80 | ((unit >> 6) & 0x3f);
        this.buffer[at++] = 0x80 | (unit & 0x3f);
      }
    }
    const length = at - start - 2;
    if (length > 0xffff) {
      throw new TaskError('VALUE_NOT_SERIALIZABLE', `a name of ${length} bytes; 65535 is the most`);
    }
    this.view.setUint16(start, length);
    this.position = at;
  }

  /** Makes room for `count` more bytes, so that hot encoders can write to `buffer` directly. */
  reserve(count: number): void {
    if (this.position + count > this.buffer.length) {
      this.grow(this.position + count);
    }
  }

  private grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.position));
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }
}

function notALong(value: unknown): TaskError {
  return typeof value === 'number' && Number.isInteger(value)
    ? new TaskError(
        'LONG_OUT_OF_RANGE',
        `the long ${value} lies beyond 2^53, where numbers have gaps; declare Types.BIGINT_LONG`,
      )
    : notOfType('Long', value, 'use a whole number, or declare Types.DOUBLE or Types.BIGINT_LONG');
}

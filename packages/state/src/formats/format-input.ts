/**
 * Reads a file of ours field by field, so that whatever is wrong with it is said with the name of
 * the file, the offset and the field.
 *
 * Invariants:
 * - Every failure is a CheckpointError, whatever the bytes are.
 * - Nothing is allocated that is larger than the bytes that are left.
 */
import {
  CheckpointError,
  DataInputView,
  errorCode,
  errorMessage,
  KeyGroupRange,
  UPPER_BOUND_MAX_PARALLELISM,
} from '@millrace/core';

export class FormatInput {
  private readonly view: DataInputView;
  private readonly source: string;
  private readonly baseOffset: number;

  /**
   * @param source - names the file in messages
   * @param baseOffset - where `bytes` begin in the file
   */
  constructor(bytes: Uint8Array, source: string, baseOffset = 0) {
    this.view = new DataInputView(bytes);
    this.source = source;
    this.baseOffset = baseOffset;
  }

  get position(): number {
    return this.view.position;
  }

  get remaining(): number {
    return this.view.remaining;
  }

  /** Goes to a place that an offset names. */
  seek(field: string, position: number): void {
    if (position < 0 || position > this.view.buffer.length) {
      throw this.corrupt(field, `${position} lies outside the ${this.view.buffer.length} bytes`);
    }
    this.view.position = position;
  }

  /** Bytes that were read already; a view, valid while this input is used. */
  slice(start: number, end: number): Buffer {
    const { buffer } = this.view;
    return Buffer.from(buffer.buffer, buffer.byteOffset + start, end - start);
  }

  /** Whether the bytes from `start` on, before `end`, begin with `prefix`. */
  hasBytes(start: number, end: number, prefix: Uint8Array): boolean {
    const { buffer } = this.view;
    const { length } = prefix;
    if (start + length > end) {
      return false;
    }
    for (let i = 0; i < length; i++) {
      if (buffer[start + i] !== prefix[i]) {
        return false;
      }
    }
    return true;
  }

  /** What `decode` reads from the view; what it throws becomes the error of `field`. */
  read<T>(field: string, decode: (view: DataInputView) => T): T {
    const at = this.view.position;
    try {
      return decode(this.view);
    } catch (error) {
      throw this.corrupt(field, errorMessage(error), at, error);
    }
  }

  /** Like `read`, but causes other than corrupt bytes keep their code. */
  decode<T>(field: string, decode: (view: DataInputView) => T): T {
    const at = this.view.position;
    try {
      return decode(this.view);
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined || code === 'SNAPSHOT_CORRUPT') {
        throw this.corrupt(field, errorMessage(error), at, error);
      }
      const where = `${this.source}, at byte ${this.baseOffset + at}, in ${field}`;
      throw new CheckpointError(code, `${where}: ${errorMessage(error)}`, { cause: error });
    }
  }

  int(field: string): number {
    return this.read(field, (view) => view.readInt());
  }

  long(field: string): number {
    return this.read(field, (view) => view.readLong());
  }

  unsignedByte(field: string): number {
    return this.read(field, (view) => view.readUnsignedByte());
  }

  /** The next byte, which stays unread; `undefined` at the end. */
  peekUnsignedByte(): number | undefined {
    return this.view.buffer[this.view.position];
  }

  boolean(field: string): boolean {
    return this.read(field, (view) => view.readBoolean());
  }

  utf(field: string): string {
    return this.read(field, (view) => view.readUTF());
  }

  /** A copy, so that it does not hold the whole file in memory. */
  bytes(field: string, length: number): Uint8Array {
    return this.read(field, (view) => view.readBytes(length).slice());
  }

  /** A 32-bit number of things that take at least `sizeBytesMin` bytes each. */
  count(field: string, sizeBytesMin: number): number {
    const at = this.position;
    return this.checkCount(field, this.int(field), sizeBytesMin, at);
  }

  checkCount(field: string, count: number, sizeBytesMin: number, at: number): number {
    if (count < 0 || count * sizeBytesMin > this.remaining) {
      throw this.corrupt(field, `${count} of them do not fit into ${this.remaining} bytes`, at);
    }
    return count;
  }

  /** An integer from `min` to `max`. */
  intBetween(field: string, min: number, max: number): number {
    const at = this.position;
    const value = this.int(field);
    if (value < min || value > max) {
      throw this.corrupt(field, `it is ${value}; ${min} to ${max} is allowed`, at);
    }
    return value;
  }

  /** A 32-bit 0 or 1. */
  flag(field: string): boolean {
    return this.intBetween(field, 0, 1) === 1;
  }

  longs(field: string, count: number): number[] {
    const values: number[] = [];
    for (let i = 0; i < count; i++) {
      values.push(this.long(field));
    }
    return values;
  }

  /** First key group and number of them; none at all is allowed. */
  keyGroupRange(field: string): KeyGroupRange {
    const start = this.intBetween(`start of ${field}`, 0, UPPER_BOUND_MAX_PARALLELISM - 1);
    const length = this.intBetween(`length of ${field}`, 0, UPPER_BOUND_MAX_PARALLELISM - start);
    return new KeyGroupRange(start, start + length - 1);
  }

  expectEnd(): void {
    if (this.remaining > 0) {
      throw this.corrupt('end of file', `${this.remaining} bytes follow that do not belong there`);
    }
  }

  corrupt(
    field: string,
    reason: string,
    at: number = this.position,
    cause?: unknown,
  ): CheckpointError {
    return new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `${this.source} is corrupt at byte ${this.baseOffset + at}, in ${field}: ${reason}; ` +
        'restore another snapshot',
      { cause },
    );
  }
}

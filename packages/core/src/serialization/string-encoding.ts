/**
 * Flink's own encoding of text: the count of UTF-16 units, then each unit, all as little-endian
 * base-128 numbers. Text below U+0080 is one byte a character.
 *
 * Flink: StringValue.writeFlinkString, readFlinkString. Bytes: docs/formats/types.md
 */
// Hot path.

import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { snapshotCorrupt } from './not-of-type.ts';

// Present on every Buffer, and works on any Uint8Array.
const latin1Slice = (
  Buffer.prototype as unknown as {
    latin1Slice: (this: Uint8Array, start: number, end: number) => string;
  }
).latin1Slice;

/** @param bias - 1 where 0 is kept for null, else 0 */
export function writeUnits(text: string, bias: number, target: DataOutputView): void {
  target.reserve(text.length * 3 + 5);
  target.position = writeText(text, bias, target.buffer, target.position);
}

/**
 * @param bias - 1 where 0 is kept for null, else 0
 * @param start - with room for 5 bytes and 3 for each unit behind it
 * @returns the end of the text
 */
export function writeText(text: string, bias: number, bytes: Uint8Array, start: number): number {
  const units = text.length;
  let at = start;
  let count = units + bias;
  while (count >= 0x80) {
    bytes[at++] = count | 0x80;
    count >>>= 7;
  }
  bytes[at++] = count;
  let i = 0;
  // Four at once, as long as each is one byte.
  for (; i + 4 <= units; i += 4) {
    const c0 = text.charCodeAt(i);
    const c1 = text.charCodeAt(i + 1);
    const c2 = text.charCodeAt(i + 2);
    const c3 = text.charCodeAt(i + 3);
    if ((c0 | c1 | c2 | c3) >= 0x80) {
      break;
    }
    bytes[at] = c0;
    bytes[at + 1] = c1;
    bytes[at + 2] = c2;
    bytes[at + 3] = c3;
    at += 4;
  }
  for (; i < units; i++) {
    let unit = text.charCodeAt(i);
    while (unit >= 0x80) {
      bytes[at++] = unit | 0x80;
      unit >>>= 7;
    }
    bytes[at++] = unit;
  }
  return at;
}

/** The text of `units` units; nothing may be known of them yet. */
export function readUnits(units: number, source: DataInputView): string {
  if (units > source.remaining) {
    throw snapshotCorrupt(`a text of ${units} characters with ${source.remaining} bytes left`);
  }
  const bytes = source.buffer;
  const start = source.position;
  const text = units <= SHORT_UNITS_MAX ? shortText(bytes, start, units) : undefined;
  if (text !== undefined) {
    source.position = start + units;
    return text;
  }
  const end = start + units;
  let at = start;
  while (at < end && (bytes[at] as number) < 0x80) {
    at++;
  }
  if (at < end) {
    return readWideUnits(units, source);
  }
  source.position = end;
  return latin1Slice.call(bytes, start, end);
}

/** One call a text up to this: nothing is put together and thrown away. */
export const SHORT_UNITS_MAX = 16;
const of = String.fromCharCode;

/**
 * @param units - at most `SHORT_UNITS_MAX`, and no more than bytes there are
 * @returns `undefined` when a character takes more than a byte
 */
export function shortText(b: Uint8Array, i: number, units: number): string | undefined {
  if (units === 0) {
    return '';
  }
  const c0 = b[i] as number;
  let all = c0;
  if (units === 1) {
    return all < 0x80 ? of(c0) : undefined;
  }
  const c1 = b[i + 1] as number;
  all |= c1;
  if (units === 2) {
    return all < 0x80 ? of(c0, c1) : undefined;
  }
  const c2 = b[i + 2] as number;
  all |= c2;
  if (units === 3) {
    return all < 0x80 ? of(c0, c1, c2) : undefined;
  }
  const c3 = b[i + 3] as number;
  all |= c3;
  if (units === 4) {
    return all < 0x80 ? of(c0, c1, c2, c3) : undefined;
  }
  const c4 = b[i + 4] as number;
  all |= c4;
  if (units === 5) {
    return all < 0x80 ? of(c0, c1, c2, c3, c4) : undefined;
  }
  const c5 = b[i + 5] as number;
  all |= c5;
  if (units === 6) {
    return all < 0x80 ? of(c0, c1, c2, c3, c4, c5) : undefined;
  }
  const c6 = b[i + 6] as number;
  all |= c6;
  if (units === 7) {
    return all < 0x80 ? of(c0, c1, c2, c3, c4, c5, c6) : undefined;
  }
  const c7 = b[i + 7] as number;
  all |= c7;
  if (units === 8) {
    return all < 0x80 ? of(c0, c1, c2, c3, c4, c5, c6, c7) : undefined;
  }
  const c8 = b[i + 8] as number;
  all |= c8;
  if (units === 9) {
    return all < 0x80 ? of(c0, c1, c2, c3, c4, c5, c6, c7, c8) : undefined;
  }
  const c9 = b[i + 9] as number;
  all |= c9;
  if (units === 10) {
    return all < 0x80 ? of(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9) : undefined;
  }
  const c10 = b[i + 10] as number;
  all |= c10;
  if (units === 11) {
    return all < 0x80 ? of(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10) : undefined;
  }
  const c11 = b[i + 11] as number;
  all |= c11;
  if (units === 12) {
    return all < 0x80 ? of(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11) : undefined;
  }
  const c12 = b[i + 12] as number;
  all |= c12;
  if (units === 13) {
    return all < 0x80 ? of(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12) : undefined;
  }
  const c13 = b[i + 13] as number;
  all |= c13;
  if (units === 14) {
    return all < 0x80 ? of(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13) : undefined;
  }
  const c14 = b[i + 14] as number;
  all |= c14;
  if (units === 15) {
    return all < 0x80
      ? of(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14)
      : undefined;
  }
  const c15 = b[i + 15] as number;
  all |= c15;
  return all < 0x80
    ? of(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15)
    : undefined;
}

function readWideUnits(units: number, source: DataInputView): string {
  const codes = new Uint16Array(Math.min(units, 4096));
  let text = '';
  let filled = 0;
  for (let i = 0; i < units; i++) {
    codes[filled++] = readUnit(source);
    if (filled === codes.length) {
      text += String.fromCharCode.apply(null, codes as unknown as number[]);
      filled = 0;
    }
  }
  return text + String.fromCharCode.apply(null, codes.subarray(0, filled) as unknown as number[]);
}

function readUnit(source: DataInputView): number {
  let byte = source.readUnsignedByte();
  let unit = byte & 0x7f;
  for (let shift = 7; byte >= 0x80; shift += 7) {
    byte = source.readUnsignedByte();
    unit |= (byte & 0x7f) << shift;
    if (shift > 14 || unit > 0xffff) {
      throw snapshotCorrupt(`a character above 65535 at ${source.position - 1}`);
    }
  }
  return unit;
}

/** A count of at most 2^31 - 1. */
export function readUnitCount(source: DataInputView): number {
  let byte = source.readUnsignedByte();
  let count = byte & 0x7f;
  for (let shift = 7; byte >= 0x80; shift += 7) {
    if (shift > 28) {
      throw snapshotCorrupt(`a text length of more than five bytes at ${source.position - 1}`);
    }
    byte = source.readUnsignedByte();
    count += (byte & 0x7f) * 2 ** shift;
  }
  return count;
}

/** Text with null as 0 and everything else one longer than it is. */
export function writeFlinkString(text: string | null | undefined, target: DataOutputView): void {
  if (text === null || text === undefined) {
    target.writeByte(0);
  } else {
    writeUnits(text, 1, target);
  }
}

export function readFlinkString(source: DataInputView): string | null {
  const count = readUnitCount(source);
  return count === 0 ? null : readUnits(count - 1, source);
}

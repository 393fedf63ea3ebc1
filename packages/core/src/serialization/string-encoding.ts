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
  const units = text.length;
  target.reserve(units * 3 + 5);
  const bytes = target.buffer;
  let at = target.position;
  let count = units + bias;
  while (count >= 0x80) {
    bytes[at++] = count | 0x80;
    count >>>= 7;
  }
  bytes[at++] = count;
  for (let i = 0; i < units; i++) {
    let unit = text.charCodeAt(i);
    while (unit >= 0x80) {
      bytes[at++] = unit | 0x80;
      unit >>>= 7;
    }
    bytes[at++] = unit;
  }
  target.position = at;
}

/** The text of `units` units; nothing may be known of them yet. */
export function readUnits(units: number, source: DataInputView): string {
  if (units > source.remaining) {
    throw snapshotCorrupt(`a text of ${units} characters with ${source.remaining} bytes left`);
  }
  const bytes = source.buffer;
  const start = source.position;
  const end = start + units;
  let at = start;
  while (at < end && (bytes[at] as number) < 0x80) {
    at++;
  }
  if (at < end) {
    return readWideUnits(units, source);
  }
  source.position = end;
  return shortText(bytes, start, end);
}

type FromCharCode = (...codes: (number | undefined)[]) => string;

/** One call a text: nothing is put together and thrown away. */
function shortText(b: Uint8Array, i: number, end: number): string {
  const of = String.fromCharCode as FromCharCode;
  switch (end - i) {
    case 0:
      return '';
    case 1:
      return of(b[i]);
    case 2:
      return of(b[i], b[i + 1]);
    case 3:
      return of(b[i], b[i + 1], b[i + 2]);
    case 4:
      return of(b[i], b[i + 1], b[i + 2], b[i + 3]);
    case 5:
      return of(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4]);
    case 6:
      return of(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5]);
  }
  return longerText(b, i, end);
}

/** Of 7 characters and more. */
function longerText(b: Uint8Array, i: number, end: number): string {
  const of = String.fromCharCode as FromCharCode;
  switch (end - i) {
    case 7:
      return of(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6]);
    case 8:
      return of(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6], b[i + 7]);
    case 9:
      return of(
        b[i],
        b[i + 1],
        b[i + 2],
        b[i + 3],
        b[i + 4],
        b[i + 5],
        b[i + 6],
        b[i + 7],
        b[i + 8],
      );
    case 10:
      return of(
        b[i],
        b[i + 1],
        b[i + 2],
        b[i + 3],
        b[i + 4],
        b[i + 5],
        b[i + 6],
        b[i + 7],
        b[i + 8],
        b[i + 9],
      );
    case 11:
      return of(
        b[i],
        b[i + 1],
        b[i + 2],
        b[i + 3],
        b[i + 4],
        b[i + 5],
        b[i + 6],
        b[i + 7],
        b[i + 8],
        b[i + 9],
        b[i + 10],
      );
    case 12:
      return of(
        b[i],
        b[i + 1],
        b[i + 2],
        b[i + 3],
        b[i + 4],
        b[i + 5],
        b[i + 6],
        b[i + 7],
        b[i + 8],
        b[i + 9],
        b[i + 10],
        b[i + 11],
      );
  }
  return latin1Slice.call(b, i, end);
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

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

/** Below this, building the string here beats a call into the runtime. */
const SHORT_TEXT = 12;

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
  if (units > SHORT_TEXT) {
    return latin1Slice.call(bytes, start, end);
  }
  return shortText(bytes, start, end);
}

/** Four characters a step: fewer strings are made and thrown away. */
function shortText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let i = start;
  for (; i + 4 <= end; i += 4) {
    text += String.fromCharCode(
      bytes[i] as number,
      bytes[i + 1] as number,
      bytes[i + 2] as number,
      bytes[i + 3] as number,
    );
  }
  for (; i < end; i++) {
    text += String.fromCharCode(bytes[i] as number);
  }
  return text;
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

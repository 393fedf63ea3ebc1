/**
 * Reads what `writeGeneric` wrote.
 */
// Hot path.

import { deserialize as deserializeStructured } from 'node:v8';
import { fromTwosComplement } from './big-number-serializers.ts';
import type { DataInputView } from './data-input-view.ts';
import * as tags from './generic-tags.ts';
import { snapshotCorrupt } from './not-of-type.ts';
import { readUnitCount, readUnits } from './string-encoding.ts';

/** @throws CheckpointError `SNAPSHOT_CORRUPT` */
export function readGeneric(source: DataInputView): unknown {
  return readPart(source, 0);
}

function readPart(source: DataInputView, depth: number): unknown {
  const tag = source.readUnsignedByte();
  switch (tag) {
    case tags.STRING:
      return readUnits(readUnitCount(source), source);
    case tags.SMALL_INTEGER:
      return readSmallInteger(source);
    case tags.DOUBLE:
      return source.readDouble();
    case tags.NULL:
      return null;
    case tags.UNDEFINED:
      return undefined;
    case tags.TRUE:
      return true;
    case tags.FALSE:
      return false;
    case tags.BIGINT:
      return readBigint(source);
    case tags.DATE:
      return new Date(source.readDouble());
    case tags.TYPED_ARRAY:
      return readTypedArray(source);
    case tags.STRUCTURED:
      return readStructured(source);
  }
  if (depth > tags.DEPTH_MAX) {
    throw snapshotCorrupt(`a generic value nested deeper than ${tags.DEPTH_MAX}`);
  }
  return readContainer(tag, source, depth);
}

function readContainer(tag: number, source: DataInputView, depth: number): unknown {
  switch (tag) {
    case tags.ARRAY: {
      const count = source.readCount();
      const array: unknown[] = [];
      for (let i = 0; i < count; i++) {
        array.push(readPart(source, depth + 1));
      }
      return array;
    }
    case tags.OBJECT:
      return readObject(source, depth);
    case tags.MAP: {
      const count = source.readCount();
      const map = new Map<unknown, unknown>();
      for (let i = 0; i < count; i++) {
        const key = readPart(source, depth + 1);
        map.set(key, readPart(source, depth + 1));
      }
      return map;
    }
    case tags.SET: {
      const count = source.readCount();
      const set = new Set<unknown>();
      for (let i = 0; i < count; i++) {
        set.add(readPart(source, depth + 1));
      }
      return set;
    }
  }
  throw snapshotCorrupt(`${tag} is no tag of a generic value, at ${source.position - 1}`);
}

function readObject(source: DataInputView, depth: number): Record<string, unknown> {
  const count = source.readCount();
  const object: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) {
    const key = readKey(source);
    const value = readPart(source, depth + 1);
    if (key === '__proto__') {
      // Assigning would set the prototype.
      const property = { value, enumerable: true, configurable: true, writable: true };
      Object.defineProperty(object, key, property);
    } else {
      object[key] = value;
    }
  }
  return object;
}

/**
 * Objects of a stream have the same few names of properties, so those seen lately are not made again;
 * a name that the engine knows as one also costs less where it is used.
 */
function readKey(source: DataInputView): string {
  const units = readUnitCount(source);
  const { buffer, position } = source;
  if (units > KEY_UNITS_MAX || units > source.remaining) {
    return readUnits(units, source);
  }
  let hash = units;
  let all = 0;
  for (let i = 0; i < units; i++) {
    const unit = buffer[position + i] as number;
    hash = (Math.imul(hash, 31) + unit) | 0;
    all |= unit;
  }
  const at = hash & (KEYS.length - 1);
  const known = KEYS[at] as string;
  if (all < 0x80 && isAt(known, units, buffer, position)) {
    source.position = position + units;
    return known;
  }
  const key = readUnits(units, source);
  KEYS[at] = Object.keys({ [key]: 0 })[0] as string;
  return key;
}

const KEY_UNITS_MAX = 32;
const KEYS: string[] = new Array<string>(1024).fill('');

function isAt(text: string, units: number, buffer: Uint8Array, position: number): boolean {
  if (text.length !== units) {
    return false;
  }
  for (let i = 0; i < units; i++) {
    if (text.charCodeAt(i) !== buffer[position + i]) {
      return false;
    }
  }
  return true;
}

function readSmallInteger(source: DataInputView): number {
  const zigzag = readUnitCount(source);
  if (zigzag > 0xffffffff) {
    throw snapshotCorrupt(`a small integer of more than 32 bits at ${source.position}`);
  }
  return (zigzag >>> 1) ^ -(zigzag & 1);
}

function readBigint(source: DataInputView): bigint {
  const length = source.readCount();
  if (length === 0) {
    throw snapshotCorrupt('a bigint of no bytes');
  }
  return fromTwosComplement(source.readBytes(length));
}

function readTypedArray(source: DataInputView): NodeJS.TypedArray {
  const index = source.readUnsignedByte();
  const arrayClass = tags.TYPED_ARRAYS[index];
  const length = source.readCount();
  if (arrayClass === undefined || length % arrayClass.BYTES_PER_ELEMENT !== 0) {
    throw snapshotCorrupt(`typed array kind ${index} of ${length} bytes`);
  }
  const bytes = new Uint8Array(length);
  bytes.set(source.readBytes(length));
  return new arrayClass(bytes.buffer);
}

function readStructured(source: DataInputView): unknown {
  const bytes = source.readBytes(source.readCount());
  try {
    return deserializeStructured(bytes);
  } catch (error) {
    throw snapshotCorrupt(`a structured value that cannot be read: ${(error as Error).message}`);
  }
}

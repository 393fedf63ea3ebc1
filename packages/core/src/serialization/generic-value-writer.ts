/**
 * Writes values of no declared type, each part behind a tag.
 *
 * Invariants:
 * - Equal values whose properties have one order give equal bytes.
 * - What would come back as something else is refused: functions, symbols, instances of classes
 *   with methods, values that contain themselves.
 */
// Hot path.

import { types } from 'node:util';
import { serialize as serializeStructured } from 'node:v8';
import { TaskError } from '../errors/errors.ts';
import { twosComplement } from './big-number-serializers.ts';
import type { DataOutputView } from './data-output-view.ts';
import * as tags from './generic-tags.ts';
import { writeUnits } from './string-encoding.ts';

/** @throws TaskError `VALUE_NOT_SERIALIZABLE`, which names the part that cannot be written */
export function writeGeneric(value: unknown, target: DataOutputView): void {
  try {
    writePart(value, target, 0);
  } catch (error) {
    if (error !== REFUSED) {
      throw error;
    }
    throw explain(value);
  }
}

// Thrown without a message: the path is looked for afterwards, so that writing need not track it.
const REFUSED: unique symbol = Symbol('refused');

function writePart(value: unknown, target: DataOutputView, depth: number): void {
  switch (typeof value) {
    case 'string':
      target.writeByte(tags.STRING);
      writeUnits(value, 0, target);
      return;
    case 'number':
      writeNumber(value, target);
      return;
    case 'boolean':
      target.writeByte(value ? tags.TRUE : tags.FALSE);
      return;
    case 'undefined':
      target.writeByte(tags.UNDEFINED);
      return;
    case 'bigint': {
      const bytes = twosComplement(value);
      target.writeByte(tags.BIGINT);
      target.writeInt(bytes.length);
      target.write(bytes);
      return;
    }
    case 'object':
      if (value === null) {
        target.writeByte(tags.NULL);
      } else {
        writeObject(value, target, depth);
      }
      return;
    default:
      throw REFUSED;
  }
}

function writeNumber(value: number, target: DataOutputView): void {
  const small = value | 0;
  if (small !== value || Object.is(value, -0) || (small << 1) >> 1 !== small) {
    target.writeByte(tags.DOUBLE);
    target.writeDouble(value);
    return;
  }
  target.writeByte(tags.SMALL_INTEGER);
  writeCount(((small << 1) ^ (small >> 31)) >>> 0, target);
}

function writeObject(value: object, target: DataOutputView, depth: number): void {
  if (depth > tags.DEPTH_MAX) {
    throw REFUSED;
  }
  if (Array.isArray(value)) {
    target.writeByte(tags.ARRAY);
    target.writeInt(value.length);
    for (let i = 0; i < value.length; i++) {
      writePart(value[i], target, depth + 1);
    }
    return;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    writeProperties(value, target, depth);
  } else {
    writeInstance(value, target, depth);
  }
}

function writeProperties(value: object, target: DataOutputView, depth: number): void {
  if (Object.getOwnPropertySymbols(value).length > 0) {
    throw REFUSED;
  }
  const keys = Object.keys(value);
  target.writeByte(tags.OBJECT);
  target.writeInt(keys.length);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    writeUnits(key, 0, target);
    writePart((value as Record<string, unknown>)[key], target, depth + 1);
  }
}

function writeInstance(value: object, target: DataOutputView, depth: number): void {
  if (value instanceof Date) {
    target.writeByte(tags.DATE);
    target.writeDouble(value.getTime());
  } else if (value instanceof Map) {
    target.writeByte(tags.MAP);
    target.writeInt(value.size);
    for (const [key, item] of value) {
      writePart(key, target, depth + 1);
      writePart(item, target, depth + 1);
    }
  } else if (value instanceof Set) {
    target.writeByte(tags.SET);
    target.writeInt(value.size);
    for (const item of value) {
      writePart(item, target, depth + 1);
    }
  } else if (types.isTypedArray(value)) {
    writeTypedArray(value, target);
  } else if (isStructured(value)) {
    const bytes = serializeStructured(value);
    target.writeByte(tags.STRUCTURED);
    target.writeInt(bytes.length);
    target.write(bytes);
  } else if (isPlainInstance(value)) {
    writeProperties(value, target, depth);
  } else {
    throw REFUSED;
  }
}

function writeTypedArray(value: NodeJS.TypedArray, target: DataOutputView): void {
  // By name, so that a Buffer is a Uint8Array.
  const name = value[Symbol.toStringTag];
  const index = tags.TYPED_ARRAYS.findIndex((arrayClass) => arrayClass.name === name);
  if (index < 0) {
    throw REFUSED;
  }
  target.writeByte(tags.TYPED_ARRAY);
  target.writeByte(index);
  target.writeInt(value.byteLength);
  target.write(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
}

export function writeCount(count: number, target: DataOutputView): void {
  let rest = count;
  while (rest >= 0x80) {
    target.writeByte((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  target.writeByte(rest);
}

export function isStructured(value: object): boolean {
  return (
    types.isRegExp(value) ||
    types.isNativeError(value) ||
    types.isArrayBuffer(value) ||
    types.isDataView(value) ||
    types.isBoxedPrimitive(value)
  );
}

/** An instance of a class that adds nothing but fields comes back as a plain object. */
function isPlainInstance(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return (
    Object.getPrototypeOf(prototype) === Object.prototype &&
    Reflect.ownKeys(prototype).every((key) => key === 'constructor') &&
    !types.isProxy(value) &&
    !types.isPromise(value) &&
    !types.isExternal(value)
  );
}

function explain(root: unknown): TaskError {
  const { path, what, remedy } = findRefused(root, 'value', 0) ?? {
    path: 'value',
    what: 'something that is not plain data',
    remedy: 'use plain objects',
  };
  return new TaskError(
    'VALUE_NOT_SERIALIZABLE',
    `${path} is ${what}, which Types.GENERIC cannot keep; ${remedy}`,
  );
}

interface Refused {
  readonly path: string;
  readonly what: string;
  readonly remedy: string;
}

function findRefused(value: unknown, path: string, depth: number): Refused | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') {
    return { path, what: `a ${typeof value}`, remedy: 'keep data only' };
  }
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  if (depth > tags.DEPTH_MAX) {
    const what = `nested deeper than ${tags.DEPTH_MAX}`;
    return { path: 'value', what, remedy: 'flatten it, and keep no cycles' };
  }
  for (const [key, part] of partsOf(value)) {
    const found = findRefused(part, `${path}${key}`, depth + 1);
    if (found !== undefined) {
      return found;
    }
  }
  const prototype = Object.getPrototypeOf(value);
  const known =
    Array.isArray(value) ||
    prototype === null ||
    prototype === Object.prototype ||
    value instanceof Date ||
    value instanceof Map ||
    value instanceof Set ||
    ArrayBuffer.isView(value) ||
    isStructured(value) ||
    isPlainInstance(value);
  const what = `an instance of ${prototype?.constructor?.name || 'a class'}`;
  const remedy = 'use a plain object, or declare its type with Types';
  if (!known) {
    return { path, what, remedy };
  }
  if (Object.getOwnPropertySymbols(value).length > 0 && !isStructured(value)) {
    return { path, what: 'an object with symbol properties', remedy: 'name them by strings' };
  }
  return undefined;
}

/** With the name that each has in a path. */
export function partsOf(value: object): [string, unknown][] {
  if (value instanceof Map) {
    return [...value].flatMap(([key, item]) => [
      ['.key', key],
      [`.get(${String(key)})`, item],
    ]);
  }
  if (value instanceof Set) {
    return [...value].map((item) => ['.item', item]);
  }
  if (ArrayBuffer.isView(value)) {
    return [];
  }
  return Object.entries(value).map(([key, part]) => [
    Array.isArray(value) ? `[${key}]` : `.${key}`,
    part,
  ]);
}

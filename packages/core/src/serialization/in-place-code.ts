/**
 * Text of code that writes and reads values of the commonest types where they stand: `at` and `bytes`
 * are variables of the function around it, so that one field need not wait until the place of the next
 * one was stored in an object and read back.
 *
 * Invariant: it takes only what its serializer takes, and makes the same bytes and values of it.
 * Everything else it leaves to the serializer, which has the words for what is wrong.
 */
import { DoubleSerializer, FloatSerializer } from './floating-point-serializers.ts';
import { SHORT_UNITS_MAX, shortText, writeText } from './string-encoding.ts';
import { BooleanSerializer, StringSerializer } from './string-serializers.ts';
import type { TypeSerializer } from './type-serializer.ts';
import { IntSerializer, LongSerializer } from './whole-number-serializers.ts';

export interface SerializerClass {
  readonly prototype: { readonly serialize: unknown; readonly deserialize: unknown };
}

/** Names in text: `value` holds what is written or read. */
interface InPlaceCode {
  /** So many at most; of a text those of its length. */
  readonly bytes: number;
  /** Of a text, how many more are needed in the worst case. */
  readonly moreBytes?: (value: string) => string;
  readonly takes: (value: string) => string;
  readonly write: (value: string) => string;
  /** Statements that end with `done` where they set `value` and `at`, with `bytes` up to `end`. */
  readonly read: (value: string, done: string) => string;
}

/** What the text refers to. */
export const IN_PLACE_SCOPE: Readonly<Record<string, unknown>> = {
  shortText,
  shortUnitsMax: SHORT_UNITS_MAX,
  writeText,
};

const DOUBLE: InPlaceCode = {
  bytes: 8,
  takes: (value) => `typeof ${value} === 'number'`,
  write: (value) => `view.setFloat64(at, ${value}); at += 8;`,
  read: (value, done) => `if (at + 8 <= end) { ${value} = view.getFloat64(at); at += 8; ${done} }`,
};

const FLOAT: InPlaceCode = {
  bytes: 4,
  takes: (value) => `typeof ${value} === 'number'`,
  write: (value) => `view.setFloat32(at, ${value}); at += 4;`,
  read: (value, done) => `if (at + 4 <= end) { ${value} = view.getFloat32(at); at += 4; ${done} }`,
};

const INT: InPlaceCode = {
  bytes: 4,
  takes: (value) => `typeof ${value} === 'number' && (${value} | 0) === ${value}`,
  write: (value) => `view.setInt32(at, ${value}); at += 4;`,
  read: (value, done) => `if (at + 4 <= end) { ${value} = view.getInt32(at); at += 4; ${done} }`,
};

const LONG: InPlaceCode = {
  bytes: 8,
  takes: (value) => `Number.isSafeInteger(${value})`,
  write: (value) => `view.setInt32(at, Math.floor(${value} / 4294967296));
      view.setUint32(at + 4, ${value} >>> 0); at += 8;`,
  read: (value, done) => `if (at + 8 <= end) {
      ${value} = view.getInt32(at) * 4294967296 + view.getUint32(at + 4);
      if (Number.isSafeInteger(${value})) { at += 8; ${done} }
    }`,
};

const BOOLEAN: InPlaceCode = {
  bytes: 1,
  takes: (value) => `typeof ${value} === 'boolean'`,
  write: (value) => `bytes[at++] = ${value} ? 1 : 0;`,
  read: (value, done) =>
    `if (bytes[at] === 0 || bytes[at] === 1) { ${value} = bytes[at++] === 1; ${done} }`,
};

const STRING: InPlaceCode = {
  bytes: 5,
  moreBytes: (value) => `3 * ${value}.length`,
  takes: (value) => `typeof ${value} === 'string'`,
  write: (value) => `at = writeText(${value}, 1, bytes, at);`,
  read: (value, done) => `const units = bytes[at] - 1;
    if (units >= 0 && units <= shortUnitsMax && at + units < end) {
      ${value} = shortText(bytes, at + 1, units);
      if (${value} !== undefined) { at += 1 + units; ${done} }
    }`,
};

const IN_PLACE = new Map<SerializerClass, InPlaceCode>([
  [BooleanSerializer, BOOLEAN],
  [DoubleSerializer, DOUBLE],
  [FloatSerializer, FLOAT],
  [IntSerializer, INT],
  [LongSerializer, LONG],
  [StringSerializer, STRING],
]);

/** `undefined` for a type that only its serializer writes and reads. */
export function inPlaceCodeOf(serializer: TypeSerializer<unknown>): InPlaceCode | undefined {
  const serializerClass = serializer.constructor as SerializerClass;
  return isOfClass(serializer, serializerClass) ? IN_PLACE.get(serializerClass) : undefined;
}

/** And reads and writes as its class does: not of a class below it, nor with methods of its own. */
export function isOfClass(
  serializer: TypeSerializer<unknown>,
  serializerClass: SerializerClass,
): boolean {
  const { serialize, deserialize } = serializer;
  const { prototype } = serializerClass;
  return (
    serializer.constructor === serializerClass &&
    serialize === prototype.serialize &&
    deserialize === prototype.deserialize
  );
}

/**
 * Decoded values as JSON, from which `valueFromJson` makes equal ones.
 *
 * | value | JSON |
 * |---|---|
 * | String, Boolean, Enum | as they are |
 * | Byte, Short, Int, Float, Double | a number; `"NaN"`, `"Infinity"`, `"-Infinity"`, `"-0"` |
 * | Long, BigInteger | a number up to 2^53, beyond it a string of digits |
 * | BigDecimal | a string, as Java's `toString` |
 * | byte[], Avro bytes | `{ "$bytes": "base64" }` |
 * | other arrays, List, Tuple | an array |
 * | Map | an object when all keys are strings, else an array of `[key, value]`; in the order of the bytes, but names of an object that are whole numbers come first, by size, as in all JavaScript objects |
 * | POJO, Avro record | an object by field; of a subclass with `"$class"` in front |
 * | Row | `{ "kind": "INSERT", "fields": [...] }` |
 * | Either | `{ "left": ... }` or `{ "right": ... }` |
 * | TimeWindow | `{ "start": ms, "end": ms }`, the end excluded |
 * | GlobalWindow, VoidNamespace | `"GlobalWindow"`, `null` |
 * | Date, Instant, java.sql and java.time types | their ISO-8601 text; an Instant or Timestamp that no calendar reaches its parts |
 * | timestamps | milliseconds; what is within 2^32 of Long.MIN_VALUE or Long.MAX_VALUE is `"-Infinity"` or `"Infinity"` |
 * | a value with time to live | `{ "lastAccessTimestamp": ms, "value": ... }` |
 * | what nothing here can read | `{ "$opaque": type, "sizeBytes": n, "hex": its first 32 bytes }`; of a POJO its fields up to there |
 *
 * `valueFromJson` reads the same back, but for what is opaque and for timestamps beyond 2^53, which are
 * numbers here and may be rounded.
 */
import {
  BigDecimal,
  GlobalWindow,
  Instant,
  LocalDate,
  LocalDateTime,
  LocalTime,
  POJO_CLASS,
  Row,
  SqlTimestamp,
  TimeWindow,
  VOID_NAMESPACE,
} from '@millrace/core';

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

const OPAQUE_PREFIX_BYTES = 32;
const DATE_SECONDS_MAX = 8.64e12; // what a Date holds, on either side of 1970

/** Bytes of a type that nothing here reads. */
export class OpaqueValue {
  /** `Kryo<java.util.ArrayList>`. */
  readonly typeName: string;
  readonly bytes: Uint8Array;

  constructor(typeName: string, bytes: Uint8Array) {
    this.typeName = typeName;
    this.bytes = bytes;
  }
}

export function valueToJson(value: unknown): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return numberToJson(value);
    case 'bigint':
      return bigintToJson(value);
    case 'object':
      return value === null ? null : objectToJson(value);
  }
  return null;
}

function numberToJson(value: number): JsonValue {
  return Number.isFinite(value) && !Object.is(value, -0)
    ? value
    : Object.is(value, -0)
      ? '-0'
      : String(value);
}

function bigintToJson(value: bigint): JsonValue {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function objectToJson(value: object): JsonValue {
  if (Array.isArray(value)) {
    return value.map(valueToJson);
  }
  if (value instanceof Map) {
    return mapToJson(value);
  }
  if (value instanceof Uint8Array) {
    return { $bytes: base64(value) };
  }
  if (ArrayBuffer.isView(value)) {
    return Array.from(value as unknown as ArrayLike<number>, numberToJson);
  }
  if (value instanceof OpaqueValue) {
    const { typeName, bytes } = value;
    const hex = Buffer.from(bytes.subarray(0, OPAQUE_PREFIX_BYTES)).toString('hex');
    return { $opaque: typeName, sizeBytes: bytes.length, hex };
  }
  const known = knownClassToJson(value);
  return known === undefined ? fieldsToJson(value) : known;
}

function knownClassToJson(value: object): JsonValue | undefined {
  if (value instanceof TimeWindow) {
    return { start: numberToJson(value.start), end: numberToJson(value.end) };
  }
  if (value instanceof GlobalWindow) {
    return 'GlobalWindow';
  }
  if (value === VOID_NAMESPACE) {
    return null;
  }
  if (value instanceof Date) {
    return value.toISOString();
  }
  if (value instanceof Row) {
    return { kind: value.kind, fields: value.fields.map(valueToJson) };
  }
  if (value instanceof Instant && !(Math.abs(value.epochSecond) <= DATE_SECONDS_MAX)) {
    return { epochSecond: numberToJson(value.epochSecond), nano: value.nano };
  }
  if (value instanceof SqlTimestamp && !(Math.abs(value.time) <= DATE_SECONDS_MAX * 1000)) {
    return { time: numberToJson(value.time), nanos: value.nanos };
  }
  const hasText =
    value instanceof BigDecimal ||
    value instanceof Instant ||
    value instanceof LocalDate ||
    value instanceof LocalTime ||
    value instanceof LocalDateTime ||
    value instanceof SqlTimestamp;
  return hasText ? value.toString() : undefined;
}

function mapToJson(map: ReadonlyMap<unknown, unknown>): JsonValue {
  const entries = [...map];
  if (entries.every(([key]) => typeof key === 'string')) {
    return Object.fromEntries(entries.map(([key, item]) => [key as string, valueToJson(item)]));
  }
  return entries.map(([key, item]) => [valueToJson(key), valueToJson(item)]);
}

function fieldsToJson(value: object): JsonValue {
  if ('lastAccessTimestamp' in value && 'userValue' in value) {
    const { lastAccessTimestamp, userValue } = value;
    return {
      lastAccessTimestamp: valueToJson(lastAccessTimestamp),
      value: valueToJson(userValue),
    };
  }
  const subclass = (value as { [POJO_CLASS]?: string })[POJO_CLASS];
  const fields = Object.entries(value).map(([name, field]) => [name, valueToJson(field)] as const);
  return Object.fromEntries(subclass === undefined ? fields : [['$class', subclass], ...fields]);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

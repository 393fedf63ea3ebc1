/**
 * Values from what people type: JSON in the form of `valueToJson`, read by the type that a snapshot
 * names.
 *
 * Invariants:
 * - What does not fit the type is an error that names the place in the value. No digit is lost but for a
 *   Float or Double, which is the nearest to what is written.
 * - A field that is left out is not null: fields of Java's primitive types cannot be.
 */
import {
  BigDecimal,
  CompositeTypeSerializerSnapshot,
  ConfigError,
  EnumSerializer,
  errorMessage,
  GlobalWindow,
  POJO_CLASS,
  PojoSerializer,
  ROW_KINDS,
  Row,
  type RowKind,
  TimeWindow,
  TTL_SNAPSHOT_CLASS,
  type TypeSerializerSnapshot,
  typeDescription,
  typeNameOf,
} from '@millrace/core';
import { parseExactJson } from './exact-json.ts';
import {
  dateOf,
  instantOf,
  localDateOf,
  localDateTimeOf,
  localTimeOf,
  MOMENT_HINT,
  sqlTimestampOf,
  timestampOf,
} from './time-from-json.ts';

type AnySnapshot = TypeSerializerSnapshot<unknown>;

/**
 * A key as it is typed on a command line: text of a String, date or enum needs no quotes; all else
 * is JSON. Digits of a Long are taken as they are. Of an undeclared type what is JSON is what it says,
 * so that text of digits needs quotes, and all else is text.
 *
 * @throws ConfigError `VALUE_NOT_SERIALIZABLE`
 */
export function valueFromText(snapshot: AnySnapshot, text: string): unknown {
  return valueFromJson(snapshot, jsonOrText(snapshot, text));
}

function jsonOrText(snapshot: AnySnapshot, text: string): unknown {
  const isComposite =
    snapshot instanceof CompositeTypeSerializerSnapshot || typeNameOf(snapshot).startsWith('POJO<');
  const isUndeclared = typeNameOf(snapshot) === UNDECLARED;
  const isQuoted = text.startsWith('"') && text.endsWith('"') && text.length > 1;
  if (!isComposite && !isQuoted && !isUndeclared) {
    return text;
  }
  try {
    return parseExactJson(text);
  } catch (error) {
    if (!isComposite) {
      return text;
    }
    throw new ConfigError(
      'VALUE_NOT_SERIALIZABLE',
      `${text} is not JSON, as a ${typeDescription(snapshot)} is given: ${errorMessage(error)}`,
    );
  }
}

/**
 * @param json - parsed; a Long beyond 2^53 must be a string of digits, or a bigint
 * @param path - of the value, for messages
 * @throws ConfigError `VALUE_NOT_SERIALIZABLE`, `SERIALIZER_SNAPSHOT_UNKNOWN` for opaque types
 */
export function valueFromJson(snapshot: AnySnapshot, json: unknown, path = 'value'): unknown {
  if (snapshot instanceof CompositeTypeSerializerSnapshot) {
    return compositeFromJson(snapshot, json, path);
  }
  const name = typeNameOf(snapshot);
  const parse = SIMPLE[name];
  if (parse !== undefined) {
    const parsed = attempt(() => parse(json));
    if (parsed === undefined) {
      throw unfit(snapshot, json, path, MOMENTS.has(name) ? MOMENT_HINT : undefined);
    }
    return parsed;
  }
  const serializer = snapshot.restoreSerializer() as unknown;
  if (serializer instanceof EnumSerializer) {
    if (!serializer.constants.includes(json as string)) {
      const constants = serializer.constants.join(', ');
      throw unfit(snapshot, json, path, `use one of ${constants}`);
    }
    return json;
  }
  if (serializer instanceof PojoSerializer) {
    return json === null ? null : pojoFromJson(serializer, json, path);
  }
  return otherFromJson(snapshot, json, path);
}

function pojoFromJson(serializer: PojoSerializer<object>, json: unknown, path: string): object {
  const { className, fields, registeredSubclasses, nonRegisteredSubclasses } =
    serializer.description;
  const given = objectOf(json);
  if (given === undefined) {
    throw unfit(serializer.snapshotConfiguration() as AnySnapshot, json, path, 'use an object');
  }
  const { $class: subclassName, ...rest } = given;
  if (typeof subclassName === 'string' && subclassName !== className) {
    const subclass = [...registeredSubclasses, ...nonRegisteredSubclasses].find(
      (one) => one.className === subclassName,
    );
    if (subclass === undefined) {
      throw invalid(`${path}.$class: ${className} has no subclass ${subclassName}`);
    }
    const value = valueFromJson(subclass.serializer.snapshotConfiguration(), rest, path);
    return Object.assign(value as object, { [POJO_CLASS]: subclassName });
  }
  for (const name of Object.keys(rest)) {
    if (!fields.some((field) => field.name === name)) {
      const names = fields.map((field) => field.name).join(', ');
      throw invalid(`${path}.${name}: ${className} has no such field; it has ${names}`);
    }
  }
  const missing = fields.map(({ name }) => name).filter((name) => rest[name] === undefined);
  if (missing.length > 0) {
    throw invalid(
      `${path}: ${className} has ${missing.join(', ')} too; give all its fields, null where they ` +
        'are null: that cannot be in a field of a primitive type',
    );
  }
  return Object.fromEntries(
    fields.map(({ name, serializer: field }) => {
      const part = rest[name];
      const at = `${path}.${name}`;
      return [name, part === null ? null : valueFromJson(field.snapshotConfiguration(), part, at)];
    }),
  );
}

function compositeFromJson(
  snapshot: CompositeTypeSerializerSnapshot<unknown, unknown>,
  json: unknown,
  path: string,
): unknown {
  const { nested } = snapshot;
  const part = (index: number, value: unknown, name: string) =>
    valueFromJson(nested[index] as AnySnapshot, value, `${path}${name}`);
  if (snapshot.className === TTL_SNAPSHOT_CLASS) {
    const { lastAccessTimestamp, value } = objectOf(json) ?? {};
    const time = timestampOf(lastAccessTimestamp);
    if (time === undefined) {
      const hint = 'use { "lastAccessTimestamp": ms, "value": ... }, with whole milliseconds';
      throw unfit(snapshot, json, path, hint);
    }
    return { lastAccessTimestamp: time, userValue: part(1, value, '.value') };
  }
  switch (typeNameOf(snapshot)) {
    case 'Tuple':
      return fieldsOf(snapshot, json, path).map((item, i) => part(i, item, `[${i}]`));
    case 'List':
      return arrayOf(snapshot, json, path).map((item, i) => part(0, item, `[${i}]`));
    case 'GenericArray':
      return arrayOf(snapshot, json, path).map((item, i) =>
        item === null ? null : part(0, item, `[${i}]`),
      );
    case 'Map':
      return mapFromJson(snapshot, json, path);
    case 'Row': {
      const { kind = 'INSERT', fields } = objectOf(json) ?? {};
      if (!ROW_KINDS.includes(kind as RowKind)) {
        throw unfit(snapshot, json, path, `kind is one of ${ROW_KINDS.join(', ')}`);
      }
      const values = fieldsOf(snapshot, fields, `${path}.fields`).map((item, i) =>
        item === null ? null : part(i, item, `.fields[${i}]`),
      );
      return Row.ofKind(kind as RowKind, ...values);
    }
    case 'JavaEither': {
      const sides = Object.entries(objectOf(json) ?? {});
      const [side, value] = sides[0] ?? [];
      if (sides.length !== 1 || (side !== 'left' && side !== 'right')) {
        throw unfit(snapshot, json, path, 'use { "left": ... } or { "right": ... }');
      }
      return { [side]: part(side === 'left' ? 0 : 1, value, `.${side}`) };
    }
    case 'Nullable':
      return json === null ? null : part(0, json, '');
  }
  throw unfit(snapshot, json, path, 'values of this type cannot be given');
}

function mapFromJson(
  snapshot: CompositeTypeSerializerSnapshot<unknown, unknown>,
  json: unknown,
  path: string,
): Map<unknown, unknown> {
  const [keys, values] = snapshot.nested as [AnySnapshot, AnySnapshot];
  const object = objectOf(json);
  const pairs = Array.isArray(json) ? json : object && Object.entries(object);
  if (pairs === undefined || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    throw unfit(snapshot, json, path, 'use an object, or an array of [key, value]');
  }
  return new Map(
    (pairs as [unknown, unknown][]).map(([key, item], index) => {
      const at = typeof key === 'string' ? `${path}.${key}` : `${path}[${index}]`;
      return [valueFromJson(keys, key, at), item === null ? null : valueFromJson(values, item, at)];
    }),
  );
}

function arrayOf(snapshot: AnySnapshot, json: unknown, path: string): unknown[] {
  if (!Array.isArray(json)) {
    throw unfit(snapshot, json, path, 'use an array');
  }
  return json;
}

function fieldsOf(
  snapshot: CompositeTypeSerializerSnapshot<unknown, unknown>,
  json: unknown,
  path: string,
): unknown[] {
  const fields = arrayOf(snapshot, json, path);
  const { length } = snapshot.nested;
  if (fields.length !== length) {
    throw unfit(snapshot, json, path, `use an array of ${length}`);
  }
  return fields;
}

/** The name of Millrace's own encoding of values whose type the program declares nowhere. */
const UNDECLARED = 'Generic';

/** What is the same as JSON and as a value; an object may be an instance of a class. */
function isSameInJson(json: unknown): boolean {
  return Array.isArray(json)
    ? json.every(isSameInJson)
    : ['string', 'number', 'boolean', 'bigint'].includes(typeof json);
}

/** Avro and types of other packages: their own serializer judges. */
function otherFromJson(snapshot: AnySnapshot, json: unknown, path: string): unknown {
  if (typeNameOf(snapshot) === UNDECLARED) {
    if (isSameInJson(json)) {
      return json;
    }
    throw unfit(
      snapshot,
      json,
      path,
      'of a type that the program does not declare only text, numbers, booleans and arrays of them can be given; ' +
        'declare it: a key by keyBy(selector, Types.POJO(...)), a value in the descriptor of its state',
    );
  }
  if (typeDescription(snapshot).startsWith('Avro')) {
    return json;
  }
  throw unfit(snapshot, json, path, 'values of this type cannot be given');
}

const MOMENTS: ReadonlySet<string> = new Set([
  'Date',
  'SqlDate',
  'SqlTime',
  'SqlTimestamp',
  'Instant',
]);

/** `undefined`, or an error, for what is not of the type. */
const SIMPLE: Readonly<Record<string, (json: unknown) => unknown>> = {
  String: (json) => (typeof json === 'string' ? json : undefined),
  Char: (json) => (typeof json === 'string' && json.length === 1 ? json : undefined),
  Boolean: (json) =>
    typeof json === 'boolean' ? json : { true: true, false: false }[json as string],
  Byte: (json) => wholeNumber(json, 2n ** 7n),
  Short: (json) => wholeNumber(json, 2n ** 15n),
  Int: (json) => wholeNumber(json, 2n ** 31n),
  Long: (json) => wholeNumber(json, 2n ** 63n),
  Float: floatNumber,
  Double: realNumber,
  BigInt: (json) => wholeBigint(json),
  BigDec: bigDecimalOf,
  Date: dateOf,
  SqlDate: dateOf,
  SqlTime: dateOf,
  SqlTimestamp: sqlTimestampOf,
  Instant: instantOf,
  LocalDate: localDateOf,
  LocalTime: localTimeOf,
  LocalDateTime: localDateTimeOf,
  TimeWindow: (json) => {
    const { start, end } = objectOf(json) ?? {};
    const [from, to] = [timestampOf(start), timestampOf(end)];
    return from === undefined || to === undefined ? undefined : new TimeWindow(from, to);
  },
  GlobalWindow: (json) => (json === 'GlobalWindow' ? GlobalWindow.INSTANCE : undefined),
  BytePrimitiveArray: bytesOf,
};

function wholeBigint(json: unknown): bigint | undefined {
  if (typeof json === 'bigint') {
    return json;
  }
  if (typeof json === 'number') {
    return Number.isSafeInteger(json) ? BigInt(json) : undefined; // It may be rounded already.
  }
  return typeof json === 'string' && /^-?\d+$/.test(json) ? BigInt(json) : undefined;
}

/** @param limit - the first that is too large */
function wholeNumber(json: unknown, limit: bigint): number | bigint | undefined {
  const value = wholeBigint(json);
  if (value === undefined || value >= limit || value < -limit) {
    return undefined;
  }
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The nearest Double; `"NaN"` and the infinities as text, since no JSON number is one of them. */
function realNumber(json: unknown): number | undefined {
  if (typeof json === 'bigint' || json === 'NaN' || json === 'Infinity' || json === '-Infinity') {
    return Number(json);
  }
  const isDecimal =
    typeof json === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(json.trim());
  const number = isDecimal ? Number(json) : json;
  return Number.isFinite(number) ? (number as number) : undefined; // 1e400 is no number.
}

function floatNumber(json: unknown): number | undefined {
  const number = realNumber(json);
  const isTooLarge = Number.isFinite(number) && !Number.isFinite(Math.fround(number as number));
  return isTooLarge ? undefined : number;
}

const EXACT_DIGITS = 15; // a decimal of so many is the only one of its double

/** Of a number with more digits JSON has rounded some away. */
function bigDecimalOf(json: unknown): BigDecimal | undefined {
  const text = String(json);
  const digits = text.replace(/e.*$/i, '').replace(/\D/g, '').replace(/^0+/, '');
  const isRounded = typeof json === 'number' && digits.length > EXACT_DIGITS;
  return isRounded ? undefined : BigDecimal.of(text);
}

function bytesOf(json: unknown): Uint8Array | undefined {
  const text = objectOf(json)?.$bytes;
  const isBase64 = typeof text === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  return isBase64 ? new Uint8Array(Buffer.from(text, 'base64')) : undefined;
}

function objectOf(json: unknown): Record<string, unknown> | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : undefined;
}

/** What a parser refuses is of another type. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

function unfit(snapshot: AnySnapshot, json: unknown, path: string, remedy?: string): ConfigError {
  const shown =
    typeof json === 'bigint' || typeof json === 'number' ? String(json) : JSON.stringify(json);
  const isRounded = typeof json === 'number' && Math.abs(json) > Number.MAX_SAFE_INTEGER;
  const hint =
    remedy ??
    (isRounded ? 'write its digits as a string' : quotingHint(typeNameOf(snapshot), shown, path));
  return invalid(
    `${path}: ${shown} is no ${typeDescription(snapshot)}${hint === undefined ? '' : `; ${hint}`}`,
  );
}

/** Of text that was read as another kind of JSON. */
function quotingHint(
  typeName: string,
  shown: string | undefined,
  path: string,
): string | undefined {
  if ((typeName !== 'String' && typeName !== 'Char') || !/^[-\w.]+$/.test(shown ?? '[]')) {
    return undefined;
  }
  const hint = `write it in quotes, "${shown}"`;
  return path === 'value'
    ? `${hint}, which a shell leaves there within others: '"${shown}"'`
    : hint;
}

function invalid(message: string): ConfigError {
  return new ConfigError('VALUE_NOT_SERIALIZABLE', message);
}

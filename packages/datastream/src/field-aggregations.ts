/**
 * Aggregations of one field: a record's own, by name, an element of a tuple or array, by index, or
 * the record itself, as field 0, where it is a plain value.
 *
 * Invariant: records are never changed; what an aggregation gives is a copy with another field.
 *
 * Flink: SumAggregator, ComparableAggregator, FieldAccessor. Nested field expressions are left out:
 * a `reduce` says the same.
 */
import { ConfigError, type ReduceFunction, type TypeInformation } from '@millrace/core';

type ToNumber<S> = S extends `${infer N extends number}` ? N : never;

type TupleIndex<T extends readonly unknown[]> = number extends T['length']
  ? number
  : ToNumber<Extract<keyof T, `${number}`>>;

/** What names a field of `T`. */
export type FieldOf<T> = T extends readonly unknown[]
  ? TupleIndex<T>
  : T extends object
    ? Extract<keyof T, string>
    : 0;

/** The value of a field of `T`. */
export type FieldValue<T, F> = T extends object ? (F extends keyof T ? T[F] : never) : T;

type FieldWith<T, V> = {
  [F in FieldOf<T>]: [FieldValue<T, F>] extends [V] ? F : never;
}[FieldOf<T>];

/** Fields that can be added up. */
export type NumericField<T> = FieldWith<T, number | bigint>;

/** Fields that have an order. */
export type ComparableField<T> = FieldWith<T, number | bigint | string | boolean | Date>;

type Fields = Record<string | number, unknown>;

/** Which record stays when several have the extreme value. */
export type Extreme = 'min' | 'max';

/**
 * The field, if records of the type have it. A type that names no fields says nothing: then the
 * records are asked when they are added up.
 *
 * @throws ConfigError `INVALID_GRAPH` for a field that the type does not declare
 */
export function fieldIn<T>(
  call: string,
  type: TypeInformation<T>,
  field: unknown,
): string | number {
  const { fields } = type;
  if (fields !== undefined && !fields.some((declared) => String(declared) === String(field))) {
    throw new ConfigError(
      'INVALID_GRAPH',
      `${call} got the field ${JSON.stringify(field)}, which ${type.name} does not have; give one of ${fields.join(', ')}`,
    );
  }
  return field as string | number;
}

export function sumOf<T>(field: string | number): ReduceFunction<T> {
  return (a, b) => {
    const x = fieldOf('sum', a, field);
    const y = fieldOf('sum', b, field);
    const isNumeric = typeof x === 'number' || typeof x === 'bigint';
    if (!isNumeric || typeof x !== typeof y) {
      throw notAField('sum', field, `${typeof x} and ${typeof y}`);
    }
    return withField(a, field, (x as number) + (y as number));
  };
}

/** The first record, with the extreme value of all. */
export function extremeOf<T>(extreme: Extreme, field: string | number): ReduceFunction<T> {
  return (a, b) => {
    const y = fieldOf(extreme, b, field);
    return compare(extreme, fieldOf(extreme, a, field), y) > 0 ? withField(a, field, y) : a;
  };
}

/** The record with the extreme value: the first of several, or the last. */
export function extremeRecordOf<T>(
  extreme: Extreme,
  field: string | number,
  first: boolean,
): ReduceFunction<T> {
  const call = `${extreme}By`;
  return (a, b) => {
    const order = compare(extreme, fieldOf(call, a, field), fieldOf(call, b, field));
    return order > 0 || (order === 0 && !first) ? b : a;
  };
}

/** Positive when `y` is more extreme. */
function compare(extreme: Extreme, x: unknown, y: unknown): number {
  const [a, b] = [x as number, y as number];
  const order = a < b ? -1 : a > b ? 1 : 0;
  return extreme === 'min' ? order : -order;
}

function fieldOf(call: string, record: unknown, field: string | number): unknown {
  const value = typeof record === 'object' && record !== null ? (record as Fields)[field] : record;
  if (value === undefined || value === null) {
    throw notAField(call, field, String(value));
  }
  return value;
}

function withField<T>(record: T, field: string | number, value: unknown): T {
  if (typeof record !== 'object' || record === null) {
    return value as T;
  }
  const copy: Fields = Array.isArray(record)
    ? (record.slice() as unknown as Fields)
    : Object.assign(Object.create(Object.getPrototypeOf(record)) as Fields, record);
  copy[field] = value;
  return copy as T;
}

function notAField(call: string, field: string | number, found: string): ConfigError {
  return new ConfigError(
    'VALUE_NOT_SERIALIZABLE',
    `${call}(${JSON.stringify(field)}) found ${found} in a record; name a field that every record has`,
  );
}

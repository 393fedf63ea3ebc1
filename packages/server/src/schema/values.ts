/**
 * Values that answers and requests are made of, as JSON Schema.
 *
 * The type of a schema is what TypeBox infers: written out it would stand twice. So this package alone is
 * compiled without `isolatedDeclarations`.
 */

import type { Static } from 'typebox';
import {
  type TInteger,
  type TNumber,
  type TSchema,
  type TString,
  type TUnsafe,
  Type,
} from 'typebox';

/** A Java long: written with all its digits. */
export function Long(): TInteger {
  return Type.Integer({ format: 'int64' });
}

/** A Java long beyond 2^53 too. */
export function WideLong(): TUnsafe<number | bigint> {
  return Type.Unsafe<number | bigint>(Long());
}

export function Int(): TInteger {
  return Type.Integer({ format: 'int32' });
}

/** Written as Java does: `0.0`. */
export function Double(): TNumber {
  return Type.Number({ format: 'double' });
}

/** 32 hexadecimal digits. */
export function HexId(): TString {
  return Type.String({ pattern: '^[0-9a-fA-F]{32}$' });
}

/** Present, and perhaps null. */
export function Nullable<T extends TSchema>(schema: T): TUnsafe<Static<T> | null> {
  const { type, enum: values } = schema as { type?: string; enum?: readonly unknown[] };
  return Type.Unsafe<Static<T> | null>({
    ...schema,
    type: [type, 'null'],
    ...(values === undefined ? {} : { enum: [...values, null] }),
  });
}

/** One of some texts. */
export function OneOf<const T extends readonly string[]>(values: T): TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values] });
}

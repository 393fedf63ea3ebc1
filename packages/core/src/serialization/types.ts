/**
 * The types of values, as values: `Types.TUPLE(Types.STRING, Types.LONG)`.
 *
 * Flink: Types. Bytes of each: docs/formats/types.md
 */
import type { GlobalWindow, TimeWindow } from '../windowing/windows.ts';
import type { BigDecimal } from './big-decimal.ts';
import { BIG_DEC_SERIALIZER, BIG_INT_SERIALIZER } from './big-number-serializers.ts';
import * as composites from './composite-types.ts';
import * as dates from './date-serializers.ts';
import * as floats from './floating-point-serializers.ts';
import { GENERIC_SERIALIZER } from './generic-serializer.ts';
import type { Instant, LocalDate, LocalDateTime, LocalTime, SqlTimestamp } from './java-time.ts';
import * as times from './java-time-serializers.ts';
import * as arrays from './primitive-array-serializers.ts';
import * as strings from './string-serializers.ts';
import { SerializerTypeInformation, type TypeInformation } from './type-information.ts';
import type { TypeSerializer } from './type-serializer.ts';
import * as voids from './void-serializers.ts';
import * as integers from './whole-number-serializers.ts';
import { GLOBAL_WINDOW_SERIALIZER, TIME_WINDOW_SERIALIZER } from './window-serializers.ts';

export interface TypeCatalog {
  readonly STRING: TypeInformation<string>;
  readonly BOOLEAN: TypeInformation<boolean>;
  /** A string of one UTF-16 unit. */
  readonly CHAR: TypeInformation<string>;
  /** -128 to 127. */
  readonly BYTE: TypeInformation<number>;
  /** -32768 to 32767. */
  readonly SHORT: TypeInformation<number>;
  /** -2^31 to 2^31 - 1. */
  readonly INT: TypeInformation<number>;
  /** A whole number below 2^53; `LONG_OUT_OF_RANGE` beyond. */
  readonly LONG: TypeInformation<number>;
  /** A Long as a bigint; the bytes and the snapshot are those of `LONG`. */
  readonly BIGINT_LONG: TypeInformation<bigint>;
  readonly FLOAT: TypeInformation<number>;
  readonly DOUBLE: TypeInformation<number>;
  readonly BIG_INT: TypeInformation<bigint>;
  readonly BIG_DEC: TypeInformation<BigDecimal>;
  readonly DATE: TypeInformation<Date>;
  readonly SQL_DATE: TypeInformation<Date>;
  readonly SQL_TIME: TypeInformation<Date>;
  readonly SQL_TIMESTAMP: TypeInformation<SqlTimestamp>;
  readonly INSTANT: TypeInformation<Instant>;
  readonly LOCAL_DATE: TypeInformation<LocalDate>;
  readonly LOCAL_TIME: TypeInformation<LocalTime>;
  readonly LOCAL_DATE_TIME: TypeInformation<LocalDateTime>;
  readonly VOID: TypeInformation<null>;
  /** Flink's mutable wrappers; plain values here. */
  readonly STRING_VALUE: TypeInformation<string>;
  readonly BOOLEAN_VALUE: TypeInformation<boolean>;
  readonly CHAR_VALUE: TypeInformation<string>;
  readonly BYTE_VALUE: TypeInformation<number>;
  readonly SHORT_VALUE: TypeInformation<number>;
  readonly INT_VALUE: TypeInformation<number>;
  readonly LONG_VALUE: TypeInformation<number>;
  readonly FLOAT_VALUE: TypeInformation<number>;
  readonly DOUBLE_VALUE: TypeInformation<number>;
  readonly NULL_VALUE: TypeInformation<null>;
  readonly BYTE_ARRAY: TypeInformation<Uint8Array>;
  readonly SHORT_ARRAY: TypeInformation<Int16Array>;
  readonly INT_ARRAY: TypeInformation<Int32Array>;
  readonly FLOAT_ARRAY: TypeInformation<Float32Array>;
  readonly DOUBLE_ARRAY: TypeInformation<Float64Array>;
  /** Whole numbers below 2^53. */
  readonly LONG_ARRAY: TypeInformation<number[]>;
  readonly BOOLEAN_ARRAY: TypeInformation<boolean[]>;
  readonly CHAR_ARRAY: TypeInformation<string[]>;
  readonly STRING_ARRAY: TypeInformation<(string | null)[]>;
  readonly TIME_WINDOW: TypeInformation<TimeWindow>;
  readonly GLOBAL_WINDOW: TypeInformation<GlobalWindow>;
  /** The namespace of state that is kept per key alone. */
  readonly VOID_NAMESPACE: TypeInformation<voids.VoidNamespace>;
  /** Any plain data, in an encoding of ours that Flink cannot read. */
  // biome-ignore lint/suspicious/noExplicitAny: a type that was not declared fits every other.
  readonly GENERIC: TypeInformation<any>;
  /** Arrays of objects, which may be null: `Integer[]`. */
  readonly OBJECT_ARRAY: typeof composites.objectArrayOf;
  /** Arrays of a fixed length: `Types.TUPLE(Types.STRING, Types.LONG)`. */
  readonly TUPLE: typeof composites.tupleOf;
  /** Objects with named fields: `Types.POJO('com.acme.Order', { id: Types.LONG })`. */
  readonly POJO: typeof composites.pojoOf;
  /** Fields by position, each of which may be null. */
  readonly ROW: typeof composites.rowOf;
  readonly ROW_NAMED: typeof composites.rowNamedOf;
  readonly LIST: typeof composites.listOf;
  readonly MAP: typeof composites.mapOf;
  /** Constants as strings, in the order of the Java enum. */
  readonly ENUM: typeof composites.enumOf;
  /** `{ left }` or `{ right }`. */
  readonly EITHER: typeof composites.eitherOf;
  /** The type or null. Flink: NullableSerializer. */
  readonly NULLABLE: typeof composites.nullableOf;
  /** Another name of `NULLABLE`. */
  readonly OPTIONAL: typeof composites.nullableOf;
}

export const Types: TypeCatalog = {
  STRING: type(strings.STRING_SERIALIZER, 'java.lang.String'),
  BOOLEAN: type(strings.BOOLEAN_SERIALIZER, 'java.lang.Boolean'),
  CHAR: type(strings.CHAR_SERIALIZER, 'java.lang.Character'),
  BYTE: type(integers.BYTE_SERIALIZER, 'java.lang.Byte'),
  SHORT: type(integers.SHORT_SERIALIZER, 'java.lang.Short'),
  INT: type(integers.INT_SERIALIZER, 'java.lang.Integer'),
  LONG: type(integers.LONG_SERIALIZER, 'java.lang.Long'),
  BIGINT_LONG: type(integers.BIGINT_LONG_SERIALIZER, 'java.lang.Long'),
  FLOAT: type(floats.FLOAT_SERIALIZER, 'java.lang.Float'),
  DOUBLE: type(floats.DOUBLE_SERIALIZER, 'java.lang.Double'),
  BIG_INT: type(BIG_INT_SERIALIZER, 'java.math.BigInteger'),
  BIG_DEC: type(BIG_DEC_SERIALIZER, 'java.math.BigDecimal'),
  DATE: type(dates.DATE_SERIALIZER, 'java.util.Date'),
  SQL_DATE: type(dates.SQL_DATE_SERIALIZER, 'java.sql.Date'),
  SQL_TIME: type(dates.SQL_TIME_SERIALIZER, 'java.sql.Time'),
  SQL_TIMESTAMP: type(dates.SQL_TIMESTAMP_SERIALIZER, 'java.sql.Timestamp'),
  INSTANT: type(times.INSTANT_SERIALIZER, 'java.time.Instant'),
  LOCAL_DATE: type(times.LOCAL_DATE_SERIALIZER, 'java.time.LocalDate'),
  LOCAL_TIME: type(times.LOCAL_TIME_SERIALIZER, 'java.time.LocalTime'),
  LOCAL_DATE_TIME: type(times.LOCAL_DATE_TIME_SERIALIZER, 'java.time.LocalDateTime'),
  VOID: type(voids.VOID_SERIALIZER, 'java.lang.Void', false),
  STRING_VALUE: type(strings.STRING_VALUE_SERIALIZER, 'org.apache.flink.types.StringValue'),
  BOOLEAN_VALUE: type(strings.BOOLEAN_VALUE_SERIALIZER, 'org.apache.flink.types.BooleanValue'),
  CHAR_VALUE: type(strings.CHAR_VALUE_SERIALIZER, 'org.apache.flink.types.CharValue'),
  BYTE_VALUE: type(integers.BYTE_VALUE_SERIALIZER, 'org.apache.flink.types.ByteValue'),
  SHORT_VALUE: type(integers.SHORT_VALUE_SERIALIZER, 'org.apache.flink.types.ShortValue'),
  INT_VALUE: type(integers.INT_VALUE_SERIALIZER, 'org.apache.flink.types.IntValue'),
  LONG_VALUE: type(integers.LONG_VALUE_SERIALIZER, 'org.apache.flink.types.LongValue'),
  FLOAT_VALUE: type(floats.FLOAT_VALUE_SERIALIZER, 'org.apache.flink.types.FloatValue'),
  DOUBLE_VALUE: type(floats.DOUBLE_VALUE_SERIALIZER, 'org.apache.flink.types.DoubleValue'),
  NULL_VALUE: type(voids.NULL_VALUE_SERIALIZER, 'org.apache.flink.types.NullValue', false),
  BYTE_ARRAY: type(arrays.BYTE_ARRAY_SERIALIZER, '[B', false),
  SHORT_ARRAY: type(arrays.SHORT_ARRAY_SERIALIZER, '[S', false),
  INT_ARRAY: type(arrays.INT_ARRAY_SERIALIZER, '[I', false),
  FLOAT_ARRAY: type(arrays.FLOAT_ARRAY_SERIALIZER, '[F', false),
  DOUBLE_ARRAY: type(arrays.DOUBLE_ARRAY_SERIALIZER, '[D', false),
  LONG_ARRAY: type(arrays.LONG_ARRAY_SERIALIZER, '[J', false),
  BOOLEAN_ARRAY: type(arrays.BOOLEAN_ARRAY_SERIALIZER, '[Z', false),
  CHAR_ARRAY: type(arrays.CHAR_ARRAY_SERIALIZER, '[C', false),
  STRING_ARRAY: type(arrays.STRING_ARRAY_SERIALIZER, '[Ljava.lang.String;', false),
  TIME_WINDOW: type(
    TIME_WINDOW_SERIALIZER,
    'org.apache.flink.streaming.api.windowing.windows.TimeWindow',
  ),
  GLOBAL_WINDOW: type(
    GLOBAL_WINDOW_SERIALIZER,
    'org.apache.flink.streaming.api.windowing.windows.GlobalWindow',
  ),
  VOID_NAMESPACE: type(
    voids.VOID_NAMESPACE_SERIALIZER,
    'org.apache.flink.runtime.state.VoidNamespace',
  ),
  GENERIC: type(GENERIC_SERIALIZER, 'io.millrace.Generic'),
  OBJECT_ARRAY: composites.objectArrayOf,
  TUPLE: composites.tupleOf,
  POJO: composites.pojoOf,
  ROW: composites.rowOf,
  ROW_NAMED: composites.rowNamedOf,
  LIST: composites.listOf,
  MAP: composites.mapOf,
  ENUM: composites.enumOf,
  EITHER: composites.eitherOf,
  NULLABLE: composites.nullableOf,
  OPTIONAL: composites.nullableOf,
};

function type<T>(
  serializer: TypeSerializer<T>,
  javaClassName: string,
  isKeyType = true,
): TypeInformation<T> {
  const name = javaClassName.slice(javaClassName.lastIndexOf('.') + 1);
  return new SerializerTypeInformation(serializer, { name, isKeyType, javaClassName });
}

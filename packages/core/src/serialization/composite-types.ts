/**
 * Types that are made of other types.
 *
 * A composite is a key type when all its parts are, and when equal values have equal bytes.
 *
 * Flink: TupleTypeInfo, RowTypeInfo, ListTypeInfo and their like.
 */
import { checkArgument } from '../errors/check-argument.ts';
import { ConfigError } from '../errors/errors.ts';
import { type Either, EitherSerializer } from './either-serializer.ts';
import { EnumSerializer } from './enum-serializer.ts';
import { GenericArraySerializer } from './generic-array-serializer.ts';
import { ListSerializer } from './list-serializer.ts';
import { MapSerializer } from './map-serializer.ts';
import { NullableSerializer } from './nullable-serializer.ts';
import { type FieldTypes, type PojoOptions, PojoTypeInformation } from './pojo-type-information.ts';
import type { Row } from './row.ts';
import { RowSerializer } from './row-serializer.ts';
import { TUPLE0_SERIALIZER, TupleSerializer, tupleClassName } from './tuple-serializer.ts';
import { SerializerTypeInformation, type TypeInformation } from './type-information.ts';
import type { TypeSerializer } from './type-serializer.ts';

const TUPLE_ARITY_MAX = 25;

/** A type for each element. */
export type ElementTypes<T extends readonly unknown[]> = {
  readonly [K in keyof T]: TypeInformation<T[K]>;
};

/** Fields of a row, each of which may be null. */
export type NullableElements<T extends readonly unknown[]> = { [K in keyof T]: T[K] | null };

function composite<T>(
  serializer: TypeSerializer<T>,
  description: {
    name: string;
    javaClassName: string;
    isKeyType: boolean;
    fields?: readonly number[];
  },
): TypeInformation<T> {
  return new SerializerTypeInformation(serializer, description);
}

function serializersOf(types: readonly TypeInformation<unknown>[]): TypeSerializer<unknown>[] {
  return types.map((item) => item.createSerializer());
}

function namesOf(types: readonly TypeInformation<unknown>[]): string {
  return types.map((item) => item.name).join(', ');
}

export function tupleOf<T extends unknown[]>(...fields: ElementTypes<T>): TypeInformation<T> {
  const types = fields as readonly TypeInformation<unknown>[];
  const arity = types.length;
  if (arity > TUPLE_ARITY_MAX) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `a tuple has ${arity} fields; use 0 to ${TUPLE_ARITY_MAX}, or Types.ROW`,
    );
  }
  const serializer =
    arity === 0
      ? TUPLE0_SERIALIZER
      : new TupleSerializer<T>(tupleClassName(arity), serializersOf(types));
  return composite(serializer as unknown as TypeSerializer<T>, {
    name: `Tuple${arity}<${namesOf(types)}>`,
    javaClassName: tupleClassName(arity),
    isKeyType: types.every((field) => field.isKeyType),
    fields: types.map((_, index) => index),
  });
}

function rowWith<F extends unknown[]>(
  names: readonly string[] | undefined,
  types: readonly TypeInformation<unknown>[],
): TypeInformation<Row<NullableElements<F>>> {
  const shape = { supportsRowKind: true, names };
  return composite(new RowSerializer<NullableElements<F>>(serializersOf(types), shape), {
    name: `Row<${namesOf(types)}>`,
    javaClassName: 'org.apache.flink.types.Row',
    // Java hashes lists and maps inside rows in a way of its own.
    isKeyType: types.every((field) => field.isKeyType && !isCollection(field)),
  });
}

/** Fields by position, each of which may be null. */
export function rowOf<F extends unknown[]>(
  ...types: ElementTypes<F>
): TypeInformation<Row<NullableElements<F>>> {
  return rowWith<F>(undefined, types as readonly TypeInformation<unknown>[]);
}

function isCollection(item: TypeInformation<unknown>): boolean {
  return item.javaClassName === 'java.util.List' || item.javaClassName === 'java.util.Map';
}

export function rowNamedOf<F extends unknown[]>(
  names: readonly string[],
  types: ElementTypes<[...F]>,
): TypeInformation<Row<NullableElements<F>>> {
  const fieldTypes = types as unknown as readonly TypeInformation<unknown>[];
  if (names.length !== fieldTypes.length || new Set(names).size !== names.length) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `a row has the names ${names.join(', ')} for ${fieldTypes.length} fields; give each its own`,
    );
  }
  return rowWith<F>(names, fieldTypes);
}

export function nullableOf<T>(
  original: TypeInformation<T>,
  options: { padded?: boolean } = {},
): TypeInformation<T | null> {
  const serializer = original.createSerializer();
  const padding = options.padded === true ? Math.max(0, serializer.length) : 0;
  return composite(new NullableSerializer(serializer, padding), {
    name: `Nullable<${original.name}>`,
    javaClassName: original.javaClassName ?? 'java.lang.Object',
    isKeyType: original.isKeyType,
  });
}

export function objectArrayOf<E>(
  element: TypeInformation<E>,
  javaClassName: string = element.javaClassName ?? 'java.lang.Object',
): TypeInformation<(E | null)[]> {
  const isArray = javaClassName.startsWith('[');
  return composite(new GenericArraySerializer(javaClassName, element.createSerializer()), {
    name: `${element.name}[]`,
    javaClassName: isArray ? `[${javaClassName}` : `[L${javaClassName};`,
    isKeyType: false,
  });
}

export function listOf<E>(element: TypeInformation<E>): TypeInformation<E[]> {
  return composite(new ListSerializer(element.createSerializer()), {
    name: `List<${element.name}>`,
    javaClassName: 'java.util.List',
    isKeyType: element.isKeyType,
  });
}

export function mapOf<K, V>(
  key: TypeInformation<K>,
  value: TypeInformation<V>,
): TypeInformation<Map<K, V>> {
  return composite(new MapSerializer(key.createSerializer(), value.createSerializer()), {
    name: `Map<${key.name}, ${value.name}>`,
    javaClassName: 'java.util.Map',
    // Equal maps may list their entries in different orders, and so have different bytes.
    isKeyType: false,
  });
}

/** @throws ConfigError `INVALID_GRAPH` for no constants */
export function enumOf<const E extends string>(
  className: string,
  constants: readonly E[],
): TypeInformation<E> {
  checkArgument(constants.length > 0, constants, {
    call: `Types.ENUM('${className}')`,
    expected: "its constants in their order: ['RED', 'GREEN']",
  });
  return composite(new EnumSerializer(className, constants), {
    name: `Enum<${className}>`,
    javaClassName: className,
    isKeyType: false,
  });
}

export function eitherOf<L, R>(
  left: TypeInformation<L>,
  right: TypeInformation<R>,
): TypeInformation<Either<L, R>> {
  return composite(new EitherSerializer(left.createSerializer(), right.createSerializer()), {
    name: `Either<${left.name}, ${right.name}>`,
    javaClassName: 'org.apache.flink.types.Either',
    isKeyType: left.isKeyType && right.isKeyType,
  });
}

export function pojoOf<T extends object>(
  className: string,
  fields: FieldTypes<T>,
  options: PojoOptions<NoInfer<T>> = {},
): PojoTypeInformation<T> {
  return new PojoTypeInformation(className, fields, options);
}

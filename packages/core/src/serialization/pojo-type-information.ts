/**
 * The type of a Java class with named fields.
 *
 * Flink: PojoTypeInfo, Types.POJO.
 */
import { ConfigError } from '../errors/errors.ts';
import { DataInputView } from './data-input-view.ts';
import { PojoSerializer } from './pojo-serializer.ts';
import { baseSnapshotClass } from './simple-type-serializer.ts';
import type { TypeInformation } from './type-information.ts';
import type { TypeSerializer } from './type-serializer.ts';

/** A type for each property of `T`. */
export type FieldTypes<T> = { readonly [K in keyof T]: TypeInformation<T[K]> };

export interface PojoOptions<T> {
  /**
   * Java's `hashCode` of the class, as 32 bits: with it objects can be keys. It must compute what
   * the class computes in Java; for a class of this program alone any stable hash will do.
   */
  readonly hashCode?: (value: T) => number;
  /**
   * What the class's constructor gives its fields: the value of a field that objects of an older
   * snapshot do not have. Without one it is Java's: 0 for numbers, false, and null for all else.
   */
  readonly initialValues?: Partial<T>;
  /** Classes that declare fields which the class inherits; needed for savepoints that Flink reads. */
  readonly declaringClasses?: { readonly [field: string]: string };
  /** Subclasses that the Flink job registers, in its order. */
  readonly registeredSubclasses?: readonly PojoTypeInformation<object>[];
  /** Subclasses that the Flink job does not register. */
  readonly subclasses?: readonly PojoTypeInformation<object>[];
}

/** Snapshots of the types that stand for Java's primitives, whose fields cannot be null. */
const PRIMITIVES = new Set(
  ['Boolean', 'Byte', 'Short', 'Char', 'Int', 'Long', 'Float', 'Double'].map(baseSnapshotClass),
);
const LONGEST_PRIMITIVE_BYTES = 8;

export class PojoTypeInformation<T extends object> implements TypeInformation<T> {
  readonly name: string;
  readonly isKeyType: boolean;
  readonly javaClassName: string;
  readonly fields: readonly string[];
  private readonly serializer: PojoSerializer<T>;

  /** @throws ConfigError `CONFIG_VALUE_INVALID` when the class has no name */
  constructor(className: string, fields: FieldTypes<T>, options: PojoOptions<NoInfer<T>> = {}) {
    if (className === '') {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        "a POJO needs the name of its Java class: Types.POJO('com.acme.Order', ...)",
      );
    }
    this.name = `POJO<${className}>`;
    this.javaClassName = className;
    this.isKeyType = options.hashCode !== undefined;
    const toSubclass = (type: PojoTypeInformation<object>) => ({
      className: type.javaClassName,
      serializer: type.createSerializer() as TypeSerializer<unknown>,
    });
    const declaredNames = Object.keys(fields) as (string & keyof T)[];
    const names = declaredNames.toSorted();
    this.fields = names;
    this.serializer = new PojoSerializer<T>({
      className,
      declaredNames,
      fields: names.map((name) => ({
        name,
        declaringClass: options.declaringClasses?.[name] ?? className,
        serializer: fields[name].createSerializer() as TypeSerializer<unknown>,
        initialValue: initialValueOf(name, fields[name], options),
      })),
      registeredSubclasses: (options.registeredSubclasses ?? []).map(toSubclass),
      nonRegisteredSubclasses: (options.subclasses ?? []).map(toSubclass),
      hashCode: options.hashCode as ((value: unknown) => number) | undefined,
    });
  }

  createSerializer(): TypeSerializer<T> {
    return this.serializer;
  }

  toString(): string {
    return this.name;
  }
}

function initialValueOf<T>(
  name: string & keyof T,
  type: TypeInformation<T[keyof T]>,
  { initialValues }: PojoOptions<T>,
): unknown {
  if (initialValues !== undefined && Object.hasOwn(initialValues, name)) {
    return initialValues[name];
  }
  const serializer = type.createSerializer();
  // Java's default of each primitive is the value whose bytes are all zero.
  return PRIMITIVES.has(serializer.snapshotConfiguration().className)
    ? serializer.deserialize(new DataInputView(new Uint8Array(LONGEST_PRIMITIVE_BYTES)))
    : null;
}

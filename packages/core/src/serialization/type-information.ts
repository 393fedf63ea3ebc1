import type { TypeSerializer } from './type-serializer.ts';

/**
 * A type as a value: `Types.STRING`, `Types.LIST(Types.LONG)`.
 *
 * Flink: TypeInformation.
 */
export interface TypeInformation<T> {
  /** For people: `Tuple2<String, Long>`. */
  readonly name: string;
  /** True when values can be keys: their hash is stable across processes. */
  readonly isKeyType: boolean;
  /** Class of the values in Java, as `Class.getName()` spells it; arrays of the type record it. */
  readonly javaClassName?: string;
  /** Of POJOs the names, of tuples the indexes of their elements; others have none to name. */
  readonly fields?: readonly (string | number)[];
  createSerializer(): TypeSerializer<T>;
}

/** The values of a type: `TypeOf<typeof ORDER>`. */
export type TypeOf<I> = I extends TypeInformation<infer T> ? T : never;

/**
 * A type whose serializer is made once and shared: serializers keep nothing between calls. It makes
 * a type of a serializer of your own.
 */
export class SerializerTypeInformation<T> implements TypeInformation<T> {
  readonly name: string;
  readonly isKeyType: boolean;
  readonly javaClassName: string;
  readonly fields?: readonly (string | number)[];
  private readonly serializer: TypeSerializer<T>;

  constructor(
    serializer: TypeSerializer<T>,
    description: {
      readonly name: string;
      /** False when it is left out. */
      readonly isKeyType?: boolean;
      /** Only arrays of the type record it. */
      readonly javaClassName?: string;
      /** Left out for values without fields to name. */
      readonly fields?: readonly (string | number)[];
    },
  ) {
    this.serializer = serializer;
    this.name = description.name;
    this.isKeyType = description.isKeyType ?? false;
    this.javaClassName = description.javaClassName ?? 'java.lang.Object';
    if (description.fields !== undefined) {
      this.fields = description.fields;
    }
  }

  createSerializer(): TypeSerializer<T> {
    return this.serializer;
  }

  toString(): string {
    return this.name;
  }
}

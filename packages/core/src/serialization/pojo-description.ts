/**
 * What is known of a Java class with named fields.
 *
 * Flink: PojoTypeInfo.
 */
import type { TypeSerializer } from './type-serializer.ts';

/** Names the class of an object that is of a subclass of its declared type. */
export const POJO_CLASS: unique symbol = Symbol.for('millrace.pojoClass');

export interface PojoField {
  readonly name: string;
  /** The class that has the field: the type's own or a superclass of it. */
  readonly declaringClass: string | undefined;
  readonly serializer: TypeSerializer<unknown>;
  /** What objects of a snapshot without the field get; null when it is left out. */
  readonly initialValue?: unknown;
}

export interface PojoSubclass {
  readonly className: string;
  readonly serializer: TypeSerializer<unknown>;
}

export interface PojoDescription {
  readonly className: string;
  /** By name. */
  readonly fields: readonly PojoField[];
  /** The names as the program wrote them, which copies keep; that of `fields` when it is left out. */
  readonly declaredNames?: readonly string[];
  /** Written by their index in this list. */
  readonly registeredSubclasses: readonly PojoSubclass[];
  /** Written by their names. */
  readonly nonRegisteredSubclasses: readonly PojoSubclass[];
  /** The class's `hashCode`; without one the type cannot be a key. */
  readonly hashCode: ((value: unknown) => number) | undefined;
}

/**
 * A serializer that has nothing to say in a snapshot but its name.
 *
 * Flink: TypeSerializerSingleton, SimpleTypeSerializerSnapshot.
 */
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { incompatible, wasAndIs } from './incompatibility.ts';
import {
  javaTypeName,
  registerSerializerSnapshot,
  snapshotVersionUnsupported,
} from './serializer-snapshot-registry.ts';
import type {
  Incompatibility,
  TypeSerializer,
  TypeSerializerSchemaCompatibility,
  TypeSerializerSnapshot,
} from './type-serializer.ts';

const VERSION = 3;
const VERSION_WITH_SERIALIZER_NAME = 2;

export const BASE_PACKAGE = 'org.apache.flink.api.common.typeutils.base';
export const RUNTIME_PACKAGE = 'org.apache.flink.api.java.typeutils.runtime';

export abstract class SimpleTypeSerializer<T> implements TypeSerializer<T> {
  abstract readonly length: number;
  abstract readonly snapshotClassName: string;
  readonly isImmutableType: boolean = true;

  abstract serialize(value: T, target: DataOutputView): void;
  abstract deserialize(source: DataInputView): T;
  abstract hashCode(value: T): number;

  copy(value: T): T {
    return value;
  }

  snapshotConfiguration(): TypeSerializerSnapshot<T> {
    return new SimpleTypeSerializerSnapshot(this.snapshotClassName, this);
  }
}

export class SimpleTypeSerializerSnapshot<T> implements TypeSerializerSnapshot<T> {
  readonly className: string;
  readonly version: number = VERSION;
  private readonly serializer: TypeSerializer<T>;

  constructor(className: string, serializer: TypeSerializer<T>) {
    this.className = className;
    this.serializer = serializer;
  }

  writeSnapshot(_target: DataOutputView): void {}

  restoreSerializer(): TypeSerializer<T> {
    return this.serializer;
  }

  resolveSchemaCompatibility(
    oldSnapshot: TypeSerializerSnapshot<unknown>,
  ): TypeSerializerSchemaCompatibility<T> {
    return oldSnapshot.className === this.className
      ? { kind: 'compatible-as-is' }
      : typeChanged(oldSnapshot, this);
  }
}

/** The verdict on a type that became another. */
export function typeChanged(
  oldSnapshot: TypeSerializerSnapshot<unknown>,
  newSnapshot: TypeSerializerSnapshot<unknown>,
): Incompatibility {
  return incompatible(wasAndIs(javaTypeName(oldSnapshot), javaTypeName(newSnapshot)));
}

/** `…base.LongSerializer$LongSerializerSnapshot` for `Long`. */
export function baseSnapshotClass(name: string): string {
  return `${BASE_PACKAGE}.${name}Serializer$${name}SerializerSnapshot`;
}

/** Makes the snapshots of a simple serializer readable; gives the serializer back. */
export function registerSimpleSerializer<S extends SimpleTypeSerializer<unknown>>(
  serializer: S,
): S {
  const className = serializer.snapshotClassName;
  const snapshot = serializer.snapshotConfiguration();
  registerSerializerSnapshot(className, (version, source) => {
    if (version === VERSION_WITH_SERIALIZER_NAME) {
      source.readUTF();
    } else if (version !== VERSION) {
      throw snapshotVersionUnsupported(className, version);
    }
    return snapshot;
  });
  return serializer;
}

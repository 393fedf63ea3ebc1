/**
 * Types in words that a Flink user knows: `Map<String, Tuple2<Long, Pojo com.acme.Order>>`.
 *
 * A wrapper for time to live is left out: it is a property of the state, not of what it holds.
 */
import { errorCode } from '../errors/errors.ts';
import { CompositeTypeSerializerSnapshot } from './composite-type-serializer-snapshot.ts';
import { EnumSerializer } from './enum-serializer.ts';
import { PojoSerializer } from './pojo-serializer.ts';
import { javaTypeName, typeNameOf } from './serializer-snapshot-registry.ts';
import { TTL_SNAPSHOT_CLASS } from './ttl-value-serializer.ts';
import type { TypeSerializerSnapshot } from './type-serializer.ts';

type AnySnapshot = TypeSerializerSnapshot<unknown>;

const COMPOSITE_NAMES: Readonly<Record<string, string>> = {
  JavaEither: 'Either',
  BufferEntry: 'BufferEntry',
  Timer: 'Timer',
};

/** Of any serializer snapshot; one that is opaque shows its class. */
export function typeDescription(snapshot: AnySnapshot): string {
  if (snapshot instanceof CompositeTypeSerializerSnapshot) {
    return compositeDescription(snapshot);
  }
  const name = typeNameOf(snapshot);
  if (name.startsWith('POJO<')) {
    return `Pojo ${name.slice('POJO<'.length, -1)}`;
  }
  return describedBySerializer(snapshot) ?? javaTypeName(snapshot);
}

function compositeDescription(snapshot: CompositeTypeSerializerSnapshot<unknown, unknown>): string {
  const nested = snapshot.nested.map(typeDescription);
  if (snapshot.className === TTL_SNAPSHOT_CLASS) {
    return nested[1] ?? '?';
  }
  const name = typeNameOf(snapshot);
  switch (name) {
    case 'GenericArray':
      return `${nested[0]}[]`;
    case 'Tuple':
      return `${simpleName(String(snapshot.outer))}<${nested.join(', ')}>`;
    case 'Row':
      return `Row(${nested.join(', ')})`;
    default:
      return `${COMPOSITE_NAMES[name] ?? name}<${nested.join(', ')}>`;
  }
}

/** Enums and Avro data, whose class the snapshot itself does not give away. */
function describedBySerializer(snapshot: AnySnapshot): string | undefined {
  const serializer = restored(snapshot);
  if (serializer instanceof EnumSerializer) {
    return `Enum ${serializer.enumClass}`;
  }
  const { className, schema } = (serializer ?? {}) as {
    className?: string;
    schema?: { type?: { name?: string; typeName?: string } };
  };
  if (schema?.type === undefined) {
    return undefined;
  }
  const record = schema.type.name ?? schema.type.typeName;
  return `Avro ${className === undefined || className.startsWith('org.apache.avro') ? record : className}`;
}

/** `undefined` where a part of the type is unknown. */
function restored(snapshot: AnySnapshot): unknown {
  try {
    return snapshot.restoreSerializer();
  } catch (error) {
    if (errorCode(error) === undefined) {
      throw error;
    }
    return undefined;
  }
}

function simpleName(className: string): string {
  return className.slice(className.lastIndexOf('.') + 1);
}

/** One field of a POJO, or symbol of an enum, for those who want to see what a type is made of. */
export interface TypeMember {
  readonly name: string;
  /** `undefined` for a constant. */
  readonly type: string | undefined;
}

/** Fields of a POJO, constants of an enum; nothing for other types. */
export function typeMembers(snapshot: AnySnapshot): readonly TypeMember[] {
  const serializer = restored(snapshot);
  if (serializer instanceof EnumSerializer) {
    return serializer.constants.map((name) => ({ name, type: undefined }));
  }
  if (serializer instanceof PojoSerializer) {
    return serializer.description.fields.map((field) => ({
      name: field.name,
      type: typeDescription(field.serializer.snapshotConfiguration()),
    }));
  }
  return [];
}

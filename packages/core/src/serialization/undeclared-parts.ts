/** Which types leave open what their values are, in part or as a whole. */
import { CompositeTypeSerializerSnapshot } from './composite-type-serializer-snapshot.ts';
import { GenericSerializer } from './generic-serializer.ts';
import { PojoSerializer } from './pojo-serializer.ts';
import type { TypeSerializer, TypeSerializerSnapshot } from './type-serializer.ts';

/** True where `Types.GENERIC` is the type, or that of a field, an element and the like. */
export function hasUndeclaredPart(serializer: TypeSerializer<unknown>): boolean {
  if (serializer instanceof GenericSerializer) {
    return true;
  }
  if (serializer instanceof PojoSerializer) {
    return serializer.description.fields.some((field) => hasUndeclaredPart(field.serializer));
  }
  const snapshot: TypeSerializerSnapshot<unknown> = serializer.snapshotConfiguration();
  return (
    snapshot instanceof CompositeTypeSerializerSnapshot &&
    snapshot.nested.some((nested) => hasUndeclaredPart(nested.restoreSerializer()))
  );
}

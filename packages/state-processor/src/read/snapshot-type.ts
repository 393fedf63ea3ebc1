import {
  SerializerTypeInformation,
  type TypeInformation,
  type TypeSerializer,
  type TypeSerializerSnapshot,
  typeNameOf,
} from '@millrace/core';

/** The type that a snapshot says was written, for reading without the program's own. */
export function typeOfSnapshot<T>(snapshot: TypeSerializerSnapshot<unknown>): TypeInformation<T> {
  return typeOfSerializer(snapshot.restoreSerializer() as TypeSerializer<T>, typeNameOf(snapshot));
}

export function typeOfSerializer<T>(
  serializer: TypeSerializer<T>,
  name: string = typeNameOf(serializer.snapshotConfiguration()),
): TypeInformation<T> {
  return new SerializerTypeInformation(serializer, { name, isKeyType: true });
}

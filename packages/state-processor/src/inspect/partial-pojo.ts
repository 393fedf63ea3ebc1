/**
 * A POJO of which a field is of a type that nothing here reads, such as a Kryo list: its fields up to
 * that one. Nothing says how long the field is, so what follows is with it.
 *
 * Bytes: docs/formats/types.md
 */
import { DataInputView, errorCode, type PojoSerializer, typeNameOf } from '@millrace/core';
import { OpaqueValue } from '../snapshot/value-to-json.ts';

const NO_SUBCLASS = 2;

/** @param bytes - of the object and nothing else */
export function readPartialPojo(serializer: PojoSerializer<object>, bytes: Uint8Array): unknown {
  const { className, fields } = serializer.description;
  const input = new DataInputView(bytes);
  if (input.readUnsignedByte() !== NO_SUBCLASS) {
    return new OpaqueValue(className, bytes);
  }
  const value: Record<string, unknown> = {};
  for (const field of fields) {
    const isNull = input.readBoolean();
    const start = input.position;
    try {
      value[field.name] = isNull ? null : field.serializer.deserialize(input);
    } catch (error) {
      if (errorCode(error) !== 'SERIALIZER_SNAPSHOT_UNKNOWN') {
        throw error;
      }
      const type = typeNameOf(field.serializer.snapshotConfiguration());
      value[field.name] = new OpaqueValue(type, bytes.subarray(start));
      return value;
    }
  }
  return value;
}

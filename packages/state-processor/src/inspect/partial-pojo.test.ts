import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DataInputView,
  DataOutputView,
  OpaqueSerializerSnapshot,
  PojoSerializer,
  Types,
} from '@millrace/core';
import { valueToJson } from '../snapshot/value-to-json.ts';
import { readPartialPojo } from './partial-pojo.ts';

const KRYO = new OpaqueSerializerSnapshot({
  className: 'org.apache.flink.api.java.typeutils.runtime.kryo.KryoSerializerSnapshot',
  version: 2,
  payload: new Uint8Array(),
  typeName: 'Kryo<java.util.List>',
}).restoreSerializer();

/** The fields stand in the order of their names. */
const ORDER = new PojoSerializer<object>({
  className: 'com.acme.Order',
  fields: [
    { name: 'id', declaringClass: 'com.acme.Order', serializer: Types.LONG.createSerializer() },
    { name: 'tags', declaringClass: 'com.acme.Order', serializer: KRYO },
    { name: 'total', declaringClass: 'com.acme.Order', serializer: Types.INT.createSerializer() },
  ] as never,
  registeredSubclasses: [],
  nonRegisteredSubclasses: [],
  hashCode: undefined,
});

function bytesOf(tags: Uint8Array | undefined): Uint8Array {
  const output = new DataOutputView();
  output.writeByte(2);
  output.writeByte(0);
  output.writeLong(7);
  output.writeByte(tags === undefined ? 1 : 0);
  output.write(tags ?? new Uint8Array());
  output.writeByte(0);
  output.writeInt(5);
  return output.copyBytes();
}

describe('a POJO with a field that nothing here reads', () => {
  it('is shown up to that field, which is named, with the bytes from there on', () => {
    const value = valueToJson(readPartialPojo(ORDER, bytesOf(new Uint8Array([0x57, 1, 0]))));

    assert.deepEqual(value, {
      id: 7,
      tags: { $opaque: 'Kryo<java.util.List>', sizeBytes: 8, hex: '5701000000000005' },
    });
  });

  it('is shown whole where the field is null', () => {
    const bytes = bytesOf(undefined);

    assert.deepEqual(readPartialPojo(ORDER, bytes), ORDER.deserialize(new DataInputView(bytes)));
  });
});

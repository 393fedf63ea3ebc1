/**
 * Maps: a count, then key, null flag and value of each entry in the map's order.
 *
 * A JavaScript `Map` finds keys by identity: with keys that are objects or arrays, entries are
 * found by iterating only.
 *
 * Flink: MapSerializer.
 */
// Hot path.

import {
  type CompositeForm,
  CompositeTypeSerializerSnapshot,
  plainForm,
} from './composite-type-serializer-snapshot.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { notOfType } from './not-of-type.ts';
import { BASE_PACKAGE } from './simple-type-serializer.ts';
import type { TypeSerializer, TypeSerializerSnapshot } from './type-serializer.ts';

export class MapSerializer<K, V> implements TypeSerializer<Map<K, V>> {
  readonly length = -1;
  readonly isImmutableType = false;
  readonly keySerializer: TypeSerializer<K>;
  readonly valueSerializer: TypeSerializer<V>;

  constructor(keySerializer: TypeSerializer<K>, valueSerializer: TypeSerializer<V>) {
    this.keySerializer = keySerializer;
    this.valueSerializer = valueSerializer;
  }

  serialize(value: Map<K, V>, target: DataOutputView): void {
    if (!(value instanceof Map)) {
      throw notOfType('Map', value, 'use a Map');
    }
    target.writeInt(value.size);
    for (const [key, item] of value) {
      this.keySerializer.serialize(key, target);
      if (item === null || item === undefined) {
        target.writeByte(1);
      } else {
        target.writeByte(0);
        this.valueSerializer.serialize(item, target);
      }
    }
  }

  deserialize(source: DataInputView): Map<K, V> {
    const count = source.readCount();
    const map = new Map<K, V>();
    for (let i = 0; i < count; i++) {
      const key = this.keySerializer.deserialize(source);
      const isNull = source.readBoolean();
      map.set(key, isNull ? (null as V) : this.valueSerializer.deserialize(source));
    }
    return map;
  }

  copy(value: Map<K, V>): Map<K, V> {
    const copy = new Map<K, V>();
    for (const [key, item] of value) {
      const nothing = item === null || item === undefined;
      const itemCopy = nothing ? (null as V) : this.valueSerializer.copy(item);
      copy.set(this.keySerializer.copy(key), itemCopy);
    }
    return copy;
  }

  hashCode(value: Map<K, V>): number {
    let hash = 0;
    for (const [key, item] of value) {
      const itemHash =
        item === null || item === undefined ? 0 : this.valueSerializer.hashCode(item);
      hash = (hash + (this.keySerializer.hashCode(key) ^ itemHash)) | 0;
    }
    return hash;
  }

  snapshotConfiguration(): TypeSerializerSnapshot<Map<K, V>> {
    return new CompositeTypeSerializerSnapshot(
      MAP_FORM as unknown as CompositeForm<Map<K, V>, undefined>,
      undefined,
      [this.keySerializer.snapshotConfiguration(), this.valueSerializer.snapshotConfiguration()],
    );
  }
}

const MAP_FORM: CompositeForm<Map<unknown, unknown>, undefined> = plainForm(
  {
    className: `${BASE_PACKAGE}.MapSerializerSnapshot`,
    outerVersion: 1,
    nestedNames: ['key', 'value'],
  },
  ([key, value]) =>
    new MapSerializer(key as TypeSerializer<unknown>, value as TypeSerializer<unknown>),
);

/**
 * A value of state with a time to live: when it was last used, then the value.
 *
 * Flink: TtlStateFactory.TtlSerializer, TtlValue.
 */
// Hot path.

import {
  type CompositeForm,
  CompositeTypeSerializerSnapshot,
  plainForm,
} from './composite-type-serializer-snapshot.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { keyTypeUnsupported } from './not-of-type.ts';
import type { TypeSerializer, TypeSerializerSnapshot } from './type-serializer.ts';
import { LONG_SERIALIZER } from './whole-number-serializers.ts';

export interface TtlValue<T> {
  /** Milliseconds of processing time. */
  readonly lastAccessTimestamp: number;
  readonly userValue: T;
}

export class TtlValueSerializer<T> implements TypeSerializer<TtlValue<T>> {
  readonly length: number;
  readonly isImmutableType: boolean;
  readonly userValueSerializer: TypeSerializer<T>;

  constructor(userValueSerializer: TypeSerializer<T>) {
    this.userValueSerializer = userValueSerializer;
    this.length = userValueSerializer.length < 0 ? -1 : 8 + userValueSerializer.length;
    this.isImmutableType = userValueSerializer.isImmutableType;
  }

  serialize(value: TtlValue<T>, target: DataOutputView): void {
    target.writeTimestamp(value.lastAccessTimestamp);
    this.userValueSerializer.serialize(value.userValue, target);
  }

  deserialize(source: DataInputView): TtlValue<T> {
    const lastAccessTimestamp = source.readTimestamp();
    return { lastAccessTimestamp, userValue: this.userValueSerializer.deserialize(source) };
  }

  copy(value: TtlValue<T>): TtlValue<T> {
    return this.isImmutableType
      ? value
      : {
          lastAccessTimestamp: value.lastAccessTimestamp,
          userValue: this.userValueSerializer.copy(value.userValue),
        };
  }

  hashCode(_value: TtlValue<T>): number {
    throw keyTypeUnsupported('a value with a time to live', 'key by the value');
  }

  snapshotConfiguration(): TypeSerializerSnapshot<TtlValue<T>> {
    return new CompositeTypeSerializerSnapshot(
      TTL_FORM as unknown as CompositeForm<TtlValue<T>, undefined>,
      undefined,
      [LONG_SERIALIZER.snapshotConfiguration(), this.userValueSerializer.snapshotConfiguration()],
    );
  }
}

/** What tells that a snapshot is of timestamped values. */
export const TTL_SNAPSHOT_CLASS =
  'org.apache.flink.runtime.state.ttl.TtlStateFactory$TtlSerializerSnapshot';

const TTL_FORM: CompositeForm<TtlValue<unknown>, undefined> = plainForm(
  {
    className: TTL_SNAPSHOT_CLASS,
    outerVersion: 2,
    nestedNames: ['timestamp', 'value'],
  },
  ([, userValue]) => new TtlValueSerializer(userValue as TypeSerializer<unknown>),
);

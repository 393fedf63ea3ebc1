/**
 * An element that an interval join keeps, and whether it was joined already.
 *
 * Flink: IntervalJoinOperator.BufferEntrySerializer.
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

export interface BufferEntry<T> {
  readonly element: T;
  readonly hasBeenJoined: boolean;
}

export class BufferEntrySerializer<T> implements TypeSerializer<BufferEntry<T>> {
  readonly length = -1;
  readonly isImmutableType: boolean;
  readonly elementSerializer: TypeSerializer<T>;

  constructor(elementSerializer: TypeSerializer<T>) {
    this.elementSerializer = elementSerializer;
    this.isImmutableType = elementSerializer.isImmutableType;
  }

  serialize(entry: BufferEntry<T>, target: DataOutputView): void {
    target.writeBoolean(entry.hasBeenJoined);
    this.elementSerializer.serialize(entry.element, target);
  }

  deserialize(source: DataInputView): BufferEntry<T> {
    const hasBeenJoined = source.readBoolean();
    return { element: this.elementSerializer.deserialize(source), hasBeenJoined };
  }

  copy(entry: BufferEntry<T>): BufferEntry<T> {
    return {
      element: this.elementSerializer.copy(entry.element),
      hasBeenJoined: entry.hasBeenJoined,
    };
  }

  hashCode(_entry: BufferEntry<T>): number {
    throw keyTypeUnsupported('an entry of a join buffer', 'key by its element');
  }

  snapshotConfiguration(): TypeSerializerSnapshot<BufferEntry<T>> {
    return new CompositeTypeSerializerSnapshot(
      BUFFER_ENTRY_FORM as unknown as CompositeForm<BufferEntry<T>, undefined>,
      undefined,
      [this.elementSerializer.snapshotConfiguration()],
    );
  }
}

const BUFFER_ENTRY_FORM: CompositeForm<BufferEntry<unknown>, undefined> = plainForm(
  {
    className:
      'org.apache.flink.streaming.api.operators.co.IntervalJoinOperator$BufferEntrySerializerSnapshot',
    outerVersion: 2,
    nestedNames: ['element'],
  },
  ([element]) => new BufferEntrySerializer(element as TypeSerializer<unknown>),
);

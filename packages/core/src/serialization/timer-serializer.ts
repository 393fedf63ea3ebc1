/**
 * Timers in priority-queue state: the time with its sign flipped, so that the order of the bytes is
 * the order of the times; then key and namespace.
 *
 * Flink: TimerSerializer, TimerHeapInternalTimer.
 */
// Hot path.

import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../time/timestamps.ts';
import {
  type CompositeForm,
  CompositeTypeSerializerSnapshot,
  plainForm,
} from './composite-type-serializer-snapshot.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { keyTypeUnsupported } from './not-of-type.ts';
import type { TypeSerializer, TypeSerializerSnapshot } from './type-serializer.ts';

export interface SerializedTimer<K, N> {
  readonly timestamp: number;
  readonly key: K;
  readonly namespace: N;
}

export class TimerSerializer<K, N> implements TypeSerializer<SerializedTimer<K, N>> {
  readonly length: number;
  readonly isImmutableType = true;
  readonly keySerializer: TypeSerializer<K>;
  readonly namespaceSerializer: TypeSerializer<N>;

  constructor(keySerializer: TypeSerializer<K>, namespaceSerializer: TypeSerializer<N>) {
    this.keySerializer = keySerializer;
    this.namespaceSerializer = namespaceSerializer;
    const fixed = keySerializer.length >= 0 && namespaceSerializer.length >= 0;
    this.length = fixed ? 8 + keySerializer.length + namespaceSerializer.length : -1;
  }

  serialize(timer: SerializedTimer<K, N>, target: DataOutputView): void {
    const start = target.position;
    target.writeTimestamp(timer.timestamp);
    target.buffer[start] = (target.buffer[start] as number) ^ 0x80;
    this.keySerializer.serialize(timer.key, target);
    this.namespaceSerializer.serialize(timer.namespace, target);
  }

  deserialize(source: DataInputView): SerializedTimer<K, N> {
    const high = source.readInt() ^ 0x80000000;
    const low = source.readInt() >>> 0;
    const timestamp =
      high === 0x7fffffff
        ? MAX_TIMESTAMP
        : high === -0x80000000
          ? MIN_TIMESTAMP
          : high * 2 ** 32 + low;
    const key = this.keySerializer.deserialize(source);
    return { timestamp, key, namespace: this.namespaceSerializer.deserialize(source) };
  }

  copy(timer: SerializedTimer<K, N>): SerializedTimer<K, N> {
    return timer;
  }

  hashCode(_timer: SerializedTimer<K, N>): number {
    throw keyTypeUnsupported('a timer', 'key by what its key is');
  }

  snapshotConfiguration(): TypeSerializerSnapshot<SerializedTimer<K, N>> {
    return new CompositeTypeSerializerSnapshot(
      TIMER_FORM as unknown as CompositeForm<SerializedTimer<K, N>, undefined>,
      undefined,
      [
        this.keySerializer.snapshotConfiguration(),
        this.namespaceSerializer.snapshotConfiguration(),
      ],
    );
  }
}

const TIMER_FORM: CompositeForm<SerializedTimer<unknown, unknown>, undefined> = plainForm(
  {
    className: 'org.apache.flink.streaming.api.operators.TimerSerializerSnapshot',
    outerVersion: 2,
    nestedNames: ['key', 'namespace'],
  },
  ([key, namespace]) =>
    new TimerSerializer(key as TypeSerializer<unknown>, namespace as TypeSerializer<unknown>),
);

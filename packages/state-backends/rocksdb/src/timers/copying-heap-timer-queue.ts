/**
 * Timers on the heap beside the database: `state.backend.rocksdb.timer-service.factory: HEAP`.
 *
 * A snapshot copies them synchronously, as in Flink.
 *
 * Invariants:
 * - What was copied and is restored comes out in the order in which it would have without.
 */
import {
  DataInputView,
  DataOutputView,
  type KeyGroupRange,
  keyIdentityOf,
  type TypeSerializer,
} from '@millrace/core';
import { type HeapTimer, HeapTimerQueue } from '@millrace/state';

export interface CopyingHeapTimerQueueOptions<K, N> {
  readonly name: string;
  /** Of whole timers, resolved against the snapshot's. */
  readonly serializer: TypeSerializer<HeapTimer<K, N>>;
  readonly keySerializer: TypeSerializer<K>;
  readonly namespaceSerializer: TypeSerializer<N>;
  readonly keyGroupRange: KeyGroupRange;
  /** In the range. @throws ConfigError `KEY_NOT_DETERMINISTIC` for a key that is not of it */
  readonly keyGroupOf: (key: K) => number;
}

export class CopyingHeapTimerQueue<K, N> extends HeapTimerQueue<K, N> {
  private readonly startKeyGroup: number;

  constructor(options: CopyingHeapTimerQueueOptions<K, N>) {
    const { keyGroupRange, keyGroupOf } = options;
    super(options.name, options.serializer, options.namespaceSerializer, {
      keyGroupRange,
      identity: keyIdentityOf(options.keySerializer),
      keyGroupOf,
      groupIndex: (keyGroup) => keyGroup - keyGroupRange.startKeyGroup,
    });
    this.startKeyGroup = keyGroupRange.startKeyGroup;
  }

  /** The timers of now, serialized. */
  copyOf(keyGroup: number): readonly Uint8Array[] {
    const entries = this.groups[keyGroup - this.startKeyGroup]?.entries ?? [];
    const { serializer } = this;
    const output = new DataOutputView(entries.length * Math.max(serializer.length, 16));
    const ends = new Array<number>(entries.length);
    for (let i = 0; i < entries.length; i++) {
      serializer.serialize(entries[i]!, output);
      ends[i] = output.position;
    }
    const { buffer } = output;
    return ends.map((end, i) => buffer.subarray(i === 0 ? 0 : ends[i - 1], end));
  }

  /** What `copyOf` gave, or a snapshot holds of the key group. */
  restoreCopy(keyGroup: number, timers: readonly Uint8Array[]): void {
    const input = new DataInputView(new Uint8Array(0));
    for (const bytes of timers) {
      this.restore(this.serializer.deserialize(input.setBuffer(bytes)), keyGroup);
    }
  }
}

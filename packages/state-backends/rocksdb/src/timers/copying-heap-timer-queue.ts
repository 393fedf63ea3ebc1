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
import { type HeapTimer, HeapTimerQueue, hashOfIdentity } from '@millrace/state';
import { Epochs } from '@millrace/state/columns';

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
      serializer: options.keySerializer,
      keyGroupRange,
      epochs: new Epochs(), // A copy is no version: it reads nothing of the queue.
      identity: keyIdentityOf(options.keySerializer),
      identityHash: (_key, identity) => hashOfIdentity(identity),
      keyGroupOf,
      groupIndex: (keyGroup) => keyGroup - keyGroupRange.startKeyGroup,
    });
    this.startKeyGroup = keyGroupRange.startKeyGroup;
  }

  /** The timers of now. They are immutable, so each is serialized when its turn comes. */
  copyOf(keyGroup: number): TimerCopy<K, N> {
    const rows = this.timers.rowsOf(keyGroup - this.startKeyGroup);
    const timers = rows.map((row) => this.timers.timerOf(row));
    return new TimerCopy(timers, this.serializer);
  }

  /** What `copyOf` gave, or a snapshot holds of the key group. */
  restoreCopy(keyGroup: number, timers: Iterable<Uint8Array>): void {
    const input = new DataInputView(new Uint8Array(0));
    for (const bytes of timers) {
      this.restore(this.serializer.deserialize(input.setBuffer(bytes)), keyGroup);
    }
  }
}

class TimerCopy<K, N> implements Iterable<Uint8Array> {
  readonly length: number;
  private readonly timers: readonly HeapTimer<K, N>[];
  private readonly serializer: TypeSerializer<HeapTimer<K, N>>;

  constructor(timers: readonly HeapTimer<K, N>[], serializer: TypeSerializer<HeapTimer<K, N>>) {
    this.length = timers.length;
    this.timers = timers;
    this.serializer = serializer;
  }

  *[Symbol.iterator](): Iterator<Uint8Array> {
    const output = new DataOutputView();
    for (const timer of this.timers) {
      this.serializer.serialize(timer, output.reset());
      yield output.copyBytes();
    }
  }
}

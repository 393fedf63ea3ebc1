/**
 * Timers on the heap beside the database: `state.backend.rocksdb.timer-service.factory: HEAP`.
 *
 * A snapshot fixes a version of them and reads it while timers come and go, where Flink copies them.
 *
 * Invariants:
 * - What was fixed and is restored comes out in the order in which it would have without.
 *
 * Design: docs/decisions/0016-timers-in-columns.md
 */
import {
  DataInputView,
  DataOutputView,
  type KeyGroupRange,
  keyIdentityOf,
  type TypeSerializer,
} from '@millrace/core';
import { type HeapTimer, HeapTimerQueue, hashOfIdentity, type TimerRows } from '@millrace/state';
import { Epochs, type PinnedOrder } from '@millrace/state/columns';

const NO_ROW = -1;

export interface VersionedHeapTimerQueueOptions<K, N> {
  readonly name: string;
  /** Of whole timers, resolved against the snapshot's. */
  readonly serializer: TypeSerializer<HeapTimer<K, N>>;
  readonly keySerializer: TypeSerializer<K>;
  readonly namespaceSerializer: TypeSerializer<N>;
  readonly keyGroupRange: KeyGroupRange;
  /** In the range. @throws ConfigError `KEY_NOT_DETERMINISTIC` for a key that is not of it */
  readonly keyGroupOf: (key: K) => number;
}

export class VersionedHeapTimerQueue<K, N> extends HeapTimerQueue<K, N> {
  private readonly epochs: Epochs;
  private readonly startKeyGroup: number;

  constructor(options: VersionedHeapTimerQueueOptions<K, N>) {
    const { keyGroupRange, keyGroupOf } = options;
    const epochs = new Epochs();
    super(options.name, options.serializer, options.namespaceSerializer, {
      serializer: options.keySerializer,
      keyGroupRange,
      epochs,
      identity: keyIdentityOf(options.keySerializer),
      identityHash: (_key, identity) => hashOfIdentity(identity),
      keyGroupOf,
      groupIndex: (keyGroup) => keyGroup - keyGroupRange.startKeyGroup,
    });
    this.epochs = epochs;
    this.startKeyGroup = keyGroupRange.startKeyGroup;
  }

  /** The timers of now, as `HeapTimers` of snapshots says. */
  fix(): FixedHeapTimers<K, N> {
    const version = this.epochs.current;
    const fixed = new FixedHeapTimers(this, {
      version,
      epochs: this.epochs,
      startKeyGroup: this.startKeyGroup,
    });
    this.epochs.begin();
    return fixed;
  }

  /** What a fixed version, or a snapshot, has of the key group. */
  restoreGroup(keyGroup: number, timers: Iterable<Uint8Array>): void {
    const input = new DataInputView(new Uint8Array(0));
    for (const bytes of timers) {
      this.restore(this.serializer.deserialize(input.setBuffer(bytes)), keyGroup);
    }
  }
}

export class FixedHeapTimers<K, N> {
  private readonly timers: TimerRows<K, N>;
  private readonly serializer: TypeSerializer<HeapTimer<K, N>>;
  private readonly epochs: Epochs;
  private readonly version: number;
  private readonly startKeyGroup: number;
  private readonly groups: readonly (PinnedOrder | undefined)[];

  constructor(
    { timers, serializer }: HeapTimerQueue<K, N>,
    of: { readonly version: number; readonly epochs: Epochs; readonly startKeyGroup: number },
  ) {
    this.timers = timers;
    this.serializer = serializer;
    this.epochs = of.epochs;
    this.version = of.version;
    this.startKeyGroup = of.startKeyGroup;
    this.groups = timers.pin(of.version);
  }

  of(keyGroup: number): Iterable<Uint8Array> & { readonly length: number } {
    const pinned = this.groups[keyGroup - this.startKeyGroup];
    return pinned === undefined ? [] : new FixedGroup(pinned, this.timers, this.serializer);
  }

  /** Nothing is read after it. Again, it does nothing. */
  release(): void {
    this.timers.unpinAll(this.version);
    this.epochs.end(this.version);
  }
}

class FixedGroup<K, N> implements Iterable<Uint8Array> {
  readonly length: number;
  private readonly pinned: PinnedOrder;
  private readonly timers: TimerRows<K, N>;
  private readonly serializer: TypeSerializer<HeapTimer<K, N>>;

  constructor(
    pinned: PinnedOrder,
    timers: TimerRows<K, N>,
    serializer: TypeSerializer<HeapTimer<K, N>>,
  ) {
    this.length = pinned.length;
    this.pinned = pinned;
    this.timers = timers;
    this.serializer = serializer;
  }

  *[Symbol.iterator](): Iterator<Uint8Array> {
    const { pinned, timers, serializer } = this;
    const output = new DataOutputView();
    for (let i = 0; i < pinned.places; i++) {
      const row = pinned.rows[i] as number;
      if (row !== NO_ROW) {
        serializer.serialize(timers.timerOf(row), output.reset());
        yield output.copyBytes();
      }
    }
  }
}

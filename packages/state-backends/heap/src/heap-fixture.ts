/** A heap backend with four key groups, for tests. */
import {
  KeyGroupRange,
  type State,
  type StateDescriptor,
  SystemClock,
  Types,
} from '@millrace/core';
import type { KeyedStateBackend, KeyedStateHandle, KeyedStateSnapshot } from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { createStateBackend } from './hashmap-state-backend.ts';

export function openHeap(
  streams: MemoryCheckpointStreams = new MemoryCheckpointStreams(),
  stateHandles: readonly KeyedStateHandle[] = [],
): Promise<KeyedStateBackend<string>> {
  return createStateBackend().createKeyedStateBackend({
    operatorName: 'counter',
    keyType: Types.STRING,
    numberOfKeyGroups: 4,
    keyGroupRange: new KeyGroupRange(0, 3),
    stateHandles,
    openStateHandle: streams.openStateHandle,
    clock: new SystemClock(),
    snapshotSliceMs: 2,
  });
}

/** Snapshots that began, each with what it is to hold; they are written, and restored, while state changes. */
export class TakenSnapshots<E> {
  private readonly streams = new MemoryCheckpointStreams();
  private readonly taken: {
    readonly snapshot: KeyedStateSnapshot;
    readonly expected: E;
  }[] = [];
  private count = 0;

  take(backend: KeyedStateBackend<string>, expected: E): void {
    const snapshot = backend.snapshot(++this.count, this.streams);
    this.taken.push({ snapshot, expected });
  }

  /** Of the oldest that is not written yet, if there is one. */
  async checkOldest(check: CheckRestored<E>): Promise<void> {
    const oldest = this.taken.shift();
    if (oldest !== undefined) {
      const handle = await oldest.snapshot.write();
      const restored = await openHeap(this.streams, handle === undefined ? [] : [handle]);
      check(restored, oldest.expected);
    }
  }

  async checkAll(check: CheckRestored<E>): Promise<void> {
    while (this.taken.length > 0) {
      await this.checkOldest(check);
    }
  }
}

type CheckRestored<E> = (restored: KeyedStateBackend<string>, expected: E) => void;

/** A state without a namespace. */
export function declare<S extends State>(
  backend: KeyedStateBackend<string>,
  descriptor: StateDescriptor,
): S {
  return backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, descriptor);
}

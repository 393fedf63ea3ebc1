/** A backend for benches: all key groups, a clock of its own, streams that forget what they get. */
import { KeyGroupRange, SystemClock, type TypeInformation } from '@millrace/core';
import type { CheckpointStreamFactory, KeyedStateBackend } from '@millrace/state';
import { HashMapStateBackend } from './hashmap-state-backend.ts';

const NUMBER_OF_KEY_GROUPS = 128; // what a job has unless it says otherwise
export const ALL_KEY_GROUPS: KeyGroupRange = new KeyGroupRange(0, NUMBER_OF_KEY_GROUPS - 1);

export function openForBench<K>(keyType: TypeInformation<K>): Promise<KeyedStateBackend<K>> {
  return new HashMapStateBackend().createKeyedStateBackend({
    operatorName: 'bench',
    keyType,
    numberOfKeyGroups: NUMBER_OF_KEY_GROUPS,
    keyGroupRange: ALL_KEY_GROUPS,
    stateHandles: [],
    openStateHandle: () => Promise.reject(new Error('a bench restores nothing')),
    clock: new SystemClock(),
    snapshotSliceMs: 2,
  });
}

/** Counts the bytes and drops them. */
export const FORGETFUL_STREAMS: CheckpointStreamFactory = {
  createCheckpointStateOutputStream() {
    let position = 0;
    return {
      get position() {
        return position;
      },
      write(bytes: Uint8Array) {
        position += bytes.length;
        return Promise.resolve();
      },
      closeAndGetHandle: () =>
        Promise.resolve({ kind: 'file', path: 'file:///dev/null', sizeBytes: position } as const),
      abort: () => Promise.resolve(),
    };
  },
};

/** `count` keys in an order that no table prefers, the same in every run. */
export function shuffledKeys(count: number): string[] {
  const keys = Array.from({ length: count }, (_, i) => `key-${i}`);
  let seed = 42;
  for (let i = count - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; // Numerical Recipes
    const j = seed % (i + 1);
    const swapped = keys[i] as string;
    keys[i] = keys[j] as string;
    keys[j] = swapped;
  }
  return keys;
}

/**
 * Keyed state as objects on the heap: the fastest access, bounded by memory.
 *
 * Flink: HashMapStateBackend.
 */
import type { KeyedStateBackend, KeyedStateBackendParameters, StateBackend } from '@millrace/state';
import { restoreHeapBackend } from './heap-restore.ts';

export class HashMapStateBackend implements StateBackend {
  readonly name = 'hashmap';

  createKeyedStateBackend<K>(
    parameters: KeyedStateBackendParameters<K>,
  ): Promise<KeyedStateBackend<K>> {
    return restoreHeapBackend(parameters);
  }
}

/** What `state.backend.type: hashmap` loads. The backend has no options of its own. */
export function createStateBackend(_configuration?: unknown): HashMapStateBackend {
  return new HashMapStateBackend();
}

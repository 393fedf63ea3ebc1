/** The state backends of ours that are compared. */
import type { KeyedStateBackend, StateBackend } from '@millrace/state';
import { HashMapStateBackend } from '@millrace/state-backend-heap';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';

export type BackendKind = 'hashmap' | 'rocksdb';

export interface ComparedStateBackend {
  readonly stateBackend: StateBackend;
  /** Versions. */
  readonly what: string;
  compact(backend: KeyedStateBackend<number>): Promise<void>;
}

export function openStateBackend(
  kind: BackendKind,
  _options: { readonly folder: string },
): ComparedStateBackend {
  const node = `Millrace, Node ${process.versions.node}`;
  if (kind === 'hashmap') {
    return { stateBackend: new HashMapStateBackend(), what: node, compact: async () => {} };
  }
  throw new Error(whyNoNativeAddon() ?? 'there is no RocksDB backend yet');
}

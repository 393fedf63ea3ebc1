import {
  ConfigError,
  type State,
  type StateDescriptor,
  Types,
  VOID_NAMESPACE,
  type VoidNamespace,
} from '@millrace/core';
import { NamespacedStateStore } from '@millrace/runtime';
import type { InternalKvState, KeyedStateBackend } from '@millrace/state';

/**
 * What a reader function declares in `open`: which keys there are is known from it, so that nothing
 * can be declared later.
 *
 * Flink: SavepointRuntimeContext.
 */
export class ReaderStateStore<K> extends NamespacedStateStore<K, VoidNamespace> {
  readonly names: Set<string>;
  private isSealed: boolean;

  constructor(backend: KeyedStateBackend<K>) {
    super(backend, Types.VOID_NAMESPACE, VOID_NAMESPACE);
    this.names = new Set();
    this.isSealed = false;
  }

  seal(): void {
    this.isSealed = true;
  }

  override getPartitionedState<S extends State>(
    descriptor: StateDescriptor,
  ): S & InternalKvState<K, VoidNamespace> {
    if (this.isSealed && !this.names.has(descriptor.name)) {
      throw new ConfigError(
        'UNSUPPORTED',
        `state '${descriptor.name}' is asked for where keys are read; declare each state in open()`,
      );
    }
    this.names.add(descriptor.name);
    return super.getPartitionedState<S>(descriptor);
  }
}

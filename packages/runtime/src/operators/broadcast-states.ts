/**
 * The broadcast states of one operator: writable for the broadcast side, readable for the other.
 *
 * Flink: CoBroadcastWithKeyedOperator, CoBroadcastWithNonKeyedOperator.
 */
// Hot path.

import {
  type BroadcastState,
  ConfigError,
  type MapStateDescriptor,
  type ReadOnlyBroadcastState,
} from '@millrace/core';
import type { OperatorStateBackend } from '@millrace/state';

// biome-ignore lint/suspicious/noExplicitAny: descriptors of any key and value type.
export type BroadcastStateDescriptor = MapStateDescriptor<any, any>;

export class BroadcastStates {
  private readonly operatorName: string;
  private readonly writable: Map<string, BroadcastState<unknown, unknown>>;
  private readonly readOnly: Map<string, ReadOnlyBroadcastState<unknown, unknown>>;

  constructor(
    operatorName: string,
    descriptors: readonly BroadcastStateDescriptor[],
    backend: OperatorStateBackend,
  ) {
    this.operatorName = operatorName;
    this.writable = new Map();
    this.readOnly = new Map();
    for (const descriptor of descriptors) {
      const state = backend.getBroadcastState<unknown, unknown>(descriptor);
      this.writable.set(descriptor.name, state);
      this.readOnly.set(descriptor.name, new ReadOnlyView(descriptor.name, operatorName, state));
    }
  }

  /** @throws ConfigError `INVALID_GRAPH` */
  toWrite<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V> {
    const state = this.writable.get(descriptor.name) ?? this.unknown(descriptor.name);
    return state as BroadcastState<K, V>;
  }

  /** @throws ConfigError `INVALID_GRAPH` */
  toRead<K, V>(descriptor: MapStateDescriptor<K, V>): ReadOnlyBroadcastState<K, V> {
    const state = this.readOnly.get(descriptor.name) ?? this.unknown(descriptor.name);
    return state as ReadOnlyBroadcastState<K, V>;
  }

  private unknown(name: string): never {
    const known = [...this.writable.keys()].map((each) => `'${each}'`).join(', ');
    throw new ConfigError(
      'INVALID_GRAPH',
      `'${this.operatorName}' asks for the broadcast state '${name}', but its broadcast stream has ${known || 'none'}; give its descriptor to broadcast(...)`,
    );
  }
}

/** Refuses at run time what the type refuses when the program is compiled. */
class ReadOnlyView<K, V> implements ReadOnlyBroadcastState<K, V> {
  private readonly name: string;
  private readonly operatorName: string;
  private readonly state: BroadcastState<K, V>;

  constructor(name: string, operatorName: string, state: BroadcastState<K, V>) {
    this.name = name;
    this.operatorName = operatorName;
    this.state = state;
  }

  get(key: K): V | undefined {
    return this.state.get(key);
  }

  contains(key: K): boolean {
    return this.state.contains(key);
  }

  immutableEntries(): Iterable<readonly [K, V]> {
    return this.state.immutableEntries();
  }

  put(): never {
    throw this.readOnly('put');
  }

  putAll(): never {
    throw this.readOnly('putAll');
  }

  remove(): never {
    throw this.readOnly('remove');
  }

  clear(): never {
    throw this.readOnly('clear');
  }

  entries(): never {
    throw this.readOnly('entries');
  }

  private readOnly(call: string): ConfigError {
    const remedy =
      call === 'entries' ? 'use immutableEntries()' : 'write it in processBroadcastElement';
    return new ConfigError(
      'BROADCAST_STATE_READ_ONLY',
      `${call} on the broadcast state '${this.name}' from the non-broadcast side of '${this.operatorName}': copies on other subtasks would differ; ${remedy}`,
    );
  }
}

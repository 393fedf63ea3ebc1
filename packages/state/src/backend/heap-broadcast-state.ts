/**
 * Broadcast state: a map that every subtask has a copy of.
 *
 * Flink: HeapBroadcastState.
 */
import { type BroadcastState, keyIdentityOf, TaskError, type TypeSerializer } from '@millrace/core';
import type { BroadcastMapMeta, BroadcastMapToWrite } from '../formats/operator-backend-state.ts';

export class HeapBroadcastState<K, V> implements BroadcastState<K, V> {
  readonly name: string;
  private readonly keySerializer: TypeSerializer<K>;
  private readonly valueSerializer: TypeSerializer<V>;
  private readonly identityOf: (key: K) => unknown;
  private readonly byIdentity: Map<unknown, [K, V]>;

  constructor(name: string, keySerializer: TypeSerializer<K>, valueSerializer: TypeSerializer<V>) {
    this.name = name;
    this.keySerializer = keySerializer;
    this.valueSerializer = valueSerializer;
    this.identityOf = keyIdentityOf(keySerializer);
    this.byIdentity = new Map();
  }

  get(key: K): V | undefined {
    return this.byIdentity.get(this.identityOf(key))?.[1];
  }

  contains(key: K): boolean {
    return this.byIdentity.has(this.identityOf(key));
  }

  put(key: K, value: V): void {
    if (key === undefined || key === null) {
      throw new TaskError(
        'VALUE_NOT_SERIALIZABLE',
        `broadcast state '${this.name}' was given the key ${key}; leave it out`,
      );
    }
    this.byIdentity.set(this.identityOf(key), [key, value]);
  }

  putAll(entries: Iterable<readonly [K, V]>): void {
    for (const [key, value] of entries) {
      this.put(key, value);
    }
  }

  remove(key: K): void {
    this.byIdentity.delete(this.identityOf(key));
  }

  clear(): void {
    this.byIdentity.clear();
  }

  *entries(): IterableIterator<[K, V]> {
    for (const [key, value] of this.byIdentity.values()) {
      yield [key, value];
    }
  }

  immutableEntries(): Iterable<readonly [K, V]> {
    return this.entries();
  }

  get meta(): BroadcastMapMeta<K, V> {
    const { name, keySerializer, valueSerializer } = this;
    return { name, keySerializer, valueSerializer };
  }

  get size(): number {
    return this.byIdentity.size;
  }

  /** The map as it is now, sharing nothing changeable with it. */
  copy(): BroadcastMapToWrite<K, V> {
    const { keySerializer, valueSerializer } = this;
    const entries = new Map<K, V>();
    for (const [key, value] of this.byIdentity.values()) {
      entries.set(keySerializer.copy(key), valueSerializer.copy(value));
    }
    return { ...this.meta, entries };
  }
}

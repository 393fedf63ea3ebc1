/**
 * Finds the rows of one key by the key's bytes alone: nothing of a row is decoded that is not wanted.
 *
 * Invariant: a type's encoding says where it ends, so bytes that begin with those of the key are of
 * that key.
 */
// Hot path.
import { DataOutputView, KeyGroupRange, type TypeSerializerSnapshot } from '@millrace/core';
import { type KeyedStateRow, type KeyedStateRowBatch, keyGroupOfKey } from '@millrace/state';
import { valueFromText } from '../snapshot/value-from-json.ts';

const TIMESTAMP_BYTES = 8;

export class KeyFilter {
  private readonly keyBytes: Uint8Array;
  /** Where it lies; `undefined` when the hash of the type is its class's own: then all are searched. */
  readonly keyGroups: KeyGroupRange | undefined;

  private constructor(keyBytes: Uint8Array, keyGroups: KeyGroupRange | undefined) {
    this.keyBytes = keyBytes;
    this.keyGroups = keyGroups;
  }

  /** @throws ConfigError `VALUE_NOT_SERIALIZABLE` when the text is no key of the type */
  static of(
    text: string,
    keySerializer: TypeSerializerSnapshot<unknown>,
    maxParallelism: number,
  ): KeyFilter {
    const key = valueFromText(keySerializer, text);
    const serializer = keySerializer.restoreSerializer();
    const output = new DataOutputView();
    serializer.serialize(key, output);
    const keyGroup = keyGroupOfKey(serializer, key, maxParallelism);
    return new KeyFilter(
      output.copyBytes(),
      keyGroup === undefined ? undefined : new KeyGroupRange(keyGroup, keyGroup),
    );
  }

  accepts(batch: KeyedStateRowBatch, row: KeyedStateRow, isTimer: boolean): boolean {
    const { keyBytes } = this;
    const { bytes } = batch;
    const start = row.keyStart + (isTimer ? TIMESTAMP_BYTES : 0);
    if (row.keyEnd - start < keyBytes.length) {
      return false;
    }
    for (let i = 0; i < keyBytes.length; i++) {
      if (bytes[start + i] !== keyBytes[i]) {
        return false;
      }
    }
    return true;
  }
}

/**
 * The key group of a key whose type a snapshot names: Java's hash of some types is their class's own,
 * and then nobody can say here.
 *
 * Flink: KeyGroupRangeAssignment.assignToKeyGroup.
 */
import { errorCode, keyGroupForKeyHash, type TypeSerializer } from '@millrace/core';

/**
 * In `[0, maxParallelism)`; `undefined` when the hash of the type is not known.
 *
 * @throws what `hashCode` throws for a key that is none of the type, such as one with a part that is null
 */
export function keyGroupOfKey(
  keySerializer: TypeSerializer<unknown>,
  key: unknown,
  maxParallelism: number,
): number | undefined {
  try {
    return keyGroupForKeyHash(keySerializer.hashCode(key), maxParallelism);
  } catch (error) {
    if (isHashUnknown(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Whether `hashCode` threw this since nobody knows the hash of the type: it was not the key's fault. */
export function isHashUnknown(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'KEY_TYPE_UNSUPPORTED' || code === 'SERIALIZER_SNAPSHOT_UNKNOWN';
}

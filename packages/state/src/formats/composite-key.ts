/**
 * Key group, key and namespace of one entry as bytes: the key of canonical savepoints and of ordered
 * stores.
 *
 * Invariants:
 * - Entries of one key group lie together in the order of the bytes, and key groups in theirs.
 * - Two entries never have the same bytes: where key and namespace are both of variable length,
 *   each is followed by its length.
 *
 * Bytes: docs/formats/canonical-keyed-state.md. Flink: CompositeKeySerializationUtils, SerializedCompositeKeyBuilder.
 */
// Hot path.
import {
  CheckpointError,
  type DataInputView,
  type DataOutputView,
  type TypeSerializer,
} from '@millrace/core';

const ONE_BYTE_KEY_GROUPS_MAX = 128;

export interface CompositeKey<K, N> {
  readonly key: K;
  readonly namespace: N;
}

/** 1 or 2. The highest bit of the first byte is never set, whatever the key group. */
export function keyGroupPrefixBytes(numberOfKeyGroups: number): number {
  return numberOfKeyGroups <= ONE_BYTE_KEY_GROUPS_MAX ? 1 : 2;
}

/** Where a key group begins in the order of the bytes; also the one after the last. */
export function keyGroupPrefix(keyGroup: number, prefixBytes: number): Uint8Array {
  return prefixBytes === 1
    ? Uint8Array.of(keyGroup)
    : Uint8Array.of(keyGroup >>> 8, keyGroup & 0xff);
}

export class CompositeKeyFormat<K, N> {
  readonly keySerializer: TypeSerializer<K>;
  readonly namespaceSerializer: TypeSerializer<N>;
  readonly prefixBytes: number;
  private readonly isAmbiguous: boolean;

  constructor(parts: {
    readonly keySerializer: TypeSerializer<K>;
    readonly namespaceSerializer: TypeSerializer<N>;
    readonly numberOfKeyGroups: number;
  }) {
    this.keySerializer = parts.keySerializer;
    this.namespaceSerializer = parts.namespaceSerializer;
    this.prefixBytes = keyGroupPrefixBytes(parts.numberOfKeyGroups);
    this.isAmbiguous = this.keySerializer.length < 0 && this.namespaceSerializer.length < 0;
  }

  /** A user key of a map may follow: it needs no length, being the last. */
  write(output: DataOutputView, keyGroup: number, entry: CompositeKey<K, N>): void {
    writeKeyGroupPrefix(output, keyGroup, this.prefixBytes);
    this.writeAfterPrefix(output, entry);
  }

  /** What follows the key group: key and namespace. */
  writeAfterPrefix(output: DataOutputView, entry: CompositeKey<K, N>): void {
    const keyStart = output.position;
    this.keySerializer.serialize(entry.key, output);
    if (this.isAmbiguous) {
      writeLength(output, output.position - keyStart);
    }
    const namespaceStart = output.position;
    this.namespaceSerializer.serialize(entry.namespace, output);
    if (this.isAmbiguous) {
      writeLength(output, output.position - namespaceStart);
    }
  }

  /** The same of a key and a namespace that are bytes already. */
  writeBytesAfterPrefix(output: DataOutputView, key: Uint8Array, namespace: Uint8Array): void {
    output.write(key);
    if (this.isAmbiguous) {
      writeLength(output, key.length);
    }
    output.write(namespace);
    if (this.isAmbiguous) {
      writeLength(output, namespace.length);
    }
  }

  /** What follows the key group: key and namespace. */
  readAfterPrefix(input: DataInputView): CompositeKey<K, N> {
    const keyStart = input.position;
    const key = this.keySerializer.deserialize(input);
    if (this.isAmbiguous) {
      skipLength(input, input.position - keyStart);
    }
    const namespaceStart = input.position;
    const namespace = this.namespaceSerializer.deserialize(input);
    if (this.isAmbiguous) {
      skipLength(input, input.position - namespaceStart);
    }
    return { key, namespace };
  }
}

export function writeKeyGroupPrefix(
  output: DataOutputView,
  keyGroup: number,
  prefixBytes: number,
): void {
  if (prefixBytes === 1) {
    output.writeByte(keyGroup);
  } else {
    output.writeShort(keyGroup);
  }
}

/** Lowest byte first; 0 takes a byte too. */
function writeLength(output: DataOutputView, length: number): void {
  let left = length;
  do {
    output.writeByte(left & 0xff);
    left >>>= 8;
  } while (left !== 0);
}

function skipLength(input: DataInputView, length: number): void {
  let left = length;
  do {
    const stored = input.readUnsignedByte();
    if (stored !== (left & 0xff)) {
      throw new CheckpointError(
        'SNAPSHOT_CORRUPT',
        `the length behind it is not that of its ${length} bytes`,
      );
    }
    left >>>= 8;
  } while (left !== 0);
}

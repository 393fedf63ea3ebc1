/**
 * How values of one type become bytes and back, in Flink's encodings.
 *
 * Invariants:
 * - `deserialize(serialize(v))` equals `v`; it consumes exactly the bytes that were written.
 * - A serializer has no state that a call leaves behind, so one may be shared.
 *
 * Flink: TypeSerializer, TypeSerializerSnapshot. Bytes: docs/formats/types.md
 */
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';

export type KeyIdentity = string | number | boolean | bigint;

export interface TypeSerializer<T> {
  /** Bytes of every value, or -1 when values differ in length. */
  readonly length: number;
  /** True when values cannot be changed in place, so that no copy is ever needed. */
  readonly isImmutableType: boolean;
  /** @throws TaskError `VALUE_NOT_SERIALIZABLE` when `value` is not of the type */
  serialize(value: T, target: DataOutputView): void;
  /** @throws CheckpointError `SNAPSHOT_CORRUPT` when the bytes end early or are not of the type */
  deserialize(source: DataInputView): T;
  /** A value that shares nothing changeable with `value`. */
  copy(value: T): T;
  /**
   * Java's `hashCode` of the value: 32 bits, signed.
   *
   * @throws ConfigError `KEY_TYPE_UNSUPPORTED` when Java's hash is not stable for this type
   */
  hashCode(value: T): number;
  /**
   * A primitive that is the same for equal values and differs for others, for looking a key up in a
   * `Map`. Serializers that have none are known by their bytes; see `keyIdentityOf`.
   */
  keyIdentity?(value: T): KeyIdentity;
  snapshotConfiguration(): TypeSerializerSnapshot<T>;
}

/** What is known of a serializer that wrote a snapshot. */
export interface TypeSerializerSnapshot<T> {
  /** Class name in Flink's spelling; it names the reader of this snapshot. */
  readonly className: string;
  readonly version: number;
  writeSnapshot(target: DataOutputView): void;
  /** A serializer that reads what the snapshot's serializer wrote. */
  restoreSerializer(): TypeSerializer<T>;
  /** Called on the new serializer's snapshot with the one that was stored. */
  resolveSchemaCompatibility(
    oldSnapshot: TypeSerializerSnapshot<unknown>,
  ): TypeSerializerSchemaCompatibility<T>;
}

export type TypeSerializerSchemaCompatibility<T> =
  | { readonly kind: 'compatible-as-is' }
  | { readonly kind: 'compatible-after-migration' }
  | {
      readonly kind: 'compatible-with-reconfigured-serializer';
      readonly serializer: TypeSerializer<T>;
    }
  /** `reason` names the field or rule, for the user. */
  | { readonly kind: 'incompatible'; readonly reason: string };

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

/** What is known of a serializer that wrote a snapshot. How to write one: docs/guide/schema-evolution.md */
export interface TypeSerializerSnapshot<T> {
  /** Names the reader of this snapshot; see `registerSerializerSnapshot`. */
  readonly className: string;
  /** Of what `writeSnapshot` writes; the reader gets it. */
  readonly version: number;
  writeSnapshot(target: DataOutputView): void;
  /** A serializer that reads what the snapshot's serializer wrote. */
  restoreSerializer(): TypeSerializer<T>;
  /** Called on the new serializer's snapshot with the one that was stored. */
  resolveSchemaCompatibility(
    oldSnapshot: TypeSerializerSnapshot<unknown>,
  ): TypeSerializerSchemaCompatibility<T>;
  /**
   * Called on the new serializer's snapshot after the verdict `compatible-after-migration`: what
   * makes of a value that the old serializer read one that the new serializer writes. Without it,
   * or when it gives `undefined`, values are taken over as they were read.
   *
   * Flink has no such step: there both serializers work on objects of one Java class.
   */
  migrationFrom?(oldSnapshot: TypeSerializerSnapshot<unknown>): ((value: unknown) => T) | undefined;
}

/** The verdict on what an older serializer wrote. Flink: TypeSerializerSchemaCompatibility. */
export type TypeSerializerSchemaCompatibility<T> =
  /** The new serializer reads the old bytes. */
  | { readonly kind: 'compatible-as-is' }
  /** The old serializer reads, the new one writes; keys and namespaces cannot have that. */
  | {
      readonly kind: 'compatible-after-migration';
      /** What changed, for the user; keys are refused with it. */
      readonly reason?: string;
    }
  /** Another serializer, made of both, reads the old bytes. */
  | {
      readonly kind: 'compatible-with-reconfigured-serializer';
      readonly serializer: TypeSerializer<T>;
    }
  | Incompatibility;

/** Why values of one type cannot become values of another. */
export interface Incompatibility {
  readonly kind: 'incompatible';
  /** What was and what is: `Int in the snapshot, Long in the program`. */
  readonly reason: string;
  /** What forbids it: `a field's type cannot change`. */
  readonly rule?: string;
  /** What the user can do. */
  readonly remedy?: string;
  /** The way from the type to the part that does not fit, outermost first. */
  readonly path?: readonly PathStep[];
}

export interface PathStep {
  /** `customer`, `element`, `f0`. */
  readonly name: string;
  /** Class of the POJO, or name of the record, that has the field. */
  readonly owner?: string;
}

interface Verdicts {
  compatibleAsIs(): { readonly kind: 'compatible-as-is' };
  /** @param reason - what changed, for the user */
  compatibleAfterMigration(reason?: string): {
    readonly kind: 'compatible-after-migration';
    readonly reason?: string;
  };
  compatibleWithReconfiguredSerializer<T>(serializer: TypeSerializer<T>): {
    readonly kind: 'compatible-with-reconfigured-serializer';
    readonly serializer: TypeSerializer<T>;
  };
  /** @param reason - what was and what is, for the user */
  incompatible(
    reason: string,
    details?: Pick<Incompatibility, 'rule' | 'remedy' | 'path'>,
  ): Incompatibility;
}

/** The four verdicts, under Flink's names. */
export const TypeSerializerSchemaCompatibility: Verdicts = {
  compatibleAsIs: () => ({ kind: 'compatible-as-is' }),
  compatibleAfterMigration: (reason) =>
    reason === undefined
      ? { kind: 'compatible-after-migration' }
      : { kind: 'compatible-after-migration', reason },
  compatibleWithReconfiguredSerializer: (serializer) => ({
    kind: 'compatible-with-reconfigured-serializer',
    serializer,
  }),
  incompatible: (reason, details = {}) => ({ kind: 'incompatible', reason, ...details }),
};

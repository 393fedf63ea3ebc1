/**
 * Adds null to a type that has none: a flag, then the value; a padded null keeps a fixed length.
 *
 * Flink: NullableSerializer.
 */
import {
  type CompositeForm,
  CompositeTypeSerializerSnapshot,
  registerCompositeForm,
} from './composite-type-serializer-snapshot.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { wasAndIs } from './incompatibility.ts';
import { snapshotCorrupt } from './not-of-type.ts';
import { RUNTIME_PACKAGE } from './simple-type-serializer.ts';
import type { TypeSerializer, TypeSerializerSnapshot } from './type-serializer.ts';

export class NullableSerializer<T> implements TypeSerializer<T | null> {
  readonly length: number;
  readonly isImmutableType: boolean;
  private readonly original: TypeSerializer<T>;
  private readonly padding: Uint8Array;

  /** @param paddingLength - bytes written after the flag of a null: 0, or the original's length */
  constructor(original: TypeSerializer<T>, paddingLength = 0) {
    this.original = original;
    this.padding = new Uint8Array(paddingLength);
    this.length = paddingLength > 0 ? paddingLength + 1 : -1;
    this.isImmutableType = original.isImmutableType;
  }

  serialize(value: T | null, target: DataOutputView): void {
    if (value === null || value === undefined) {
      target.writeBoolean(true);
      target.write(this.padding);
    } else {
      target.writeBoolean(false);
      this.original.serialize(value, target);
    }
  }

  deserialize(source: DataInputView): T | null {
    if (source.readBoolean()) {
      source.readBytes(this.padding.length);
      return null;
    }
    return this.original.deserialize(source);
  }

  copy(value: T | null): T | null {
    return value === null || value === undefined ? null : this.original.copy(value);
  }

  hashCode(value: T | null): number {
    return value === null || value === undefined ? 0 : this.original.hashCode(value);
  }

  snapshotConfiguration(): TypeSerializerSnapshot<T | null> {
    return new CompositeTypeSerializerSnapshot(
      NULLABLE_FORM as unknown as CompositeForm<T | null, number>,
      this.padding.length,
      [this.original.snapshotConfiguration()],
    );
  }
}

/** Outer part: the length of the padding. */
const NULLABLE_FORM: CompositeForm<unknown, number> = registerCompositeForm({
  className: `${RUNTIME_PACKAGE}.NullableSerializer$NullableSerializerSnapshot`,
  outerVersion: 2,
  arity: 1,
  writeOuter: (paddingLength, target) => target.writeInt(paddingLength),
  readOuter: (_version, source) => {
    const paddingLength = source.readInt();
    if (paddingLength < 0 || paddingLength > 0xffff) {
      throw snapshotCorrupt(`a null is padded with ${paddingLength} bytes`);
    }
    return paddingLength;
  },
  create: ([original], paddingLength) =>
    new NullableSerializer(original as TypeSerializer<unknown>, paddingLength),
  outerMismatch: (before, after) =>
    before === after ? undefined : wasAndIs(`nulls of ${before} bytes`, `of ${after} bytes`),
  outerRule: 'the padding of nulls cannot change',
  nestedName: () => 'value',
});

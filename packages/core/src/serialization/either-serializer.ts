/**
 * One of two types: a flag that says "left", then the value.
 *
 * Flink: EitherSerializer, JavaEitherSerializerSnapshot.
 */
import {
  type CompositeForm,
  CompositeTypeSerializerSnapshot,
  plainForm,
} from './composite-type-serializer-snapshot.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { notOfType } from './not-of-type.ts';
import { RUNTIME_PACKAGE } from './simple-type-serializer.ts';
import type { TypeSerializer, TypeSerializerSnapshot } from './type-serializer.ts';

export type Either<L, R> = { readonly left: L } | { readonly right: R };

export class EitherSerializer<L, R> implements TypeSerializer<Either<L, R>> {
  readonly length = -1;
  readonly isImmutableType: boolean;
  private readonly left: TypeSerializer<L>;
  private readonly right: TypeSerializer<R>;

  constructor(left: TypeSerializer<L>, right: TypeSerializer<R>) {
    this.left = left;
    this.right = right;
    this.isImmutableType = left.isImmutableType && right.isImmutableType;
  }

  serialize(value: Either<L, R>, target: DataOutputView): void {
    if (typeof value !== 'object' || value === null || 'left' in value === 'right' in value) {
      throw notOfType('Either', value, 'use { left: value } or { right: value }');
    }
    if ('left' in value) {
      target.writeBoolean(true);
      this.left.serialize(value.left, target);
    } else {
      target.writeBoolean(false);
      this.right.serialize(value.right, target);
    }
  }

  deserialize(source: DataInputView): Either<L, R> {
    return source.readBoolean()
      ? { left: this.left.deserialize(source) }
      : { right: this.right.deserialize(source) };
  }

  copy(value: Either<L, R>): Either<L, R> {
    return 'left' in value
      ? { left: this.left.copy(value.left) }
      : { right: this.right.copy(value.right) };
  }

  hashCode(value: Either<L, R>): number {
    return 'left' in value ? this.left.hashCode(value.left) : this.right.hashCode(value.right);
  }

  snapshotConfiguration(): TypeSerializerSnapshot<Either<L, R>> {
    return new CompositeTypeSerializerSnapshot(
      EITHER_FORM as unknown as CompositeForm<Either<L, R>, undefined>,
      undefined,
      [this.left.snapshotConfiguration(), this.right.snapshotConfiguration()],
    );
  }
}

const EITHER_FORM: CompositeForm<Either<unknown, unknown>, undefined> = plainForm(
  {
    className: `${RUNTIME_PACKAGE}.JavaEitherSerializerSnapshot`,
    outerVersion: 1,
    nestedNames: ['left', 'right'],
  },
  ([left, right]) =>
    new EitherSerializer(left as TypeSerializer<unknown>, right as TypeSerializer<unknown>),
);

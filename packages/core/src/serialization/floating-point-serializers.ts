/**
 * IEEE 754 numbers, big-endian.
 *
 * Flink: FloatSerializer, DoubleSerializer.
 */
// Hot path.

import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { hashDouble, hashFloat } from './java-hash.ts';
import { notOfType } from './not-of-type.ts';
import {
  baseSnapshotClass,
  registerSimpleSerializer,
  SimpleTypeSerializer,
} from './simple-type-serializer.ts';

/** Java tells the zeros apart, a Map does not. */
const NEGATIVE_ZERO = '-0';

export class DoubleSerializer extends SimpleTypeSerializer<number> {
  readonly length = 8;
  readonly snapshotClassName: string;

  constructor(snapshotClassName: string = baseSnapshotClass('Double')) {
    super();
    this.snapshotClassName = snapshotClassName;
  }

  serialize(value: number, target: DataOutputView): void {
    if (typeof value !== 'number') {
      throw notOfType('Double', value, 'use a number');
    }
    target.writeDouble(value);
  }

  deserialize(source: DataInputView): number {
    return source.readDouble();
  }

  hashCode(value: number): number {
    return hashDouble(value);
  }

  keyIdentity(value: number): number | string {
    return Object.is(value, -0) ? NEGATIVE_ZERO : value;
  }
}

/** Numbers lose what 32 bits cannot hold; as keys they are equal when those bits are. */
export class FloatSerializer extends SimpleTypeSerializer<number> {
  readonly length = 4;
  readonly snapshotClassName: string;

  constructor(snapshotClassName: string = baseSnapshotClass('Float')) {
    super();
    this.snapshotClassName = snapshotClassName;
  }

  serialize(value: number, target: DataOutputView): void {
    if (typeof value !== 'number') {
      throw notOfType('Float', value, 'use a number');
    }
    target.writeFloat(value);
  }

  deserialize(source: DataInputView): number {
    return source.readFloat();
  }

  hashCode(value: number): number {
    return hashFloat(value);
  }

  keyIdentity(value: number): number | string {
    return Object.is(value, -0) ? NEGATIVE_ZERO : Math.fround(value);
  }
}

/** Flink: DoubleValue, whose hash is not that of Double. */
export class DoubleValueSerializer extends DoubleSerializer {
  constructor() {
    super(baseSnapshotClass('DoubleValue'));
  }

  override hashCode(value: number): number {
    return (hashDouble(value) + 31) | 0;
  }
}

export const DOUBLE_SERIALIZER: DoubleSerializer = registerSimpleSerializer(new DoubleSerializer());
export const FLOAT_SERIALIZER: FloatSerializer = registerSimpleSerializer(new FloatSerializer());
export const DOUBLE_VALUE_SERIALIZER: DoubleValueSerializer = registerSimpleSerializer(
  new DoubleValueSerializer(),
);
export const FLOAT_VALUE_SERIALIZER: FloatSerializer = registerSimpleSerializer(
  new FloatSerializer(baseSnapshotClass('FloatValue')),
);

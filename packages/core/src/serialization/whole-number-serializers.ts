/**
 * Whole numbers of one, two, four and eight bytes, big-endian two's complement.
 *
 * Flink: ByteSerializer, ShortSerializer, IntSerializer, LongSerializer.
 */
// Hot path.

import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { hashBigLong, hashLong } from './java-hash.ts';
import { notOfType } from './not-of-type.ts';
import {
  baseSnapshotClass,
  registerSimpleSerializer,
  SimpleTypeSerializer,
} from './simple-type-serializer.ts';

const LONG_LIMIT = 2n ** 63n;

/** Numbers within the range of an int, which are their own Java hash. */
abstract class IntHashedSerializer extends SimpleTypeSerializer<number> {
  readonly snapshotClassName: string;

  constructor(snapshotClassName: string) {
    super();
    this.snapshotClassName = snapshotClassName;
  }

  hashCode(value: number): number {
    return value | 0;
  }

  keyIdentity(value: number): number {
    return value;
  }
}

export class IntSerializer extends IntHashedSerializer {
  readonly length = 4;

  constructor(snapshotClassName: string = baseSnapshotClass('Int')) {
    super(snapshotClassName);
  }

  serialize(value: number, target: DataOutputView): void {
    if (typeof value !== 'number' || (value | 0) !== value) {
      const remedy =
        'use a whole number from -2^31 to 2^31 - 1, or declare Types.LONG or Types.DOUBLE';
      throw notOfType('Int', value, remedy);
    }
    target.writeInt(value);
  }

  deserialize(source: DataInputView): number {
    return source.readInt();
  }
}

export class ShortSerializer extends IntHashedSerializer {
  readonly length = 2;

  constructor(snapshotClassName: string = baseSnapshotClass('Short')) {
    super(snapshotClassName);
  }

  serialize(value: number, target: DataOutputView): void {
    if (typeof value !== 'number' || (value << 16) >> 16 !== value) {
      throw notOfType(
        'Short',
        value,
        'use a whole number from -32768 to 32767, or declare Types.INT',
      );
    }
    target.writeShort(value);
  }

  deserialize(source: DataInputView): number {
    return source.readShort();
  }
}

export class ByteSerializer extends IntHashedSerializer {
  readonly length = 1;

  constructor(snapshotClassName: string = baseSnapshotClass('Byte')) {
    super(snapshotClassName);
  }

  serialize(value: number, target: DataOutputView): void {
    if (typeof value !== 'number' || (value << 24) >> 24 !== value) {
      throw notOfType('Byte', value, 'use a whole number from -128 to 127, or declare Types.SHORT');
    }
    target.writeByte(value);
  }

  deserialize(source: DataInputView): number {
    return source.readByte();
  }
}

/** Longs as numbers: exact up to 2^53, `LONG_OUT_OF_RANGE` beyond. */
export class LongSerializer extends SimpleTypeSerializer<number> {
  readonly length = 8;
  readonly snapshotClassName: string = baseSnapshotClass('Long');

  serialize(value: number, target: DataOutputView): void {
    target.writeLong(value);
  }

  deserialize(source: DataInputView): number {
    return source.readLong();
  }

  hashCode(value: number): number {
    return hashLong(value);
  }

  keyIdentity(value: number): number {
    return value;
  }
}

/**
 * Longs of a snapshot whose program has not said yet how it wants them: numbers where they are
 * exact, bigints beyond.
 */
export class RestoredLongSerializer extends SimpleTypeSerializer<number | bigint> {
  readonly length = 8;
  readonly snapshotClassName: string = baseSnapshotClass('Long');

  serialize(value: number | bigint, target: DataOutputView): void {
    if (typeof value === 'bigint') {
      BIGINT_LONG_SERIALIZER.serialize(value, target);
    } else {
      target.writeLong(value);
    }
  }

  deserialize(source: DataInputView): number | bigint {
    return source.readExactLong();
  }

  hashCode(value: number | bigint): number {
    return typeof value === 'bigint' ? hashBigLong(value) : hashLong(value);
  }

  keyIdentity(value: number | bigint): number | bigint {
    return value;
  }
}

/** Longs as bigints. The bytes and the snapshot are those of `LongSerializer`. */
export class BigintLongSerializer extends SimpleTypeSerializer<bigint> {
  readonly length = 8;
  readonly snapshotClassName: string = baseSnapshotClass('Long');

  serialize(value: bigint, target: DataOutputView): void {
    if (typeof value !== 'bigint' || value >= LONG_LIMIT || value < -LONG_LIMIT) {
      throw notOfType('Long', value, 'use a bigint from -2^63 to 2^63 - 1');
    }
    target.writeBigLong(value);
  }

  deserialize(source: DataInputView): bigint {
    return source.readBigLong();
  }

  hashCode(value: bigint): number {
    return hashBigLong(value);
  }

  keyIdentity(value: bigint): bigint {
    return value;
  }
}

/** `LongValue` of a snapshot: as `RestoredLongSerializer`. */
export class RestoredLongValueSerializer extends RestoredLongSerializer {
  override readonly snapshotClassName: string = baseSnapshotClass('LongValue');

  override hashCode(value: number | bigint): number {
    return (super.hashCode(value) + 43) | 0;
  }
}

/** Flink: LongValue, whose hash is not that of Long. */
export class LongValueSerializer extends LongSerializer {
  override readonly snapshotClassName: string = baseSnapshotClass('LongValue');

  override hashCode(value: number): number {
    return (hashLong(value) + 43) | 0;
  }
}

export const INT_SERIALIZER: IntSerializer = registerSimpleSerializer(new IntSerializer());
export const SHORT_SERIALIZER: ShortSerializer = registerSimpleSerializer(new ShortSerializer());
export const BYTE_SERIALIZER: ByteSerializer = registerSimpleSerializer(new ByteSerializer());
export const LONG_SERIALIZER: LongSerializer = new LongSerializer();
export const BIGINT_LONG_SERIALIZER: BigintLongSerializer = new BigintLongSerializer();
export const RESTORED_LONG_SERIALIZER: RestoredLongSerializer = registerSimpleSerializer(
  new RestoredLongSerializer(),
);
export const INT_VALUE_SERIALIZER: IntSerializer = registerSimpleSerializer(
  new IntSerializer(baseSnapshotClass('IntValue')),
);
export const SHORT_VALUE_SERIALIZER: ShortSerializer = registerSimpleSerializer(
  new ShortSerializer(baseSnapshotClass('ShortValue')),
);
export const BYTE_VALUE_SERIALIZER: ByteSerializer = registerSimpleSerializer(
  new ByteSerializer(baseSnapshotClass('ByteValue')),
);
export const LONG_VALUE_SERIALIZER: LongValueSerializer = new LongValueSerializer();
registerSimpleSerializer(new RestoredLongValueSerializer());

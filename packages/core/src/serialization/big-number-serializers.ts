/**
 * BigInteger as `bigint` and BigDecimal. Null, 0, 1 and 10 have short forms.
 *
 * Flink: BigIntSerializer, BigDecSerializer.
 */
import { BigDecimal } from './big-decimal.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { hashBigInteger } from './java-hash.ts';
import { notOfType, snapshotCorrupt } from './not-of-type.ts';
import {
  baseSnapshotClass,
  registerSimpleSerializer,
  SimpleTypeSerializer,
} from './simple-type-serializer.ts';

// The length field counts from 4, because these stand for values.
const NULL = 0;
const ZERO = 1;
const ONE = 2;
const TEN = 3;
const LENGTH_BIAS = 4;

function writeBigInteger(value: bigint | null | undefined, target: DataOutputView): void {
  if (value === null || value === undefined) {
    target.writeInt(NULL);
  } else if (value === 0n || value === 1n || value === 10n) {
    target.writeInt(value === 0n ? ZERO : value === 1n ? ONE : TEN);
  } else {
    const bytes = twosComplement(value);
    target.writeInt(bytes.length + LENGTH_BIAS);
    target.write(bytes);
  }
}

function readBigInteger(source: DataInputView): bigint | null {
  const length = source.readInt();
  switch (length) {
    case NULL:
      return null;
    case ZERO:
      return 0n;
    case ONE:
      return 1n;
    case TEN:
      return 10n;
  }
  if (length <= LENGTH_BIAS) {
    throw snapshotCorrupt(`a BigInteger of length ${length}; 5 is the least`);
  }
  return fromTwosComplement(source.readBytes(length - LENGTH_BIAS));
}

/** The fewest bytes that hold the value and its sign. Java: BigInteger.toByteArray. */
export function twosComplement(value: bigint): Uint8Array {
  const bits = (value < 0n ? -value - 1n : value).toString(2).length + (isSmall(value) ? 0 : 1);
  const length = Math.ceil(bits / 8);
  const hex = BigInt.asUintN(length * 8, value).toString(16);
  return Buffer.from(hex.padStart(length * 2, '0'), 'hex');
}

/** 0 and -1 have no bit but the sign; `toString` shows one digit for them. */
function isSmall(value: bigint): boolean {
  return value === 0n || value === -1n;
}

export function fromTwosComplement(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
}

export class BigIntSerializer extends SimpleTypeSerializer<bigint> {
  readonly length = -1;
  readonly snapshotClassName: string = baseSnapshotClass('BigInt');

  serialize(value: bigint, target: DataOutputView): void {
    if (typeof value !== 'bigint' && value !== null && value !== undefined) {
      throw notOfType('BigInteger', value, 'use a bigint');
    }
    writeBigInteger(value, target);
  }

  deserialize(source: DataInputView): bigint {
    return readBigInteger(source) as bigint;
  }

  hashCode(value: bigint): number {
    return hashBigInteger(value);
  }

  keyIdentity(value: bigint): bigint {
    return value;
  }
}

export class BigDecSerializer extends SimpleTypeSerializer<BigDecimal> {
  readonly length = -1;
  readonly snapshotClassName: string = baseSnapshotClass('BigDec');

  serialize(value: BigDecimal, target: DataOutputView): void {
    if (value === null || value === undefined) {
      writeBigInteger(null, target);
      return;
    }
    if (!(value instanceof BigDecimal)) {
      throw notOfType('BigDecimal', value, "use BigDecimal.of('1.50')");
    }
    writeBigInteger(value.unscaled, target);
    target.writeInt(value.scale);
  }

  deserialize(source: DataInputView): BigDecimal {
    const unscaled = readBigInteger(source);
    return (unscaled === null ? null : new BigDecimal(unscaled, source.readInt())) as BigDecimal;
  }

  hashCode(value: BigDecimal): number {
    return (Math.imul(31, hashBigInteger(value.unscaled)) + value.scale) | 0;
  }

  keyIdentity(value: BigDecimal): string {
    return `${value.unscaled}e${value.scale}`;
  }
}

export const BIG_INT_SERIALIZER: BigIntSerializer = registerSimpleSerializer(
  new BigIntSerializer(),
);
export const BIG_DEC_SERIALIZER: BigDecSerializer = registerSimpleSerializer(
  new BigDecSerializer(),
);

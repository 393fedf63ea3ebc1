/**
 * Values of no declared type. The encoding is ours alone: Flink cannot read it.
 *
 * As keys: strings, numbers, booleans, bigints, dates and arrays of those, with the hash of the
 * Java type that they would be (String, Long or Double, Boolean, BigInteger, Date, List).
 *
 * Bytes: docs/formats/types.md
 */
// Hot path.

import { copyGeneric } from './copy-generic.ts';
import type { DataInputView } from './data-input-view.ts';
import { DataOutputView } from './data-output-view.ts';
import { readGeneric } from './generic-value-reader.ts';
import { writeGeneric } from './generic-value-writer.ts';
import { hashBigInteger, hashBoolean, hashDouble, hashLong, hashString } from './java-hash.ts';
import { latin1 } from './key-identity.ts';
import { describeValue, keyTypeUnsupported } from './not-of-type.ts';
import { registerSimpleSerializer, SimpleTypeSerializer } from './simple-type-serializer.ts';
import type { KeyIdentity } from './type-serializer.ts';

// Identities that are not the key itself begin with it, and so strings that do are marked too.
const MARK = '\u0000';
const MARK_CODE = MARK.charCodeAt(0);

export class GenericSerializer extends SimpleTypeSerializer<unknown> {
  readonly length = -1;
  override readonly isImmutableType: boolean = false;
  readonly snapshotClassName: string = 'io.millrace.GenericSerializerSnapshot';

  serialize(value: unknown, target: DataOutputView): void {
    writeGeneric(value, target);
  }

  deserialize(source: DataInputView): unknown {
    return readGeneric(source);
  }

  override copy(value: unknown): unknown {
    return copyGeneric(value, 'refuse');
  }

  hashCode(value: unknown): number {
    switch (typeof value) {
      case 'string':
        return hashString(value);
      case 'number':
        return Number.isSafeInteger(value) ? hashLong(value) : hashDouble(value);
      case 'boolean':
        return hashBoolean(value);
      case 'bigint':
        return hashBigInteger(value);
    }
    if (Array.isArray(value)) {
      return hashArray(value, this);
    }
    if (value instanceof Date) {
      return hashLong(value.getTime());
    }
    throw keyTypeUnsupported(
      describeValue(value),
      'key by a string, a number or an array of them, or declare the key with Types.TUPLE or ' +
        'Types.POJO with its hashCode',
    );
  }

  keyIdentity(value: unknown): KeyIdentity {
    if (typeof value === 'string') {
      return value.charCodeAt(0) === MARK_CODE ? MARK + value : value;
    }
    if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
      return value;
    }
    const target = new DataOutputView(64);
    writeGeneric(value, target);
    return `${MARK}b${latin1(target.bytes())}`;
  }
}

function hashArray(array: readonly unknown[], serializer: GenericSerializer): number {
  let hash = 1;
  for (const element of array) {
    const elementHash =
      element === null || element === undefined ? 0 : serializer.hashCode(element);
    hash = (Math.imul(31, hash) + elementHash) | 0;
  }
  return hash;
}

export const GENERIC_SERIALIZER: GenericSerializer = registerSimpleSerializer(
  new GenericSerializer(),
);

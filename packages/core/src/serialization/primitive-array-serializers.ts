/**
 * Arrays of Java's primitive types, and of strings: a count, then the elements.
 *
 * Flink: BytePrimitiveArraySerializer and its like, StringArraySerializer.
 */
// Hot path.

import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { keyTypeUnsupported, notOfType, snapshotCorrupt } from './not-of-type.ts';
import {
  BASE_PACKAGE,
  registerSimpleSerializer,
  SimpleTypeSerializer,
} from './simple-type-serializer.ts';
import { BOOLEAN_SERIALIZER, CHAR_SERIALIZER, STRING_SERIALIZER } from './string-serializers.ts';
import type { TypeSerializer } from './type-serializer.ts';
import { LONG_SERIALIZER, RESTORED_LONG_SERIALIZER } from './whole-number-serializers.ts';

function arraySnapshotClass(name: string): string {
  return `${BASE_PACKAGE}.array.${name}Serializer$${name}SerializerSnapshot`;
}

abstract class ArraySerializer<A> extends SimpleTypeSerializer<A> {
  readonly length = -1;
  override readonly isImmutableType: boolean = false;
  readonly snapshotClassName: string;
  protected readonly typeName: string;

  constructor(snapshotName: string, typeName: string) {
    super();
    this.snapshotClassName = arraySnapshotClass(snapshotName);
    this.typeName = typeName;
  }

  hashCode(_value: A): number {
    throw keyTypeUnsupported(this.typeName, 'key by a string or a number made of it');
  }
}

export class ByteArraySerializer extends ArraySerializer<Uint8Array> {
  constructor() {
    super('BytePrimitiveArray', 'byte[]');
  }

  serialize(value: Uint8Array, target: DataOutputView): void {
    if (!(value instanceof Uint8Array)) {
      throw notOfType('byte[]', value, 'use a Uint8Array');
    }
    target.writeInt(value.length);
    target.write(value);
  }

  deserialize(source: DataInputView): Uint8Array {
    // Not `slice`: a Buffer's is a Buffer that shares its memory.
    return new Uint8Array(source.readBytes(source.readCount()));
  }

  override copy(value: Uint8Array): Uint8Array {
    return new Uint8Array(value);
  }
}

type NumberArray = Int16Array | Int32Array | Float32Array | Float64Array;

interface NumberArrayClass<A extends NumberArray> {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): A;
}

/** Number arrays that JavaScript has a typed array for. */
export class NumberArraySerializer<A extends NumberArray> extends ArraySerializer<A> {
  private readonly arrayClass: NumberArrayClass<A>;

  constructor(arrayClass: NumberArrayClass<A>, snapshotName: string, typeName: string) {
    super(snapshotName, typeName);
    this.arrayClass = arrayClass;
  }

  serialize(value: A, target: DataOutputView): void {
    if (!(value instanceof this.arrayClass)) {
      throw notOfType(this.typeName, value, `use a ${this.arrayClass.name}`);
    }
    target.writeInt(value.length);
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    const start = target.position;
    target.write(bytes);
    swapBytes(target.buffer, { start, length: bytes.length, width: value.BYTES_PER_ELEMENT });
  }

  deserialize(source: DataInputView): A {
    const count = source.readCount();
    const width = this.arrayClass.BYTES_PER_ELEMENT;
    const bytes = source.readBytes(count * width);
    const array = new this.arrayClass(count);
    const target = new Uint8Array(array.buffer);
    target.set(bytes);
    swapBytes(target, { start: 0, length: target.length, width });
    return array;
  }

  override copy(value: A): A {
    return value.slice() as A;
  }
}

/** Node runs on little-endian machines, Java writes big-endian. */
function swapBytes(
  bytes: Uint8Array,
  range: { start: number; length: number; width: number },
): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset + range.start, range.length);
  if (range.width === 2) {
    buffer.swap16();
  } else if (range.width === 4) {
    buffer.swap32();
  } else {
    buffer.swap64();
  }
}

/** Arrays that are plain arrays here: `boolean[]`, `char[]`, `long[]`, `String[]`. */
export class PlainArraySerializer<E> extends ArraySerializer<E[]> {
  private readonly element: TypeSerializer<E>;

  constructor(element: TypeSerializer<E>, snapshotName: string, typeName: string) {
    super(snapshotName, typeName);
    this.element = element;
  }

  serialize(value: E[], target: DataOutputView): void {
    if (!Array.isArray(value)) {
      throw notOfType(this.typeName, value, 'use an array');
    }
    target.writeInt(value.length);
    for (let i = 0; i < value.length; i++) {
      this.element.serialize(value[i] as E, target);
    }
  }

  deserialize(source: DataInputView): E[] {
    const count = source.readCount();
    const width = Math.max(1, this.element.length);
    if (count * width > source.remaining) {
      throw snapshotCorrupt(`a ${this.typeName} of ${count} with ${source.remaining} bytes left`);
    }
    const array: E[] = [];
    for (let i = 0; i < count; i++) {
      array.push(this.element.deserialize(source));
    }
    return array;
  }

  override copy(value: E[]): E[] {
    return value.slice();
  }
}

export const BYTE_ARRAY_SERIALIZER: ByteArraySerializer = registerSimpleSerializer(
  new ByteArraySerializer(),
);
export const SHORT_ARRAY_SERIALIZER: NumberArraySerializer<Int16Array> = registerSimpleSerializer(
  new NumberArraySerializer<Int16Array>(Int16Array, 'ShortPrimitiveArray', 'short[]'),
);
export const INT_ARRAY_SERIALIZER: NumberArraySerializer<Int32Array> = registerSimpleSerializer(
  new NumberArraySerializer<Int32Array>(Int32Array, 'IntPrimitiveArray', 'int[]'),
);
export const FLOAT_ARRAY_SERIALIZER: NumberArraySerializer<Float32Array> = registerSimpleSerializer(
  new NumberArraySerializer<Float32Array>(Float32Array, 'FloatPrimitiveArray', 'float[]'),
);
export const DOUBLE_ARRAY_SERIALIZER: NumberArraySerializer<Float64Array> =
  registerSimpleSerializer(
    new NumberArraySerializer<Float64Array>(Float64Array, 'DoublePrimitiveArray', 'double[]'),
  );
export const BOOLEAN_ARRAY_SERIALIZER: PlainArraySerializer<boolean> = registerSimpleSerializer(
  new PlainArraySerializer(BOOLEAN_SERIALIZER, 'BooleanPrimitiveArray', 'boolean[]'),
);
export const CHAR_ARRAY_SERIALIZER: PlainArraySerializer<string> = registerSimpleSerializer(
  new PlainArraySerializer(CHAR_SERIALIZER, 'CharPrimitiveArray', 'char[]'),
);
export const LONG_ARRAY_SERIALIZER: PlainArraySerializer<number> = new PlainArraySerializer(
  LONG_SERIALIZER,
  'LongPrimitiveArray',
  'long[]',
);
// Of a snapshot: exact, whatever the program will want.
registerSimpleSerializer(
  new PlainArraySerializer(RESTORED_LONG_SERIALIZER, 'LongPrimitiveArray', 'long[]'),
);
export const STRING_ARRAY_SERIALIZER: PlainArraySerializer<string | null> =
  registerSimpleSerializer(
    new PlainArraySerializer<string | null>(STRING_SERIALIZER, 'StringArray', 'String[]'),
  );

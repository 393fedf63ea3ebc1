/**
 * Tuples as arrays: the fields in order, with no header. A field is null where its type has a null.
 *
 * Flink: TupleSerializer, Tuple0Serializer.
 */
// Hot path.

import {
  type CompositeForm,
  CompositeTypeSerializerSnapshot,
  FIXED_ARITY,
  registerCompositeForm,
} from './composite-type-serializer-snapshot.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import {
  type FieldReader,
  type FieldWriter,
  type TupleFields,
  tupleReader,
  tupleWriter,
} from './field-code.ts';
import { inField } from './in-field.ts';
import { wasAndIs } from './incompatibility.ts';
import { notOfType, snapshotCorrupt } from './not-of-type.ts';
import {
  RUNTIME_PACKAGE,
  registerSimpleSerializer,
  SimpleTypeSerializer,
} from './simple-type-serializer.ts';
import type { TypeSerializer, TypeSerializerSnapshot } from './type-serializer.ts';

const TUPLE_PACKAGE = 'org.apache.flink.api.java.tuple';
const TUPLE0_BYTE = 42;

/** The length of fields one after another; -1 when one of them varies. */
export function sumOfLengths(fields: readonly TypeSerializer<unknown>[]): number {
  let sum = 0;
  for (const field of fields) {
    if (field.length < 0) {
      return -1;
    }
    sum += field.length;
  }
  return sum;
}

export function tupleClassName(arity: number): string {
  return `${TUPLE_PACKAGE}.Tuple${arity}`;
}

export class TupleSerializer<T extends unknown[]> implements TypeSerializer<T> {
  readonly length: number;
  readonly isImmutableType = false;
  private readonly className: string;
  private readonly serializers: readonly TypeSerializer<unknown>[];
  // Made at the first use; equal serializers may differ in them.
  #readFields: FieldReader<T> | undefined = undefined;
  #writeFields: FieldWriter | undefined = undefined;

  constructor(className: string, fields: readonly TypeSerializer<unknown>[]) {
    this.className = className;
    this.serializers = fields;
    this.length = sumOfLengths(fields);
  }

  serialize(value: T, target: DataOutputView): void {
    this.checkLength(value);
    this.#writeFields ??= tupleWriter(this.fields());
    this.#writeFields(value, target);
  }

  deserialize(source: DataInputView): T {
    this.#readFields ??= tupleReader(this.fields());
    return this.#readFields(source);
  }

  copy(value: T): T {
    this.checkLength(value);
    return value.map((field, i) =>
      field === null || field === undefined
        ? null // As a value that was read.
        : (this.serializers[i] as TypeSerializer<unknown>).copy(field),
    ) as T;
  }

  hashCode(value: T): number {
    const { serializers } = this;
    let hash = 0;
    for (let i = 0; i < serializers.length; i++) {
      const field = value[i];
      const fieldHash =
        field === null || field === undefined
          ? 0
          : (serializers[i] as TypeSerializer<unknown>).hashCode(field);
      hash = (Math.imul(31, hash) + fieldHash) | 0; // the first field's hash is taken as it is
    }
    return hash;
  }

  /** Of an array that is as long as there are fields. */
  fields(): TupleFields {
    const failed = (field: number, error: unknown, tuple: unknown) =>
      inField(`f${field}`, noNull((tuple as T)[field], error));
    return { serializers: this.serializers, failed };
  }

  private checkLength(value: T): void {
    const { length } = this.serializers;
    if (!Array.isArray(value) || value.length !== length) {
      throw notOfType(`tuple of ${length} fields`, value, 'use an array of that length');
    }
  }

  snapshotConfiguration(): TypeSerializerSnapshot<T> {
    return new CompositeTypeSerializerSnapshot(
      TUPLE_FORM as unknown as CompositeForm<T, string>,
      this.className,
      this.serializers.map((field) => field.snapshotConfiguration()),
    );
  }
}

/** A null that the type of the field did not take. Flink: NullFieldException. */
function noNull(field: unknown, error: unknown): unknown {
  if ((field !== null && field !== undefined) || error instanceof RangeError) {
    return error;
  }
  const remedy = 'its type has no null, use Types.NULLABLE or Types.ROW';
  return Object.assign(notOfType('tuple field', field, remedy), { cause: error });
}

function simpleName(className: string): string {
  return className.slice(className.lastIndexOf('.') + 1);
}

/** Outer part: the class of the tuple. */
const TUPLE_FORM: CompositeForm<unknown[], string> = registerCompositeForm({
  className: `${RUNTIME_PACKAGE}.TupleSerializerSnapshot`,
  outerVersion: 2,
  arity: undefined,
  writeOuter: (className, target) => target.writeUTF(className),
  readOuter: (_version, source) => source.readUTF(),
  create: (nested, className) => new TupleSerializer<unknown[]>(className, nested),
  outerMismatch: (before, after) =>
    before === after ? undefined : wasAndIs(simpleName(before), simpleName(after)),
  outerRule: FIXED_ARITY,
  nestedName: (index) => `f${index}`,
});

export class Tuple0Serializer extends SimpleTypeSerializer<[]> {
  readonly length = 1;
  readonly snapshotClassName: string = `${RUNTIME_PACKAGE}.Tuple0SerializerSnapshot`;

  serialize(value: [], target: DataOutputView): void {
    if (!Array.isArray(value) || value.length !== 0) {
      throw notOfType('tuple of 0 fields', value, 'use []');
    }
    target.writeByte(TUPLE0_BYTE);
  }

  deserialize(source: DataInputView): [] {
    const byte = source.readByte();
    if (byte !== TUPLE0_BYTE) {
      throw snapshotCorrupt(`an empty tuple is the byte 42, found ${byte}`);
    }
    return [];
  }

  override copy(_value: []): [] {
    return [];
  }

  hashCode(_value: []): number {
    return 0;
  }

  keyIdentity(_value: []): number {
    return 0;
  }
}

export const TUPLE0_SERIALIZER: Tuple0Serializer = registerSimpleSerializer(new Tuple0Serializer());

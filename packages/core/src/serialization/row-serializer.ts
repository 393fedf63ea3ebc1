/**
 * Rows: a bit mask with the kind and the null fields, then the fields that are not null.
 *
 * Flink: RowSerializer. Bytes: docs/formats/types.md
 */
import {
  type CompositeForm,
  CompositeTypeSerializerSnapshot,
  registerCompositeForm,
} from './composite-type-serializer-snapshot.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { inField } from './in-field.ts';
import { notOfType } from './not-of-type.ts';
import { ROW_KINDS, Row, type RowKind } from './row.ts';
import { RUNTIME_PACKAGE } from './simple-type-serializer.ts';
import type { TypeSerializer, TypeSerializerSnapshot } from './type-serializer.ts';

const ROW_KIND_BITS = 2;
const FIRST_VERSION_WITH_FLAG = 4;
const FIRST_VERSION_WITH_ROW_KIND = 3;

interface RowShape {
  /** Rows of old Flink have no bits for the kind. */
  readonly supportsRowKind: boolean;
  /** Not in the bytes. */
  readonly names: readonly string[] | undefined;
}

export class RowSerializer<F extends readonly unknown[]> implements TypeSerializer<Row<F>> {
  readonly length = -1;
  readonly isImmutableType = false;
  private readonly fields: readonly TypeSerializer<unknown>[];
  private readonly shape: RowShape;
  private readonly firstFieldBit: number;
  private readonly maskLength: number;

  constructor(fields: readonly TypeSerializer<unknown>[], shape: RowShape) {
    this.fields = fields;
    this.shape = shape;
    this.firstFieldBit = shape.supportsRowKind ? ROW_KIND_BITS : 0;
    this.maskLength = Math.ceil((this.firstFieldBit + fields.length) / 8);
  }

  serialize(value: Row<F>, target: DataOutputView): void {
    const fields = this.fields;
    this.checkLength(value);
    const mask = new Uint8Array(this.maskLength);
    if (this.shape.supportsRowKind) {
      const kind = ROW_KINDS.indexOf(value.kind);
      mask[0] = ((kind & 1) << 7) | ((kind & 2) << 5);
    }
    for (let i = 0; i < fields.length; i++) {
      const field = value.fields[i];
      if (field === null || field === undefined) {
        const bit = i + this.firstFieldBit;
        mask[bit >> 3] = (mask[bit >> 3] as number) | (0x80 >> (bit & 7));
      }
    }
    target.write(mask);
    for (let i = 0; i < fields.length; i++) {
      const field = value.fields[i];
      if (field !== null && field !== undefined) {
        try {
          (fields[i] as TypeSerializer<unknown>).serialize(field, target);
        } catch (error) {
          throw inField(this.shape.names?.[i] ?? `f${i}`, error);
        }
      }
    }
  }

  deserialize(source: DataInputView): Row<F> {
    const mask = source.readBytes(this.maskLength);
    const first = mask[0] ?? 0;
    const kind = this.shape.supportsRowKind ? (first >> 7) | ((first >> 5) & 2) : 0;
    const values: unknown[] = [];
    for (let i = 0; i < this.fields.length; i++) {
      const bit = i + this.firstFieldBit;
      const isNull = ((mask[bit >> 3] as number) & (0x80 >> (bit & 7))) !== 0;
      values.push(isNull ? null : (this.fields[i] as TypeSerializer<unknown>).deserialize(source));
    }
    return new Row(ROW_KINDS[kind] as RowKind, values as unknown as F, this.shape.names);
  }

  copy(value: Row<F>): Row<F> {
    this.checkLength(value);
    const fields = value.fields.map((field, i) =>
      field === null || field === undefined
        ? null
        : (this.fields[i] as TypeSerializer<unknown>).copy(field),
    );
    return new Row(value.kind, fields as unknown as F, value.names);
  }

  hashCode(value: Row<F>): number {
    let hash = 1;
    for (let i = 0; i < this.fields.length; i++) {
      const field = value.fields[i];
      const fieldHash =
        field === null || field === undefined
          ? 0
          : 31 + (this.fields[i] as TypeSerializer<unknown>).hashCode(field);
      hash = (Math.imul(31, hash) + fieldHash) | 0;
    }
    return (Math.imul(31, ROW_KINDS.indexOf(value.kind)) + hash) | 0;
  }

  private checkLength(value: Row<F>): void {
    const { length } = this.fields;
    if (!(value instanceof Row) || value.fields.length !== length) {
      throw notOfType(`row of ${length} fields`, value, 'use Row.of(...) with that many');
    }
  }

  snapshotConfiguration(): TypeSerializerSnapshot<Row<F>> {
    return new CompositeTypeSerializerSnapshot(
      ROW_FORM as unknown as CompositeForm<Row<F>, RowShape>,
      this.shape,
      this.fields.map((field) => field.snapshotConfiguration()),
    );
  }
}

/** Outer part: whether the mask has bits for the kind. */
const ROW_FORM: CompositeForm<Row, RowShape> = registerCompositeForm({
  className: `${RUNTIME_PACKAGE}.RowSerializer$RowSerializerSnapshot`,
  outerVersion: FIRST_VERSION_WITH_FLAG,
  arity: undefined,
  writeOuter: (shape, target) => target.writeBoolean(shape.supportsRowKind),
  readOuter: (version, source) => ({
    supportsRowKind:
      version >= FIRST_VERSION_WITH_FLAG
        ? source.readBoolean()
        : version >= FIRST_VERSION_WITH_ROW_KIND,
    names: undefined,
  }),
  create: (nested, shape) => new RowSerializer(nested, shape),
  outerMismatch: () => undefined,
  outerMigrates: (before, after) => before.supportsRowKind !== after.supportsRowKind,
  nestedName: (index) => `f${index}`,
});

/**
 * Flink's own encoding of Avro data, which is not Avro's binary encoding: the schema drives it, and
 * numbers are big-endian and of fixed width.
 *
 * Values: records are plain objects, enums strings, maps plain objects, arrays arrays, bytes and
 * fixed `Uint8Array`, longs numbers below 2^53. A union's value stands for itself when its
 * JavaScript type says which branch it is; otherwise it is `{ branchName: value }`.
 *
 * Flink: DataOutputEncoder, DataInputDecoder. Bytes: docs/formats/types.md
 */
// Hot path.

import { type DataOutputView, TaskError } from '@millrace/core';
import type avro from 'avsc';
import {
  type AvroCodec,
  corruptAvro,
  type FieldShape,
  notOfAvroType,
  readCount,
  type TypeShape,
} from './avro-type-shape.ts';
import { branchForms, unionCodec } from './avro-union-codec.ts';

/** Codecs of named types by name, so that a type may contain itself. */
export type NamedCodecs = Map<string, AvroCodec>;

/** How longs are read: as numbers, or beyond 2^53 as bigints. */
export type AvroLongs = 'number' | 'exact';

export function codecOf(
  type: avro.Type,
  longs: AvroLongs = 'number',
  named: NamedCodecs = new Map(),
): AvroCodec {
  const shape = type as unknown as TypeShape;
  const known = shape.name === undefined ? undefined : named.get(shape.name);
  if (known !== undefined) {
    return known;
  }
  const primitive =
    shape.typeName === 'long' && longs === 'exact' ? EXACT_LONG : PRIMITIVES[shape.typeName];
  if (primitive !== undefined) {
    return primitive;
  }
  switch (shape.typeName) {
    case 'record':
    case 'error':
      return recordCodec(shape, longs, named);
    case 'enum':
      return enumCodec(shape);
    case 'fixed':
      return fixedCodec(shape);
    case 'array':
      return arrayCodec(codecOf(shape.itemsType, longs, named));
    case 'map':
      return mapCodec(codecOf(shape.valuesType, longs, named));
  }
  return unionCodec(shape, (branch) => codecOf(branch, longs, named));
}

function same(value: unknown): unknown {
  return value;
}

function number(
  name: string,
  accepts: (value: number) => boolean,
  codec: Pick<AvroCodec, 'read'> & { write(value: number, target: DataOutputView): void },
): AvroCodec {
  return {
    write: (value, target) => {
      if (typeof value !== 'number' || !accepts(value)) {
        throw notOfAvroType(name, value);
      }
      codec.write(value, target);
    },
    read: codec.read,
    copy: same,
  };
}

function writeBytes(bytes: Uint8Array, target: DataOutputView): void {
  target.writeInt(bytes.length);
  target.write(bytes);
}

const PRIMITIVES: Readonly<Record<string, AvroCodec>> = {
  null: {
    write: (value) => {
      if (value !== null && value !== undefined) {
        throw notOfAvroType('null', value);
      }
    },
    read: () => null,
    copy: same,
  },
  boolean: {
    write: (value, target) => {
      if (typeof value !== 'boolean') {
        throw notOfAvroType('boolean', value);
      }
      target.writeBoolean(value);
    },
    read: (source) => source.readBoolean(),
    copy: same,
  },
  int: number('int', (value) => (value | 0) === value, {
    write: (value, target) => target.writeInt(value),
    read: (source) => source.readInt(),
  }),
  long: number('long', Number.isSafeInteger, {
    write: (value, target) => target.writeLong(value),
    read: (source) => source.readLong(),
  }),
  float: number('float', () => true, {
    write: (value, target) => target.writeFloat(value),
    read: (source) => source.readFloat(),
  }),
  double: number('double', () => true, {
    write: (value, target) => target.writeDouble(value),
    read: (source) => source.readDouble(),
  }),
  string: {
    write: (value, target) => {
      if (typeof value !== 'string') {
        throw notOfAvroType('string', value);
      }
      writeBytes(Buffer.from(value, 'utf8'), target);
    },
    read: (source) => Buffer.from(source.readBytes(source.readCount())).toString('utf8'),
    copy: same,
  },
  bytes: {
    write: (value, target) => {
      if (!(value instanceof Uint8Array)) {
        throw notOfAvroType('bytes', value);
      }
      writeBytes(value, target);
    },
    read: (source) => new Uint8Array(source.readBytes(source.readCount())),
    copy: (value) => new Uint8Array(value as Uint8Array),
  },
};

const EXACT_LONG: AvroCodec = {
  write: (value, target) => {
    if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) {
      target.writeBigLong(value);
    } else {
      (PRIMITIVES.long as AvroCodec).write(value, target);
    }
  },
  read: (source) => source.readExactLong(),
  copy: same,
};

function enumCodec(shape: TypeShape): AvroCodec {
  const { symbols } = shape;
  const indexes = new Map<unknown, number>(symbols.map((symbol, index) => [symbol, index]));
  return {
    write: (value, target) => {
      const index = indexes.get(value);
      if (index === undefined) {
        throw notOfAvroType(`${shape.name} (${symbols.join(', ')})`, value);
      }
      target.writeInt(index);
    },
    read: (source) => {
      const index = source.readInt();
      if (symbols[index] === undefined) {
        throw corruptAvro(`symbol ${index} of ${shape.name}, which has ${symbols.length}`);
      }
      return symbols[index];
    },
    copy: same,
  };
}

function fixedCodec(shape: TypeShape): AvroCodec {
  return {
    write: (value, target) => {
      if (!(value instanceof Uint8Array) || value.length !== shape.size) {
        throw notOfAvroType(`${shape.name} (${shape.size} bytes)`, value);
      }
      target.write(value);
    },
    read: (source) => new Uint8Array(source.readBytes(shape.size)),
    copy: (value) => new Uint8Array(value as Uint8Array),
  };
}

function recordCodec(shape: TypeShape, longs: AvroLongs, named: NamedCodecs): AvroCodec {
  const codecs: AvroCodec[] = [];
  const codec: AvroCodec = {
    write: (value, target) => {
      if (typeof value !== 'object' || value === null) {
        throw notOfAvroType(String(shape.name), value);
      }
      for (let i = 0; i < codecs.length; i++) {
        const field = shape.fields[i] as FieldShape;
        const part = fieldValue(value as Record<string, unknown>, field);
        try {
          (codecs[i] as AvroCodec).write(part, target);
        } catch (error) {
          throw error instanceof TaskError
            ? new TaskError(error.code, `${field.name}: ${error.message}`)
            : error;
        }
      }
    },
    read: (source) => {
      const value: Record<string, unknown> = {};
      for (let i = 0; i < codecs.length; i++) {
        value[(shape.fields[i] as FieldShape).name] = (codecs[i] as AvroCodec).read(source);
      }
      return value;
    },
    copy: (value) => {
      const copy: Record<string, unknown> = {};
      for (let i = 0; i < codecs.length; i++) {
        const field = shape.fields[i] as FieldShape;
        const part = fieldValue(value as Record<string, unknown>, field);
        copy[field.name] = (codecs[i] as AvroCodec).copy(part);
      }
      return copy;
    },
  };
  if (shape.name !== undefined) {
    named.set(shape.name, codec);
  }
  for (const field of shape.fields) {
    codecs.push(codecOf(field.type, longs, named));
  }
  return codec;
}

/** The field, or what it was called before, or its default: values may be of an older schema. */
function fieldValue(value: Record<string, unknown>, field: FieldShape): unknown {
  if (value[field.name] !== undefined) {
    return value[field.name];
  }
  for (const alias of field.aliases) {
    const old = value[alias.slice(alias.lastIndexOf('.') + 1)];
    if (old !== undefined) {
      return old;
    }
  }
  return defaultOf(field);
}

/** The default of a field, in our form; `undefined` when it has none. */
export function defaultOf(field: FieldShape): unknown {
  return fromAvsc(field.type as unknown as TypeShape, field.defaultValue());
}

/** A value as avsc gives it, where unions name their branch. */
function fromAvsc(shape: TypeShape, value: unknown): unknown {
  if (value === null || value === undefined) {
    return value;
  }
  const inner = (type: avro.Type, part: unknown) => fromAvsc(type as unknown as TypeShape, part);
  if (shape.typeName.startsWith('union')) {
    const [name, part] = Object.entries(value)[0] as [string, unknown];
    const index = shape.types.findIndex(
      (type) => (type as unknown as TypeShape).branchName === name,
    );
    return branchForms(shape)[index]?.(inner(shape.types[index] as avro.Type, part));
  }
  switch (shape.typeName) {
    case 'array':
      return (value as unknown[]).map((item) => inner(shape.itemsType, item));
    case 'map':
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, inner(shape.valuesType, item)]),
      );
    case 'record':
      return Object.fromEntries(
        shape.fields.map(({ name, type }) => [
          name,
          inner(type, (value as Record<string, unknown>)[name]),
        ]),
      );
    case 'bytes':
    case 'fixed':
      return new Uint8Array(value as Uint8Array);
  }
  return value;
}

function arrayCodec(items: AvroCodec): AvroCodec {
  return {
    write: (value, target) => {
      if (!Array.isArray(value)) {
        throw notOfAvroType('array', value);
      }
      if (value.length > 0) {
        writeCount(value.length, target);
        for (const item of value) {
          items.write(item, target);
        }
      }
      target.writeByte(0);
    },
    read: (source) => {
      const array: unknown[] = [];
      for (let count = readCount(source); count > 0; count = readCount(source)) {
        for (let i = 0; i < count; i++) {
          array.push(items.read(source));
        }
      }
      return array;
    },
    copy: (value) => (value as unknown[]).map((item) => items.copy(item)),
  };
}

/** A Map or an instance of a class has no entries of its own to write: it would be lost. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function mapCodec(values: AvroCodec): AvroCodec {
  const keys = PRIMITIVES.string as AvroCodec;
  return {
    write: (value, target) => {
      if (!isPlainObject(value)) {
        throw notOfAvroType('map', value);
      }
      const entries = Object.entries(value);
      if (entries.length > 0) {
        writeCount(entries.length, target);
        for (const [key, item] of entries) {
          keys.write(key, target);
          values.write(item, target);
        }
      }
      target.writeByte(0);
    },
    read: (source) => {
      const entries: [string, unknown][] = [];
      for (let count = readCount(source); count > 0; count = readCount(source)) {
        for (let i = 0; i < count; i++) {
          entries.push([keys.read(source) as string, values.read(source)]);
        }
      }
      return Object.fromEntries(entries);
    },
    copy: (value) =>
      Object.fromEntries(
        Object.entries(value as object).map(([key, item]) => [key, values.copy(item)]),
      ),
  };
}

function writeCount(count: number, target: DataOutputView): void {
  let rest = count;
  while (rest >= 0x80) {
    target.writeByte((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  target.writeByte(rest);
}

/**
 * Avro's schema resolution: reads data of a writer's schema as values of a reader's.
 *
 * Invariants:
 * - Either every value of the writer's schema can be read, or the mismatch says why not: nothing is
 *   left to chance for later, as a symbol that the reader lacks would be.
 * - Named types go together when their full names are equal, or the reader's aliases hold the
 *   writer's.
 *
 * Avro: Schema Resolution of the specification, SchemaCompatibility, ResolvingDecoder.
 */
import {
  type DataInputView,
  type Incompatibility,
  TypeSerializerSchemaCompatibility,
} from '@millrace/core';
import type avro from 'avsc';
import { codecOf, defaultOf } from './avro-codec.ts';
import type { AvroSchema } from './avro-schema.ts';
import { corruptAvro, type FieldShape, readBlocks, type TypeShape } from './avro-type-shape.ts';
import { branchForms } from './avro-union-codec.ts';

const { incompatible } = TypeSerializerSchemaCompatibility;

type Read = (source: DataInputView) => unknown;
type Path = Incompatibility['path'] & object;

export type AvroResolution = { readonly read: Read } | { readonly mismatch: Incompatibility };

export function resolveAvro(writer: AvroSchema, reader: AvroSchema): AvroResolution {
  try {
    return { read: new Resolver().resolve(shapeOf(writer.type), shapeOf(reader.type), []) };
  } catch (error) {
    if (error instanceof Mismatch) {
      return { mismatch: error.verdict };
    }
    throw error;
  }
}

class Mismatch extends Error {
  readonly verdict: Incompatibility;

  constructor(path: Path, reason: string, rule: string) {
    super(reason);
    this.verdict = incompatible(reason, { path, rule });
  }
}

const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};
const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'string', 'bytes'];

class Resolver {
  /** Records by the names of both sides, since a record may contain itself. */
  private readonly records = new Map<string, { read: Read | undefined }>();

  resolve(writer: TypeShape, reader: TypeShape, path: Path): Read {
    if (isUnion(writer)) {
      return this.resolveWriterUnion(writer, reader, path);
    }
    if (isUnion(reader)) {
      return this.resolveReaderUnion(writer, reader, path);
    }
    if (PRIMITIVES.includes(writer.typeName)) {
      return promotion(writer, reader, path);
    }
    if (isRecord(writer) ? !isRecord(reader) : writer.typeName !== reader.typeName) {
      throw typeMismatch(writer, reader, path);
    }
    switch (writer.typeName) {
      case 'array':
        return this.resolveArray(writer, reader, path);
      case 'map':
        return this.resolveMap(writer, reader, path);
      case 'enum':
        return resolveEnum(writer, reader, path);
      case 'fixed':
        return resolveFixed(writer, reader, path);
    }
    return this.resolveRecord(writer, reader, path);
  }

  private resolveRecord(writer: TypeShape, reader: TypeShape, path: Path): Read {
    checkNames(writer, reader, path);
    const pair = `${writer.name} ${reader.name}`;
    const known = this.records.get(pair);
    if (known !== undefined) {
      return (source) => (known.read as Read)(source);
    }
    const resolved: { read: Read | undefined } = { read: undefined };
    this.records.set(pair, resolved);
    try {
      const read = this.recordReader(writer, reader, path);
      resolved.read = read;
      return read;
    } catch (error) {
      this.records.delete(pair); // it may be met again under a union that has other branches
      throw error;
    }
  }

  private recordReader(writer: TypeShape, reader: TypeShape, path: Path): Read {
    const owner = `Avro record ${reader.name}`;
    const taken = new Set<FieldShape>();
    const parts = writer.fields.map((field) => {
      const target = reader.fields.find((each) => isField(each, field) && !taken.has(each));
      if (target === undefined) {
        const skip = codecOf(field.type);
        return { name: undefined, read: (source: DataInputView) => skip.read(source) };
      }
      taken.add(target);
      const step = { name: target.name, owner };
      const read = this.resolve(shapeOf(field.type), shapeOf(target.type), [...path, step]);
      return { name: target.name, read };
    });
    const added = reader.fields.filter((field) => !taken.has(field));
    for (const field of added) {
      if (field.defaultValue() === undefined) {
        throw new Mismatch(
          [...path, { name: field.name, owner }],
          'not in the snapshot, without a default in the program',
          'a field that is added to an Avro record needs a default',
        );
      }
    }
    return (source) => {
      const found: Record<string, unknown> = {};
      for (const { name, read } of parts) {
        const value = read(source);
        if (name !== undefined) {
          found[name] = value;
        }
      }
      const value: Record<string, unknown> = {};
      for (const field of reader.fields) {
        value[field.name] = taken.has(field) ? found[field.name] : defaultOf(field);
      }
      return value;
    };
  }

  private resolveArray(writer: TypeShape, reader: TypeShape, path: Path): Read {
    const step = { name: 'element' };
    const item = this.resolve(shapeOf(writer.itemsType), shapeOf(reader.itemsType), [
      ...path,
      step,
    ]);
    return (source) => {
      const array: unknown[] = [];
      readBlocks(source, () => array.push(item(source)));
      return array;
    };
  }

  private resolveMap(writer: TypeShape, reader: TypeShape, path: Path): Read {
    const step = { name: 'value' };
    const types = [shapeOf(writer.valuesType), shapeOf(reader.valuesType)] as const;
    const value = this.resolve(...types, [...path, step]);
    return (source) => {
      const entries: [string, unknown][] = [];
      readBlocks(source, () => {
        const key = Buffer.from(source.readBytes(source.readCount())).toString('utf8');
        entries.push([key, value(source)]);
      });
      return Object.fromEntries(entries);
    };
  }

  /** Data names the branch it is of, so each must have its place in the reader's type. */
  private resolveWriterUnion(writer: TypeShape, reader: TypeShape, path: Path): Read {
    const branches = writer.types.map((type) => this.resolve(shapeOf(type), reader, path));
    return (source) => {
      const index = source.readInt();
      const read = branches[index];
      if (read === undefined) {
        throw corruptAvro(`branch ${index} of ${describe(writer)}`);
      }
      return read(source);
    };
  }

  /** The branch of the same type, else the first that the data can become. */
  private resolveReaderUnion(writer: TypeShape, reader: TypeShape, path: Path): Read {
    const forms = branchForms(reader);
    const candidates = reader.types.map((type, index) => ({ shape: shapeOf(type), index }));
    const same = candidates.filter(({ shape }) => describe(shape) === describe(writer));
    let first: Mismatch | undefined;
    for (const { shape, index } of [...same, ...candidates]) {
      try {
        const read = this.resolve(writer, shape, path);
        const form = forms[index] as (value: unknown) => unknown;
        return (source) => form(read(source));
      } catch (error) {
        if (!(error instanceof Mismatch)) {
          throw error;
        }
        first ??= error;
      }
    }
    throw same.length > 0 ? first : typeMismatch(writer, reader, path);
  }
}

function promotion(writer: TypeShape, reader: TypeShape, path: Path): Read {
  const [from, to] = [writer.typeName, reader.typeName];
  const codec = codecOf(writer as unknown as avro.Type);
  if (from === to) {
    return (source) => codec.read(source);
  }
  if (PROMOTIONS[from]?.includes(to) !== true) {
    throw typeMismatch(writer, reader, path);
  }
  const promote = promoterTo(to);
  return (source) => promote(codec.read(source));
}

function promoterTo(to: string): (value: unknown) => unknown {
  switch (to) {
    case 'float':
      return (value) => Math.fround(value as number);
    case 'bytes':
      return (value) => new Uint8Array(Buffer.from(value as string, 'utf8'));
    case 'string':
      return (value) => Buffer.from(value as Uint8Array).toString('utf8');
  }
  return (value) => value;
}

function resolveEnum(writer: TypeShape, reader: TypeShape, path: Path): Read {
  checkNames(writer, reader, path);
  const lost = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  if (lost.length > 0 && reader.default === undefined) {
    throw new Mismatch(
      path,
      `enum ${reader.name} has ${lost.join(', ')} in the snapshot, not in the program`,
      'a symbol can be removed only where the enum has a default',
    );
  }
  const codec = codecOf(writer as unknown as avro.Type);
  return (source) => {
    const symbol = codec.read(source) as string;
    return reader.symbols.includes(symbol) ? symbol : reader.default;
  };
}

function resolveFixed(writer: TypeShape, reader: TypeShape, path: Path): Read {
  checkNames(writer, reader, path);
  if (writer.size !== reader.size) {
    throw new Mismatch(
      path,
      `${writer.size} bytes in the snapshot, ${reader.size} in the program`,
      'the size of a fixed type cannot change',
    );
  }
  const codec = codecOf(writer as unknown as avro.Type);
  return (source) => codec.read(source);
}

function checkNames(writer: TypeShape, reader: TypeShape, path: Path): void {
  const name = writer.name as string;
  if (reader.name !== name && !reader.aliases?.includes(name)) {
    throw new Mismatch(
      path,
      `${writer.typeName} ${name} in the snapshot, ${reader.name} in the program`,
      'name and namespace of an Avro type cannot change, unless the old one is an alias',
    );
  }
}

function typeMismatch(writer: TypeShape, reader: TypeShape, path: Path): Mismatch {
  return new Mismatch(
    path,
    `${describe(writer)} in the snapshot, ${describe(reader)} in the program`,
    "an Avro type changes only by Avro's promotions",
  );
}

function isField(reader: FieldShape, writer: FieldShape): boolean {
  return reader.name === writer.name || reader.aliases.includes(writer.name);
}

function isUnion(shape: TypeShape): boolean {
  return shape.typeName.startsWith('union');
}

function isRecord(shape: TypeShape): boolean {
  return shape.typeName === 'record' || shape.typeName === 'error';
}

function describe(shape: TypeShape): string {
  if (isUnion(shape)) {
    return `union of ${shape.types.map((type) => describe(shapeOf(type))).join(', ')}`;
  }
  return shape.name === undefined ? shape.typeName : `${shape.typeName} ${shape.name}`;
}

function shapeOf(type: avro.Type): TypeShape {
  return type as unknown as TypeShape;
}

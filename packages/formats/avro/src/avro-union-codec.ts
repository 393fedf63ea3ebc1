/**
 * Unions: the index of the branch, then its value.
 *
 * A value stands for itself when no two branches have its JavaScript type; otherwise it is an
 * object whose one property names the branch, as in Avro's JSON.
 */
// Hot path.

import type avro from 'avsc';
import { type AvroCodec, corruptAvro, notOfAvroType, type TypeShape } from './avro-type-shape.ts';

type Kind = 'null' | 'boolean' | 'number' | 'string' | 'bytes' | 'array' | 'object';

const KINDS: Readonly<Record<string, Kind>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  string: 'string',
  enum: 'string',
  bytes: 'bytes',
  fixed: 'bytes',
  array: 'array',
};

function kindOfValue(value: unknown): Kind | undefined {
  switch (typeof value) {
    case 'boolean':
    case 'number':
    case 'string':
      return typeof value as Kind;
    case 'bigint':
      return 'number';
    case 'undefined':
      return 'null';
    case 'object':
      if (value === null) {
        return 'null';
      }
      return value instanceof Uint8Array ? 'bytes' : Array.isArray(value) ? 'array' : 'object';
  }
  return undefined;
}

interface Branch {
  readonly name: string;
  readonly codec: AvroCodec;
  readonly isNamed: boolean;
}

function isAmbiguous(kinds: readonly Kind[]): boolean {
  return new Set(kinds).size < kinds.length;
}

function kindsOf(shape: TypeShape): Kind[] {
  return shape.types.map((type) => KINDS[(type as unknown as TypeShape).typeName] ?? 'object');
}

/** For each branch: from its value to the union's. */
export function branchForms(shape: TypeShape): ((value: unknown) => unknown)[] {
  const kinds = kindsOf(shape);
  const ambiguous = isAmbiguous(kinds);
  return shape.types.map((type, index) => {
    const name = String((type as unknown as TypeShape).branchName);
    return ambiguous && kinds[index] !== 'null' ? (value) => ({ [name]: value }) : (value) => value;
  });
}

export function unionCodec(shape: TypeShape, codecOf: (branch: avro.Type) => AvroCodec): AvroCodec {
  const kinds = kindsOf(shape);
  const ambiguous = isAmbiguous(kinds);
  const branches: Branch[] = shape.types.map((type, index) => ({
    name: String((type as unknown as TypeShape).branchName),
    codec: codecOf(type),
    isNamed: ambiguous && kinds[index] !== 'null',
  }));
  const expected = `union of ${branches.map((branch) => branch.name).join(', ')}`;

  const indexOf = (value: unknown): number => {
    const kind = kindOfValue(value);
    if (!ambiguous || kind === 'null') {
      return kinds.indexOf(kind as Kind);
    }
    const names = kind === 'object' ? Object.keys(value as object) : [];
    return names.length === 1 ? branches.findIndex((branch) => branch.name === names[0]) : -1;
  };
  const branchOf = (value: unknown): [Branch, number] => {
    const index = indexOf(value);
    const branch = branches[index];
    if (branch === undefined) {
      throw notOfAvroType(ambiguous ? `${expected}, as { branch: value }` : expected, value);
    }
    return [branch, index];
  };
  const inner = (branch: Branch, value: unknown) =>
    branch.isNamed ? (value as Record<string, unknown>)[branch.name] : value;
  const outer = (branch: Branch, value: unknown) =>
    branch.isNamed ? { [branch.name]: value } : value;

  return {
    write: (value, target) => {
      const [branch, index] = branchOf(value);
      target.writeInt(index);
      branch.codec.write(inner(branch, value), target);
    },
    read: (source) => {
      const index = source.readInt();
      const branch = branches[index];
      if (branch === undefined) {
        throw corruptAvro(`branch ${index} of a ${expected}`);
      }
      return outer(branch, branch.codec.read(source));
    },
    copy: (value) => {
      const [branch] = branchOf(value);
      return outer(branch, branch.codec.copy(inner(branch, value)));
    },
  };
}

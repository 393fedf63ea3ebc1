/**
 * Java objects with named fields, as plain objects: a byte of flags, then for each field a null
 * flag and the value. Fields stand in the order of their names.
 *
 * Invariants:
 * - A value that was read or copied has the fields of the type and no others, null where they were
 *   null or undefined: what a type does not declare is gone at the first copy, and not at a restore.
 * - An object of a subclass carries the subclass's name in `[POJO_CLASS]`.
 *
 * Flink: PojoSerializer. Bytes: docs/formats/types.md
 */
// Hot path.

import { CheckpointError } from '../errors/errors.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import {
  type FieldReader,
  type FieldWriter,
  type PojoFields,
  pojoReader,
  pojoWriter,
} from './field-code.ts';
import { inField } from './in-field.ts';
import { keyTypeUnsupported, notOfType, snapshotCorrupt } from './not-of-type.ts';
import { POJO_CLASS, type PojoDescription, type PojoSubclass } from './pojo-description.ts';
import { pojoSnapshotOf, setPojoSerializerClass } from './pojo-serializer-snapshot.ts';
import type { TypeSerializer, TypeSerializerSnapshot } from './type-serializer.ts';

const IS_NULL = 1;
const NO_SUBCLASS = 2;
const IS_SUBCLASS = 4;
const IS_TAGGED_SUBCLASS = 8;

type PlainObject = Record<string, unknown> & { [POJO_CLASS]?: string };

export class PojoSerializer<T extends object> implements TypeSerializer<T> {
  readonly length = -1;
  readonly isImmutableType = false;
  readonly description: PojoDescription;
  private readonly names: readonly string[];
  private readonly serializers: readonly TypeSerializer<unknown>[];
  /** Indices of the fields whose values can be changed in place. */
  private readonly mutableFields: readonly number[];
  private readonly copyFields: (object: PlainObject) => PlainObject;
  // Made at the first use: serializers of snapshots are often never used. Equal serializers may
  // differ in them.
  #readFields: FieldReader<T> | undefined = undefined;
  #writeFields: FieldWriter | undefined = undefined;

  constructor(description: PojoDescription) {
    this.description = description;
    this.names = description.fields.map((field) => field.name);
    this.serializers = description.fields.map((field) => field.serializer);
    this.mutableFields = [...this.names.keys()].filter(
      (i) => !(this.serializers[i] as TypeSerializer<unknown>).isImmutableType,
    );
    this.copyFields = fieldCopier(description.declaredNames ?? this.names);
  }

  serialize(value: T, target: DataOutputView): void {
    if (value === null || value === undefined) {
      target.writeByte(IS_NULL);
      return;
    }
    if (typeof value !== 'object') {
      throw notOfType(this.description.className, value, 'use an object');
    }
    const object = value as PlainObject;
    const subclass = object[POJO_CLASS];
    if (subclass !== undefined && subclass !== this.description.className) {
      this.serializeSubclass(subclass, object, target);
      return;
    }
    this.#writeFields ??= pojoWriter(this.fields());
    this.#writeFields(object, target);
  }

  deserialize(source: DataInputView): T {
    if (source.buffer[source.position] === NO_SUBCLASS) {
      return this.deserializeFields(source);
    }
    const flags = source.readUnsignedByte();
    switch (flags) {
      case IS_NULL:
        return null as unknown as T;
      case IS_SUBCLASS:
        return this.deserializeSubclass(this.subclassOfName(source.readUTF()), source);
      case IS_TAGGED_SUBCLASS:
        return this.deserializeSubclass(this.subclassOfTag(source.readUnsignedByte()), source);
    }
    throw snapshotCorrupt(`${flags} is no flag of the POJO ${this.description.className}`);
  }

  copy(value: T): T {
    if (value === null || value === undefined) {
      return value;
    }
    const object = value as PlainObject;
    const subclass = object[POJO_CLASS];
    if (subclass !== undefined && subclass !== this.description.className) {
      return this.subclassOfName(subclass).serializer.copy(value) as T;
    }
    const copy = this.copyFields(object);
    const { mutableFields } = this;
    for (let i = 0; i < mutableFields.length; i++) {
      const at = mutableFields[i] as number;
      const name = this.names[at] as string;
      const field = object[name];
      if (field !== null && field !== undefined) {
        copy[name] = (this.serializers[at] as TypeSerializer<unknown>).copy(field);
      }
    }
    return copy as T;
  }

  hashCode(value: T): number {
    const { hashCode, className } = this.description;
    if (hashCode === undefined) {
      throw keyTypeUnsupported(
        `the POJO ${className}`,
        'give Types.POJO the option hashCode, which computes what the Java class computes',
      );
    }
    return hashCode(value) | 0;
  }

  /** Of an object that is of no subclass. */
  fields(): PojoFields {
    const { names, serializers } = this;
    const failed = (field: number, error: unknown) => inField(names[field] as string, error);
    return { head: NO_SUBCLASS, names, serializers, failed };
  }

  snapshotConfiguration(): TypeSerializerSnapshot<T> {
    return pojoSnapshotOf(this.description) as unknown as TypeSerializerSnapshot<T>;
  }

  private deserializeFields(source: DataInputView): T {
    this.#readFields ??= pojoReader(this.fields());
    return this.#readFields(source);
  }

  private serializeSubclass(className: string, value: object, target: DataOutputView): void {
    const { registeredSubclasses } = this.description;
    const tag = registeredSubclasses.findIndex((subclass) => subclass.className === className);
    if (tag >= 0) {
      target.writeByte(IS_TAGGED_SUBCLASS);
      target.writeByte(tag);
    } else {
      target.writeByte(IS_SUBCLASS);
      target.writeUTF(className);
    }
    this.subclassOfName(className).serializer.serialize(value, target);
  }

  private deserializeSubclass(subclass: PojoSubclass, source: DataInputView): T {
    const value = subclass.serializer.deserialize(source);
    if (typeof value === 'object' && value !== null) {
      (value as PlainObject)[POJO_CLASS] ??= subclass.className;
    }
    return value as T;
  }

  private subclassOfTag(tag: number): PojoSubclass {
    const subclass = this.description.registeredSubclasses[tag];
    if (subclass === undefined) {
      const count = this.description.registeredSubclasses.length;
      throw snapshotCorrupt(`subclass ${tag} of ${this.description.className}, which has ${count}`);
    }
    return subclass;
  }

  private subclassOfName(className: string): PojoSubclass {
    const { registeredSubclasses, nonRegisteredSubclasses } = this.description;
    const isNamed = (subclass: PojoSubclass) => subclass.className === className;
    const subclass = registeredSubclasses.find(isNamed) ?? nonRegisteredSubclasses.find(isNamed);
    if (subclass === undefined) {
      throw new CheckpointError(
        'SERIALIZER_SNAPSHOT_UNKNOWN',
        `${this.description.className} has no subclass ${className}; describe it in the option ` +
          'subclasses of Types.POJO',
      );
    }
    return subclass;
  }
}

/**
 * Makes an object literal of the fields, which is many times as fast as setting one after the other;
 * a process that forbids code from text does that.
 */
function fieldCopier(names: readonly string[]): (object: PlainObject) => PlainObject {
  const fields = names.map((name) => {
    const text = JSON.stringify(name);
    return `${text}: object[${text}] ?? null`;
  });
  try {
    return new Function('object', `return { ${fields.join(', ')} };`) as typeof inALoop;
  } catch {
    return inALoop;
  }
  function inALoop(object: PlainObject): PlainObject {
    const copy: PlainObject = {};
    for (const name of names) {
      copy[name] = object[name] ?? null;
    }
    return copy;
  }
}

setPojoSerializerClass((description) => new PojoSerializer<object>(description));

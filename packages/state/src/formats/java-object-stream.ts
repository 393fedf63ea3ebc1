/**
 * The part of Java's object serialization that Flink's snapshots need: objects with their fields and
 * what their classes write of their own, enums, classes and strings, with back references. No arrays
 * and no proxies. Written are only objects with plain fields.
 *
 * Bytes: docs/formats/checkpoint-metadata.md. Java: Object Serialization Stream Protocol, version 5.
 */
import { type DataInputView, type DataOutputView, invariant } from '@millrace/core';
import type { FormatInput } from './format-input.ts';

const STREAM_HEADER = 0xaced0005 | 0; // magic and version
const TC_NULL = 0x70;
const TC_REFERENCE = 0x71;
const TC_CLASSDESC = 0x72;
const TC_OBJECT = 0x73;
const TC_STRING = 0x74;
const TC_CLASS = 0x76;
const TC_BLOCKDATA = 0x77;
const TC_ENDBLOCKDATA = 0x78;
const TC_ENUM = 0x7e;
const BASE_HANDLE = 0x7e0000;
const SC_SERIALIZABLE = 2;
/** The class writes of its own behind its fields. */
const SC_SERIALIZABLE_WITH_WRITE_METHOD = 2 | 1;
/** The class writes all of its own, in blocks. */
const SC_EXTERNALIZABLE_IN_BLOCKS = 4 | 8;
const SC_SERIALIZABLE_ENUM = 2 | 16;
/** Objects of snapshots hold objects that hold enums; deeper ones are not Flink's. */
const NESTING_MAX = 16;

/** A class as it is described in the stream, each field with its JVM type. */
export interface JavaClass {
  readonly name: string;
  /** Eight bytes of serialVersionUID, as a signed number. */
  readonly serialVersionUid: bigint;
  readonly isEnum: boolean;
  /** True when data of its own follows its fields. */
  readonly writesOwnData?: boolean;
  /** `Z` for a boolean, `I` for an int and so on, else `L…;`. In the stream's order. */
  readonly fields: readonly { readonly name: string; readonly type: string }[];
  readonly superClass: JavaClass | undefined;
}

export type JavaValue =
  | boolean
  | number
  | bigint
  | string
  | null
  | JavaObject
  | JavaEnum
  | JavaClassValue;

export interface JavaObject {
  readonly kind: 'object';
  readonly class: JavaClass;
  readonly fields: ReadonlyMap<string, JavaValue>;
  /** What its classes wrote of their own, in order; none when it is left out. */
  readonly ownData?: readonly (Uint8Array | JavaValue)[];
}

export interface JavaEnum {
  readonly kind: 'enum';
  readonly class: JavaClass;
  readonly constant: string;
}

/** A class as a value. */
export interface JavaClassValue {
  readonly kind: 'class';
  readonly class: JavaClass;
}

export const JAVA_ENUM: JavaClass = {
  name: 'java.lang.Enum',
  serialVersionUid: 0n,
  isEnum: true,
  fields: [],
  superClass: undefined,
};

/** Reads one value. The stream has no length of its own: what follows stays unread. */
export function readJavaObjectStream(input: FormatInput, field: string): JavaValue {
  const at = input.position;
  if (input.int(`header of ${field}`) !== STREAM_HEADER) {
    throw input.corrupt(`header of ${field}`, 'it does not begin as a Java object stream does', at);
  }
  return new JavaObjectReader(input, field).readValue(0);
}

/** By the letter of the type. */
const PRIMITIVES: ReadonlyMap<string, (view: DataInputView) => JavaValue> = new Map([
  ['Z', (view: DataInputView): JavaValue => view.readBoolean()],
  ['B', (view) => view.readByte()],
  ['S', (view) => view.readShort()],
  ['C', (view) => view.readUnsignedShort()],
  ['I', (view) => view.readInt()],
  ['J', (view) => view.readBigLong()],
  ['F', (view) => view.readFloat()],
  ['D', (view) => view.readDouble()],
]);

class JavaObjectReader {
  private readonly input: FormatInput;
  private readonly field: string;
  private readonly handles: unknown[] = [];

  constructor(input: FormatInput, field: string) {
    this.input = input;
    this.field = field;
  }

  readValue(nesting: number): JavaValue {
    const at = this.input.position;
    const tag = this.input.unsignedByte(this.field);
    if (nesting > NESTING_MAX) {
      throw this.input.corrupt(this.field, 'its objects are nested too deep', at);
    }
    switch (tag) {
      case TC_NULL:
        return null;
      case TC_STRING:
        return this.readNewString();
      case TC_REFERENCE:
        return this.readReference(at, isJavaValue);
      case TC_OBJECT:
        return this.readObject(nesting);
      case TC_CLASS: {
        const value: JavaClassValue = { kind: 'class', class: this.requireClass() };
        this.handles.push(value);
        return value;
      }
      case TC_ENUM: {
        const javaClass = this.requireClass();
        const handle = this.handles.push(undefined) - 1;
        const constant = this.readString();
        const value: JavaEnum = { kind: 'enum', class: javaClass, constant };
        this.handles[handle] = value;
        return value;
      }
      default:
        throw this.input.corrupt(this.field, `tag ${tag} begins no value that is known here`, at);
    }
  }

  private readObject(nesting: number): JavaObject {
    const javaClass = this.requireClass();
    const fields = new Map<string, JavaValue>();
    const ownData: (Uint8Array | JavaValue)[] = [];
    const value: JavaObject = { kind: 'object', class: javaClass, fields, ownData };
    this.handles.push(value);
    const classes: JavaClass[] = [];
    for (let c: JavaClass | undefined = javaClass; c !== undefined; c = c.superClass) {
      classes.unshift(c);
    }
    for (const each of classes) {
      for (const { name, type } of each.fields) {
        fields.set(name, this.readField(name, type, nesting));
      }
      if (each.writesOwnData === true) {
        ownData.push(...this.readOwnData(nesting));
      }
    }
    return value;
  }

  private readField(name: string, type: string, nesting: number): JavaValue {
    const field = `${name} of ${this.field}`;
    const read = PRIMITIVES.get(type);
    return read === undefined ? this.readValue(nesting + 1) : this.input.read(field, read);
  }

  /** Blocks of bytes and values, up to their end. */
  private readOwnData(nesting: number): (Uint8Array | JavaValue)[] {
    const data: (Uint8Array | JavaValue)[] = [];
    for (;;) {
      const tag = this.input.peekUnsignedByte();
      if (tag === TC_BLOCKDATA) {
        this.input.unsignedByte(this.field);
        data.push(this.input.bytes(this.field, this.input.unsignedByte(this.field)));
      } else if (tag === TC_ENDBLOCKDATA) {
        this.input.unsignedByte(this.field);
        return data;
      } else {
        data.push(this.readValue(nesting + 1));
      }
    }
  }

  private requireClass(): JavaClass {
    const at = this.input.position;
    const javaClass = this.readClass(0);
    if (javaClass === undefined) {
      throw this.input.corrupt(this.field, 'a value has no class', at);
    }
    return javaClass;
  }

  private readClass(nesting: number): JavaClass | undefined {
    const at = this.input.position;
    const tag = this.input.unsignedByte(`class in ${this.field}`);
    if (tag === TC_NULL) {
      return undefined;
    }
    if (tag === TC_REFERENCE) {
      return this.readReference(at, isJavaClass);
    }
    if (tag !== TC_CLASSDESC || nesting > NESTING_MAX) {
      throw this.input.corrupt(`class in ${this.field}`, `tag ${tag} begins no class`, at);
    }
    const name = this.input.utf(`class name in ${this.field}`);
    const serialVersionUid = this.input.read(`class ${name}`, (view) => view.readBigLong());
    const handle = this.handles.push(undefined) - 1;
    const flagsAt = this.input.position;
    const flags = this.input.unsignedByte(`flags of class ${name}`);
    const writesOwnData =
      flags === SC_SERIALIZABLE_WITH_WRITE_METHOD || flags === SC_EXTERNALIZABLE_IN_BLOCKS;
    if (flags !== SC_SERIALIZABLE && flags !== SC_SERIALIZABLE_ENUM && !writesOwnData) {
      throw this.input.corrupt(`flags of class ${name}`, `${flags} is not known here`, flagsAt);
    }
    const fields = this.readFields(name);
    const endAt = this.input.position;
    if (this.input.unsignedByte(`end of class ${name}`) !== TC_ENDBLOCKDATA) {
      throw this.input.corrupt(`end of class ${name}`, 'annotations are not known here', endAt);
    }
    const superClass = this.readClass(nesting + 1);
    const isEnum = flags === SC_SERIALIZABLE_ENUM;
    const javaClass: JavaClass = {
      name,
      serialVersionUid,
      isEnum,
      writesOwnData,
      fields,
      superClass,
    };
    this.handles[handle] = javaClass;
    return javaClass;
  }

  private readFields(className: string): { name: string; type: string }[] {
    const count = this.input.read(`class ${className}`, (view) => view.readUnsignedShort());
    const fields: { name: string; type: string }[] = [];
    for (let i = 0; i < count; i++) {
      const at = this.input.position;
      const code = String.fromCharCode(this.input.unsignedByte(`field of class ${className}`));
      const name = this.input.utf(`field name of class ${className}`);
      if (code !== 'L' && !PRIMITIVES.has(code)) {
        throw this.input.corrupt(`field ${name} of class ${className}`, 'its type is unknown', at);
      }
      fields.push({ name, type: code === 'L' ? this.readString() : code });
    }
    return fields;
  }

  private readString(): string {
    const at = this.input.position;
    const tag = this.input.unsignedByte(`text in ${this.field}`);
    if (tag === TC_REFERENCE) {
      return this.readReference(at, (value) => typeof value === 'string');
    }
    if (tag !== TC_STRING) {
      throw this.input.corrupt(`text in ${this.field}`, `tag ${tag} begins no text`, at);
    }
    return this.readNewString();
  }

  private readNewString(): string {
    const text = this.input.utf(`text in ${this.field}`);
    this.handles.push(text);
    return text;
  }

  private readReference<T>(at: number, isExpected: (value: unknown) => value is T): T {
    const value = this.handles[this.input.int(`reference in ${this.field}`) - BASE_HANDLE];
    if (!isExpected(value)) {
      throw this.input.corrupt(`reference in ${this.field}`, 'it points to no such value', at);
    }
    return value;
  }
}

function isJavaClass(value: unknown): value is JavaClass {
  return typeof value === 'object' && value !== null && 'serialVersionUid' in value;
}

function isJavaValue(value: unknown): value is JavaValue {
  return (
    typeof value === 'string' || (typeof value === 'object' && value !== null && 'kind' in value)
  );
}

/** Writes one value. Classes and strings that are equal are written once, as Java does. */
export function writeJavaObjectStream(output: DataOutputView, value: JavaValue): void {
  output.writeInt(STREAM_HEADER);
  new JavaObjectWriter(output).writeValue(value);
}

class JavaObjectWriter {
  private readonly output: DataOutputView;
  /** By `text …`, `class …` or `enum …`. */
  private readonly handles: Map<string, number> = new Map();
  private nextHandle = BASE_HANDLE;

  constructor(output: DataOutputView) {
    this.output = output;
  }

  writeValue(value: JavaValue): void {
    if (value === null) {
      this.output.writeByte(TC_NULL);
    } else if (typeof value === 'string') {
      this.writeString(value);
    } else if (typeof value === 'boolean') {
      this.output.writeBoolean(value);
    } else if (typeof value !== 'object' || value.kind === 'class') {
      invariant(false, 'only objects of booleans, strings, enums and such objects are written');
    } else if (value.kind === 'enum') {
      const key = `enum ${value.class.name}.${value.constant}`;
      if (!this.writeKnown(key)) {
        this.output.writeByte(TC_ENUM);
        this.writeClass(value.class);
        this.handles.set(key, this.nextHandle++);
        this.writeString(value.constant);
      }
    } else {
      this.output.writeByte(TC_OBJECT);
      this.writeClass(value.class);
      this.nextHandle++;
      for (const field of value.class.fields) {
        this.writeValue(value.fields.get(field.name) ?? null);
      }
    }
  }

  private writeClass(javaClass: JavaClass | undefined): void {
    if (javaClass === undefined) {
      this.output.writeByte(TC_NULL);
      return;
    }
    if (this.writeKnown(`class ${javaClass.name}`)) {
      return;
    }
    this.output.writeByte(TC_CLASSDESC);
    this.output.writeUTF(javaClass.name);
    this.output.writeBigLong(javaClass.serialVersionUid);
    this.handles.set(`class ${javaClass.name}`, this.nextHandle++);
    this.output.writeByte(javaClass.isEnum ? SC_SERIALIZABLE_ENUM : SC_SERIALIZABLE);
    this.output.writeShort(javaClass.fields.length);
    for (const { name, type } of javaClass.fields) {
      this.output.writeByte(type.charCodeAt(0));
      this.output.writeUTF(name);
      if (type !== 'Z') {
        this.writeString(type);
      }
    }
    this.output.writeByte(TC_ENDBLOCKDATA);
    this.writeClass(javaClass.superClass);
  }

  private writeString(text: string): void {
    if (!this.writeKnown(`text ${text}`)) {
      this.output.writeByte(TC_STRING);
      this.output.writeUTF(text);
      this.handles.set(`text ${text}`, this.nextHandle++);
    }
  }

  private writeKnown(key: string): boolean {
    const handle = this.handles.get(key);
    if (handle === undefined) {
      return false;
    }
    this.output.writeByte(TC_REFERENCE);
    this.output.writeInt(handle);
    return true;
  }
}

/**
 * Strings, characters and booleans.
 *
 * Flink: StringSerializer, CharSerializer, BooleanSerializer and their Value types.
 */
// Hot path.

import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { hashBoolean, hashString } from './java-hash.ts';
import { notOfType } from './not-of-type.ts';
import {
  baseSnapshotClass,
  registerSimpleSerializer,
  SimpleTypeSerializer,
} from './simple-type-serializer.ts';
import {
  readFlinkString,
  readUnitCount,
  readUnits,
  writeFlinkString,
  writeUnits,
} from './string-encoding.ts';

/** `null` is written and read as such; `undefined` is written as `null`. */
export class StringSerializer extends SimpleTypeSerializer<string> {
  readonly length = -1;
  readonly snapshotClassName: string = baseSnapshotClass('String');

  serialize(value: string, target: DataOutputView): void {
    if (typeof value === 'string') {
      writeUnits(value, 1, target);
    } else if (value === null || value === undefined) {
      writeFlinkString(null, target);
    } else {
      throw notOfType('String', value, 'use a string, or declare the type that it has');
    }
  }

  deserialize(source: DataInputView): string {
    return readFlinkString(source) as string;
  }

  hashCode(value: string): number {
    return hashString(value);
  }

  keyIdentity(value: string): string {
    return value;
  }
}

/** Like String, but without a null. */
export class StringValueSerializer extends SimpleTypeSerializer<string> {
  readonly length = -1;
  readonly snapshotClassName: string = baseSnapshotClass('StringValue');

  serialize(value: string, target: DataOutputView): void {
    if (typeof value !== 'string') {
      throw notOfType('StringValue', value, 'use a string');
    }
    writeUnits(value, 0, target);
  }

  deserialize(source: DataInputView): string {
    return readUnits(readUnitCount(source), source);
  }

  hashCode(value: string): number {
    return hashString(value);
  }

  keyIdentity(value: string): string {
    return value;
  }
}

/** A string of one UTF-16 unit. */
export class CharSerializer extends SimpleTypeSerializer<string> {
  readonly length = 2;
  readonly snapshotClassName: string;

  constructor(snapshotClassName: string = baseSnapshotClass('Char')) {
    super();
    this.snapshotClassName = snapshotClassName;
  }

  serialize(value: string, target: DataOutputView): void {
    if (typeof value !== 'string' || value.length !== 1) {
      throw notOfType('Char', value, 'use a string of one UTF-16 unit, or declare Types.STRING');
    }
    target.writeChar(value.charCodeAt(0));
  }

  deserialize(source: DataInputView): string {
    return String.fromCharCode(source.readUnsignedShort());
  }

  hashCode(value: string): number {
    return value.charCodeAt(0);
  }

  keyIdentity(value: string): string {
    return value;
  }
}

export class BooleanSerializer extends SimpleTypeSerializer<boolean> {
  readonly length = 1;
  readonly snapshotClassName: string;

  constructor(snapshotClassName: string = baseSnapshotClass('Boolean')) {
    super();
    this.snapshotClassName = snapshotClassName;
  }

  serialize(value: boolean, target: DataOutputView): void {
    if (typeof value !== 'boolean') {
      throw notOfType('Boolean', value, 'use true or false');
    }
    target.writeBoolean(value);
  }

  deserialize(source: DataInputView): boolean {
    return source.readBoolean();
  }

  hashCode(value: boolean): number {
    return hashBoolean(value);
  }

  keyIdentity(value: boolean): boolean {
    return value;
  }
}

/** Flink: BooleanValue, whose hash is not that of Boolean. */
export class BooleanValueSerializer extends BooleanSerializer {
  override readonly snapshotClassName: string = baseSnapshotClass('BooleanValue');

  override hashCode(value: boolean): number {
    return value ? 1 : 0;
  }
}

export const STRING_SERIALIZER: StringSerializer = registerSimpleSerializer(new StringSerializer());
export const STRING_VALUE_SERIALIZER: StringValueSerializer = registerSimpleSerializer(
  new StringValueSerializer(),
);
export const CHAR_SERIALIZER: CharSerializer = registerSimpleSerializer(new CharSerializer());
export const CHAR_VALUE_SERIALIZER: CharSerializer = registerSimpleSerializer(
  new CharSerializer(baseSnapshotClass('CharValue')),
);
export const BOOLEAN_SERIALIZER: BooleanSerializer = registerSimpleSerializer(
  new BooleanSerializer(),
);
export const BOOLEAN_VALUE_SERIALIZER: BooleanValueSerializer = registerSimpleSerializer(
  new BooleanValueSerializer(),
);

/**
 * Enum constants, which are strings here, as their index in the list that the snapshot holds.
 *
 * Invariants:
 * - After a restore the old constants keep their index, whatever their order in the program.
 *
 * Flink: EnumSerializer, EnumSerializerSnapshot.
 */
import { ConfigError } from '../errors/errors.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { incompatible, wasAndIs } from './incompatibility.ts';
import { keyTypeUnsupported, notOfType, snapshotCorrupt } from './not-of-type.ts';
import {
  registerSerializerSnapshot,
  snapshotVersionUnsupported,
} from './serializer-snapshot-registry.ts';
import { BASE_PACKAGE, typeChanged } from './simple-type-serializer.ts';
import type {
  TypeSerializer,
  TypeSerializerSchemaCompatibility,
  TypeSerializerSnapshot,
} from './type-serializer.ts';

const CLASS_NAME = `${BASE_PACKAGE}.EnumSerializer$EnumSerializerSnapshot`;
const VERSION = 3;

export class EnumSerializer<E extends string> implements TypeSerializer<E> {
  readonly length = 4;
  readonly isImmutableType = true;
  readonly enumClass: string;
  readonly constants: readonly E[];
  private readonly indexes: Map<E, number>;

  /** @throws ConfigError `CONFIG_VALUE_INVALID` when a constant is listed twice */
  constructor(enumClass: string, constants: readonly E[]) {
    this.enumClass = enumClass;
    this.constants = [...constants];
    this.indexes = new Map(constants.map((constant, index) => [constant, index]));
    if (this.indexes.size !== constants.length) {
      const repeated = constants.find((constant, index) => constants.indexOf(constant) !== index);
      throw new ConfigError('CONFIG_VALUE_INVALID', `${enumClass} lists ${repeated} twice`);
    }
  }

  serialize(value: E, target: DataOutputView): void {
    const index = this.indexes.get(value);
    if (index === undefined) {
      const constants = this.constants.join(', ');
      throw notOfType(`constant of ${this.enumClass}`, value, `use one of ${constants}`);
    }
    target.writeInt(index);
  }

  deserialize(source: DataInputView): E {
    const index = source.readInt();
    const constant = this.constants[index];
    if (constant === undefined) {
      const count = this.constants.length;
      throw snapshotCorrupt(`constant ${index} of ${this.enumClass}, which has ${count}`);
    }
    return constant;
  }

  copy(value: E): E {
    return value;
  }

  hashCode(_value: E): number {
    throw keyTypeUnsupported(`the enum ${this.enumClass}`, 'key by its name: Types.STRING');
  }

  snapshotConfiguration(): TypeSerializerSnapshot<E> {
    return new EnumSerializerSnapshot(this);
  }
}

export class EnumSerializerSnapshot<E extends string> implements TypeSerializerSnapshot<E> {
  readonly className: string = CLASS_NAME;
  readonly version: number = VERSION;
  private readonly serializer: EnumSerializer<E>;

  constructor(serializer: EnumSerializer<E>) {
    this.serializer = serializer;
  }

  writeSnapshot(target: DataOutputView): void {
    target.writeUTF(this.serializer.enumClass);
    target.writeInt(this.serializer.constants.length);
    for (const constant of this.serializer.constants) {
      target.writeUTF(constant);
    }
  }

  restoreSerializer(): TypeSerializer<E> {
    return this.serializer;
  }

  resolveSchemaCompatibility(
    oldSnapshot: TypeSerializerSnapshot<unknown>,
  ): TypeSerializerSchemaCompatibility<E> {
    if (!(oldSnapshot instanceof EnumSerializerSnapshot)) {
      return typeChanged(oldSnapshot, this);
    }
    const before = oldSnapshot.serializer as EnumSerializer<E>;
    const { enumClass, constants } = this.serializer;
    if (before.enumClass !== enumClass) {
      return incompatible(wasAndIs(`enum ${before.enumClass}`, `enum ${enumClass}`), {
        rule: 'an enum cannot be renamed',
        remedy: `keep the name ${before.enumClass}`,
      });
    }
    const removed = before.constants.filter((constant) => !constants.includes(constant));
    if (removed.length > 0) {
      const names = removed.join(', ');
      return incompatible(`enum ${enumClass} has ${names} in the snapshot, not in the program`, {
        rule: 'a constant cannot be removed or renamed',
        remedy: `list ${names} again`,
      });
    }
    if (before.constants.every((constant, index) => constants[index] === constant)) {
      return { kind: 'compatible-as-is' };
    }
    const added = constants.filter((constant) => !before.constants.includes(constant));
    const serializer = new EnumSerializer(enumClass, [...before.constants, ...added]);
    return { kind: 'compatible-with-reconfigured-serializer', serializer };
  }
}

registerSerializerSnapshot(CLASS_NAME, (version, source) => {
  if (version !== VERSION) {
    throw snapshotVersionUnsupported(CLASS_NAME, version);
  }
  const enumClass = source.readUTF();
  const count = source.readCount();
  const constants: string[] = [];
  for (let i = 0; i < count; i++) {
    constants.push(source.readUTF());
  }
  if (new Set(constants).size !== count) {
    throw snapshotCorrupt(`${enumClass} lists a constant twice`);
  }
  return new EnumSerializerSnapshot(new EnumSerializer(enumClass, constants));
});

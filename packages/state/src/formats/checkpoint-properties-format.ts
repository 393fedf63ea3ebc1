/**
 * CheckpointProperties as Flink stores them: a serialized Java object, byte for byte.
 *
 * Bytes: docs/formats/checkpoint-metadata.md. Flink: MetadataV4Serializer, CheckpointProperties.
 */
import type { DataOutputView } from '@millrace/core';
import type { CheckpointProperties, SnapshotType } from '../snapshot/operator-state.ts';
import type { FormatInput } from './format-input.ts';
import {
  JAVA_ENUM,
  type JavaClass,
  type JavaEnum,
  type JavaObject,
  type JavaValue,
  readJavaObjectStream,
  writeJavaObjectStream,
} from './java-object-stream.ts';

const CHECKPOINT_PACKAGE = 'org.apache.flink.runtime.checkpoint';
const STRING = 'Ljava/lang/String;';

function enumClass(name: string): JavaClass {
  return { name, serialVersionUid: 0n, isEnum: true, fields: [], superClass: JAVA_ENUM };
}

function objectField(name: string, className: string): { name: string; type: string } {
  return { name, type: `L${className.replaceAll('.', '/')};` };
}

const FORMAT_TYPE = enumClass('org.apache.flink.core.execution.SavepointFormatType');
const POST_CHECKPOINT_ACTION = enumClass(
  `${CHECKPOINT_PACKAGE}.SavepointType$PostCheckpointAction`,
);
const SHARING_FILES_STRATEGY = enumClass(`${CHECKPOINT_PACKAGE}.SnapshotType$SharingFilesStrategy`);

const SAVEPOINT_TYPE: JavaClass = {
  name: `${CHECKPOINT_PACKAGE}.SavepointType`,
  serialVersionUid: BigInt.asIntN(64, 0xa087d308a45814b8n),
  isEnum: false,
  fields: [
    objectField('formatType', FORMAT_TYPE.name),
    { name: 'name', type: STRING },
    objectField('postCheckpointAction', POST_CHECKPOINT_ACTION.name),
  ],
  superClass: undefined,
};

const CHECKPOINT_TYPE: JavaClass = {
  name: `${CHECKPOINT_PACKAGE}.CheckpointType`,
  serialVersionUid: BigInt.asIntN(64, 0xd6de4f0305ae1d3an),
  isEnum: false,
  fields: [
    { name: 'name', type: STRING },
    objectField('sharingFilesStrategy', SHARING_FILES_STRATEGY.name),
  ],
  superClass: undefined,
};

const FLAGS = [
  'discardCancelled',
  'discardFailed',
  'discardFinished',
  'discardSubsumed',
  'discardSuspended',
  'forced',
  'unclaimed',
] as const;

const CHECKPOINT_PROPERTIES: JavaClass = {
  name: `${CHECKPOINT_PACKAGE}.CheckpointProperties`,
  serialVersionUid: 2n,
  isEnum: false,
  fields: [
    ...FLAGS.map((name) => ({ name, type: 'Z' })),
    objectField('checkpointType', `${CHECKPOINT_PACKAGE}.SnapshotType`),
  ],
  superClass: undefined,
};

const NAMES = {
  checkpoint: ['Checkpoint', 'Full Checkpoint'],
  savepoint: ['Savepoint', 'Suspend Savepoint', 'Terminate Savepoint'],
  formatType: ['canonical', 'native'],
  postCheckpointAction: ['none', 'suspend', 'terminate'],
  sharingFilesStrategy: ['forward-backward', 'forward', 'no-sharing'],
} as const;

/** @throws CheckpointError `SNAPSHOT_CORRUPT` */
export function readCheckpointProperties(input: FormatInput): CheckpointProperties {
  const at = input.position;
  const reader = new PropertiesReader(input, at);
  const value = readJavaObjectStream(input, 'checkpoint properties');
  const root = reader.object(value, CHECKPOINT_PROPERTIES.name);
  const flag = (name: (typeof FLAGS)[number]): boolean => root.fields.get(name) === true;
  return {
    snapshotType: reader.snapshotType(root.fields.get('checkpointType') ?? null),
    forced: flag('forced'),
    unclaimed: flag('unclaimed'),
    discardSubsumed: flag('discardSubsumed'),
    discardFinished: flag('discardFinished'),
    discardCancelled: flag('discardCancelled'),
    discardFailed: flag('discardFailed'),
    discardSuspended: flag('discardSuspended'),
  };
}

class PropertiesReader {
  private readonly input: FormatInput;
  private readonly at: number;

  constructor(input: FormatInput, at: number) {
    this.input = input;
    this.at = at;
  }

  object(value: JavaValue, ...classNames: string[]): JavaObject {
    const isObject = typeof value === 'object' && value?.kind === 'object';
    if (!isObject || !classNames.includes(value.class.name)) {
      throw this.corrupt(`there is no ${classNames.join(' or ')}`);
    }
    return value;
  }

  snapshotType(value: JavaValue): SnapshotType {
    const type = this.object(value, SAVEPOINT_TYPE.name, CHECKPOINT_TYPE.name);
    if (type.class.name === CHECKPOINT_TYPE.name) {
      return {
        kind: 'checkpoint',
        name: this.oneOf(type.fields.get('name'), NAMES.checkpoint),
        sharingFilesStrategy: this.constant(type, 'sharingFilesStrategy'),
      };
    }
    return {
      kind: 'savepoint',
      name: this.oneOf(type.fields.get('name'), NAMES.savepoint),
      formatType: this.constant(type, 'formatType'),
      postCheckpointAction: this.constant(type, 'postCheckpointAction'),
    };
  }

  private constant<F extends 'sharingFilesStrategy' | 'formatType' | 'postCheckpointAction'>(
    type: JavaObject,
    field: F,
  ): (typeof NAMES)[F][number] {
    const value = type.fields.get(field) ?? null;
    const constant = typeof value === 'object' && value?.kind === 'enum' ? value.constant : '';
    const names: readonly (typeof NAMES)[F][number][] = NAMES[field];
    return this.oneOf(constant.toLowerCase().replaceAll('_', '-'), names);
  }

  private oneOf<T extends string>(value: unknown, allowed: readonly T[]): T {
    const found = allowed.find((name) => name === value);
    if (found === undefined) {
      throw this.corrupt(`'${String(value)}' is none of ${allowed.join(', ')}`);
    }
    return found;
  }

  private corrupt(reason: string): Error {
    return this.input.corrupt('checkpoint properties', reason, this.at);
  }
}

export function writeCheckpointProperties(
  output: DataOutputView,
  properties: CheckpointProperties,
): void {
  const fields = new Map<string, JavaValue>(FLAGS.map((name) => [name, properties[name]]));
  fields.set('checkpointType', snapshotTypeObject(properties.snapshotType));
  writeJavaObjectStream(output, { kind: 'object', class: CHECKPOINT_PROPERTIES, fields });
}

function snapshotTypeObject(type: SnapshotType): JavaObject {
  if (type.kind === 'checkpoint') {
    return {
      kind: 'object',
      class: CHECKPOINT_TYPE,
      fields: new Map<string, JavaValue>([
        ['name', type.name],
        ['sharingFilesStrategy', enumValue(SHARING_FILES_STRATEGY, type.sharingFilesStrategy)],
      ]),
    };
  }
  return {
    kind: 'object',
    class: SAVEPOINT_TYPE,
    fields: new Map<string, JavaValue>([
      ['formatType', enumValue(FORMAT_TYPE, type.formatType)],
      ['name', type.name],
      ['postCheckpointAction', enumValue(POST_CHECKPOINT_ACTION, type.postCheckpointAction)],
    ]),
  };
}

function enumValue(javaClass: JavaClass, name: string): JavaEnum {
  const constant = name.toUpperCase().replaceAll('-', '_');
  return { kind: 'enum', class: javaClass, constant };
}

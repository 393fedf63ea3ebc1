/**
 * Avro types. Importing this package makes the Avro serializers of Flink's snapshots readable.
 *
 * Flink: AvroSerializer, AvroSerializerSnapshot, AvroTypeInfo, GenericRecordAvroTypeInfo.
 */
import {
  ConfigError,
  type DataInputView,
  type DataOutputView,
  readFlinkString,
  registerSerializerSnapshot,
  SerializerTypeInformation,
  snapshotVersionUnsupported,
  type TypeInformation,
  type TypeSerializer,
  type TypeSerializerSchemaCompatibility,
  type TypeSerializerSnapshot,
  typeChanged,
  writeFlinkString,
} from '@millrace/core';
import { codecOf } from './avro-codec.ts';
import { type AvroSchema, isSameSchema, parseAvroSchema, schemaMismatch } from './avro-schema.ts';
import { type AvroCodec, corruptAvro } from './avro-type-shape.ts';

const CLASS_NAME = 'org.apache.flink.formats.avro.typeutils.AvroSerializerSnapshot';
const VERSION = 3;
const VERSION_WITH_UTF = 2;
const VERSION_WITHOUT_CLASS = 1;
const GENERIC_RECORD = 'org.apache.avro.generic.GenericRecord';

/**
 * The type of an Avro schema.
 *
 * @param schema - as JSON text or as an object
 * @param className - the generated Java class; GenericRecord when the Flink job uses that
 * @throws ConfigError `CONFIG_VALUE_INVALID` when the schema is not one
 */
export function avroType<T = unknown>(
  schema: string | object,
  className: string = GENERIC_RECORD,
): TypeInformation<T> {
  const parsed = parseAvroSchema(schema);
  return new SerializerTypeInformation(new AvroSerializer<T>(parsed, className), {
    name: `Avro<${parsed.type.name ?? parsed.type.typeName}>`,
    isKeyType: false,
    javaClassName: className,
  });
}

export class AvroSerializer<T> implements TypeSerializer<T> {
  readonly length = -1;
  readonly isImmutableType = false;
  readonly schema: AvroSchema;
  readonly className: string;
  private readonly codec: AvroCodec;

  constructor(schema: AvroSchema, className: string) {
    this.schema = schema;
    this.className = className;
    this.codec = codecOf(schema.type);
  }

  serialize(value: T, target: DataOutputView): void {
    this.codec.write(value, target);
  }

  deserialize(source: DataInputView): T {
    return this.codec.read(source) as T;
  }

  copy(value: T): T {
    return this.codec.copy(value) as T;
  }

  hashCode(_value: T): number {
    throw new ConfigError(
      'KEY_TYPE_UNSUPPORTED',
      'Avro data cannot be a key here; key by its fields: Types.STRING, Types.TUPLE',
    );
  }

  snapshotConfiguration(): TypeSerializerSnapshot<T> {
    return new AvroSerializerSnapshot(this);
  }
}

export class AvroSerializerSnapshot<T> implements TypeSerializerSnapshot<T> {
  readonly className: string = CLASS_NAME;
  readonly version: number = VERSION;
  private readonly serializer: AvroSerializer<T>;

  constructor(serializer: AvroSerializer<T>) {
    this.serializer = serializer;
  }

  writeSnapshot(target: DataOutputView): void {
    writeFlinkString(this.serializer.className, target);
    writeFlinkString(this.serializer.schema.json, target);
  }

  restoreSerializer(): TypeSerializer<T> {
    return this.serializer;
  }

  resolveSchemaCompatibility(
    oldSnapshot: TypeSerializerSnapshot<unknown>,
  ): TypeSerializerSchemaCompatibility<T> {
    if (!(oldSnapshot instanceof AvroSerializerSnapshot)) {
      return typeChanged(oldSnapshot, this);
    }
    const [writer, reader] = [oldSnapshot.serializer.schema, this.serializer.schema];
    if (isSameSchema(reader, writer)) {
      return { kind: 'compatible-as-is' };
    }
    const mismatch = schemaMismatch(reader, writer);
    return mismatch === undefined
      ? { kind: 'compatible-after-migration' }
      : { kind: 'incompatible', reason: `the Avro schema changed: ${mismatch}` };
  }
}

registerSerializerSnapshot(CLASS_NAME, (version, source) => {
  const [className, json] = readNames(version, source);
  try {
    return new AvroSerializerSnapshot(new AvroSerializer(parseAvroSchema(json), className));
  } catch (error) {
    throw error instanceof ConfigError ? corruptAvro(error.message) : error;
  }
});

function readNames(version: number, source: DataInputView): [className: string, json: string] {
  switch (version) {
    case VERSION:
      return [readFlinkString(source) ?? GENERIC_RECORD, readFlinkString(source) ?? ''];
    case VERSION_WITH_UTF:
      return [source.readUTF(), source.readUTF()];
    case VERSION_WITHOUT_CLASS:
      return [GENERIC_RECORD, source.readUTF()];
  }
  throw snapshotVersionUnsupported(CLASS_NAME, version);
}

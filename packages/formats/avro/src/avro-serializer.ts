/**
 * Avro types. Importing this package makes the Avro serializers of Flink's snapshots readable.
 *
 * Flink: AvroSerializer, AvroSerializerSnapshot, AvroTypeInfo, GenericRecordAvroTypeInfo.
 */
import {
  ConfigError,
  DataInputView,
  DataOutputView,
  invariant,
  readFlinkString,
  registerSerializerSnapshot,
  SerializerTypeInformation,
  snapshotVersionUnsupported,
  type TypeInformation,
  type TypeSerializer,
  TypeSerializerSchemaCompatibility,
  type TypeSerializerSnapshot,
  typeChanged,
  writeFlinkString,
} from '@millrace/core';
import { type AvroLongs, codecOf } from './avro-codec.ts';
import { resolveAvro } from './avro-resolution.ts';
import { type AvroSchema, isSameSchema, parseAvroSchema } from './avro-schema.ts';
import { type AvroCodec, corruptAvro } from './avro-type-shape.ts';

const { compatibleAfterMigration, incompatible } = TypeSerializerSchemaCompatibility;
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

  /** @param longs - `exact` for data whose program has not said how it wants longs */
  constructor(schema: AvroSchema, className: string, longs: AvroLongs = 'number') {
    this.schema = schema;
    this.className = className;
    this.codec = codecOf(schema.type, longs);
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
    const before = oldSnapshot.serializer;
    const { className, schema } = this.serializer;
    if (![before.className, className].includes(GENERIC_RECORD) && before.className !== className) {
      return incompatible(
        `Avro class ${before.className} in the snapshot, ${className} in the program`,
        {
          rule: 'a generated class cannot be renamed or moved to another namespace',
          remedy: `keep the name ${before.className}`,
        },
      );
    }
    if (isSameSchema(schema, before.schema)) {
      return { kind: 'compatible-as-is' };
    }
    const resolution = resolveAvro(before.schema, schema);
    return 'mismatch' in resolution
      ? resolution.mismatch
      : compatibleAfterMigration('the Avro schema changed');
  }

  /** Reads the old data as Flink does: by both schemas. */
  migrationFrom(oldSnapshot: TypeSerializerSnapshot<unknown>): (value: unknown) => T {
    const before = (oldSnapshot as AvroSerializerSnapshot<unknown>).serializer;
    const resolution = resolveAvro(before.schema, this.serializer.schema);
    invariant('read' in resolution, 'only a schema that resolves is migrated to');
    const bytes = new DataOutputView();
    return (value) => {
      before.serialize(value, bytes.reset());
      return resolution.read(new DataInputView(bytes.copyBytes())) as T;
    };
  }
}

registerSerializerSnapshot(CLASS_NAME, (version, source) => {
  const [className, json] = readNames(version, source);
  try {
    return new AvroSerializerSnapshot(
      new AvroSerializer(parseAvroSchema(json), className, 'exact'),
    );
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

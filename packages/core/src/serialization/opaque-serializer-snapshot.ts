/**
 * A serializer snapshot whose class is not understood here but whose end is known. It is carried
 * along and written back byte for byte; its values cannot be read.
 *
 * Flink: KryoSerializerSnapshot is the one that every savepoint may hold.
 */
import { CheckpointError } from '../errors/errors.ts';
import { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { readOptionalMap } from './linked-optional-map.ts';
import {
  registerSerializerSnapshot,
  snapshotVersionUnsupported,
  typeNameOf,
} from './serializer-snapshot-registry.ts';
import { RUNTIME_PACKAGE, typeChanged } from './simple-type-serializer.ts';
import type {
  TypeSerializer,
  TypeSerializerSchemaCompatibility,
  TypeSerializerSnapshot,
} from './type-serializer.ts';

const KRYO_CLASS_NAME = `${RUNTIME_PACKAGE}.kryo.KryoSerializerSnapshot`;
const KRYO_VERSION = 2;

export class OpaqueSerializerSnapshot implements TypeSerializerSnapshot<unknown> {
  readonly className: string;
  readonly version: number;
  /** For messages, and for whoever knows the class: `Kryo<java.util.ArrayList>`. */
  readonly typeName: string;
  private readonly payload: Uint8Array;

  constructor(snapshot: {
    className: string;
    version: number;
    payload: Uint8Array;
    typeName?: string;
  }) {
    this.className = snapshot.className;
    this.version = snapshot.version;
    this.payload = snapshot.payload;
    this.typeName = snapshot.typeName ?? typeNameOf(this);
  }

  writeSnapshot(target: DataOutputView): void {
    target.write(this.payload);
  }

  /** Never fails; the serializer that it gives fails when it is used. */
  restoreSerializer(): TypeSerializer<unknown> {
    return new OpaqueSerializer(this);
  }

  resolveSchemaCompatibility(
    oldSnapshot: TypeSerializerSnapshot<unknown>,
  ): TypeSerializerSchemaCompatibility<unknown> {
    return oldSnapshot instanceof OpaqueSerializerSnapshot &&
      oldSnapshot.className === this.className &&
      Buffer.compare(oldSnapshot.payload, this.payload) === 0
      ? { kind: 'compatible-as-is' }
      : typeChanged(oldSnapshot, this);
  }
}

class OpaqueSerializer implements TypeSerializer<unknown> {
  readonly length = -1;
  readonly isImmutableType = false;
  private readonly snapshot: OpaqueSerializerSnapshot;

  constructor(snapshot: OpaqueSerializerSnapshot) {
    this.snapshot = snapshot;
  }

  serialize(): void {
    throw this.unknown('written');
  }

  deserialize(): unknown {
    throw this.unknown('read');
  }

  copy(): unknown {
    throw this.unknown('copied');
  }

  hashCode(): number {
    throw this.unknown('hashed');
  }

  snapshotConfiguration(): TypeSerializerSnapshot<unknown> {
    return this.snapshot;
  }

  private unknown(verb: string): CheckpointError {
    const { typeName, className } = this.snapshot;
    return new CheckpointError(
      'SERIALIZER_SNAPSHOT_UNKNOWN',
      `values of ${typeName} cannot be ${verb} here; give the state a type with an encoding of ` +
        `its own in the job that writes it, or call registerSerializerSnapshot('${className}', ...)`,
    );
  }
}

/** The snapshot in a frame: opaque instead of an error when no reader knows its class. */
export function readFramedSnapshot(
  bytes: Uint8Array,
  read: (source: DataInputView) => TypeSerializerSnapshot<unknown>,
): TypeSerializerSnapshot<unknown> {
  try {
    return read(new DataInputView(bytes));
  } catch (error) {
    if (!(error instanceof CheckpointError) || error.code !== 'SERIALIZER_SNAPSHOT_UNKNOWN') {
      throw error;
    }
    const source = new DataInputView(bytes);
    const className = source.readUTF();
    const version = source.readInt();
    return new OpaqueSerializerSnapshot({
      className,
      version,
      payload: source.readBytes(source.remaining),
    });
  }
}

registerSerializerSnapshot(KRYO_CLASS_NAME, (version, source) => {
  if (version !== KRYO_VERSION) {
    throw snapshotVersionUnsupported(KRYO_CLASS_NAME, version);
  }
  const start = source.position;
  const typeClass = source.readUTF();
  readOptionalMap(source); // registrations
  readOptionalMap(source); // default serializers
  readOptionalMap(source); // classes of default serializers
  return new OpaqueSerializerSnapshot({
    className: KRYO_CLASS_NAME,
    version,
    payload: new Uint8Array(source.buffer.subarray(start, source.position)),
    typeName: `Kryo<${typeClass}>`,
  });
});

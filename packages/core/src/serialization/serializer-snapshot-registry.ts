/**
 * Writes and reads serializer snapshots: class name, version, and what the class says.
 *
 * Nothing says how long a snapshot is, so what follows an unknown class cannot be found. A reader
 * for a class of your own is registered here before the snapshot is read.
 *
 * Flink: TypeSerializerSnapshot.writeVersionedSnapshot, TypeSerializerSnapshotSerializationUtil.
 * Bytes: docs/formats/types.md
 */
import { CheckpointError } from '../errors/errors.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { snapshotCorrupt } from './not-of-type.ts';
import type { TypeSerializerSnapshot } from './type-serializer.ts';

/** Reads what `writeSnapshot` wrote; throws `SNAPSHOT_VERSION_UNSUPPORTED` for other versions. */
export type SerializerSnapshotReader = (
  version: number,
  source: DataInputView,
) => TypeSerializerSnapshot<unknown>;

const PROXY_VERSION = 2;
const readers = new Map<string, SerializerSnapshotReader>();

/** Makes snapshots of class `className` readable. The last registration of a name counts. */
export function registerSerializerSnapshot(
  className: string,
  read: SerializerSnapshotReader,
): void {
  readers.set(className, read);
}

export function writeVersionedSnapshot(
  target: DataOutputView,
  snapshot: TypeSerializerSnapshot<unknown>,
): void {
  target.writeUTF(snapshot.className);
  target.writeInt(snapshot.version);
  snapshot.writeSnapshot(target);
}

/** @throws CheckpointError `SERIALIZER_SNAPSHOT_UNKNOWN` when no reader knows the class */
export function readVersionedSnapshot(source: DataInputView): TypeSerializerSnapshot<unknown> {
  const className = source.readUTF();
  const version = source.readInt();
  const read = readers.get(className);
  if (read === undefined) {
    throw new CheckpointError(
      'SERIALIZER_SNAPSHOT_UNKNOWN',
      `no reader for the serializer snapshot ${className} (version ${version}); import the package ` +
        `that has it, or call registerSerializerSnapshot('${className}', read) before the job starts`,
    );
  }
  return read(version, source);
}

/** A snapshot as keyed and operator state streams hold it: with a version of the frame in front. */
export function writeSnapshotProxy(
  target: DataOutputView,
  snapshot: TypeSerializerSnapshot<unknown>,
): void {
  target.writeInt(PROXY_VERSION);
  writeVersionedSnapshot(target, snapshot);
}

export function readSnapshotProxy(source: DataInputView): TypeSerializerSnapshot<unknown> {
  const version = source.readInt();
  if (version !== PROXY_VERSION) {
    throw snapshotCorrupt(`a serializer snapshot has frame version 2, found ${version}`);
  }
  return readVersionedSnapshot(source);
}

/** `SNAPSHOT_VERSION_UNSUPPORTED`, to be thrown by readers. */
export function snapshotVersionUnsupported(className: string, version: number): CheckpointError {
  return new CheckpointError(
    'SNAPSHOT_VERSION_UNSUPPORTED',
    `version ${version} of ${className} cannot be read; write the snapshot anew with Flink 1.20`,
  );
}

/** `Long` for `…LongSerializer$LongSerializerSnapshot`, or what the snapshot says: for messages. */
export function typeNameOf(
  snapshot: TypeSerializerSnapshot<unknown> & { readonly typeName?: string },
): string {
  if (snapshot.typeName !== undefined) {
    return snapshot.typeName;
  }
  const start = Math.max(snapshot.className.lastIndexOf('.'), snapshot.className.lastIndexOf('$'));
  return snapshot.className.slice(start + 1).replace(/(Type)?Serializer(Config)?Snapshot$/, '');
}

const JAVA_NAMES: Readonly<Record<string, string>> = {
  BigInt: 'BigInteger',
  BigDec: 'BigDecimal',
  SqlDate: 'java.sql.Date',
  SqlTime: 'java.sql.Time',
  SqlTimestamp: 'java.sql.Timestamp',
  StringArray: 'String[]',
  Char: 'Character',
};

/** As a Java program writes the type: `byte[]` of a `BytePrimitiveArray`. */
export function javaTypeName(snapshot: TypeSerializerSnapshot<unknown>): string {
  const name = typeNameOf(snapshot);
  const [, element] = /^(\w+)PrimitiveArray$/.exec(name) ?? [];
  return element === undefined ? (JAVA_NAMES[name] ?? name) : `${element.toLowerCase()}[]`;
}

/**
 * Values with the version of their serializer, as sources and sinks keep them in operator state:
 * `i32 version, i32 length, payload`.
 *
 * Flink: SimpleVersionedSerialization.
 */
import {
  CheckpointError,
  DataInputView,
  DataOutputView,
  type SimpleVersionedSerializer,
} from '@millrace/core';

export function writeVersioned<E>(
  serializer: SimpleVersionedSerializer<E>,
  value: E,
  target: DataOutputView,
): void {
  const bytes = serializer.serialize(value);
  target.writeInt(serializer.version);
  target.writeInt(bytes.length);
  target.write(bytes);
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_VERSION_UNSUPPORTED` */
export function readVersioned<E>(
  serializer: SimpleVersionedSerializer<E>,
  source: DataInputView,
): E {
  const version = source.readInt();
  return serializer.deserialize(version, readLengthPrefixed(source));
}

export function toVersionedBytes<E>(
  serializer: SimpleVersionedSerializer<E>,
  value: E,
): Uint8Array {
  const target = new DataOutputView();
  writeVersioned(serializer, value, target);
  return target.copyBytes();
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, also for bytes left over */
export function fromVersionedBytes<E>(
  serializer: SimpleVersionedSerializer<E>,
  bytes: Uint8Array,
): E {
  const source = new DataInputView(bytes);
  const value = readVersioned(serializer, source);
  checkConsumed(source);
  return value;
}

/** A list: `i32 version, i32 count`, then each as `i32 length, payload`. */
export function writeVersionedList<E>(
  serializer: SimpleVersionedSerializer<E>,
  values: readonly E[],
  target: DataOutputView,
): void {
  target.writeInt(serializer.version);
  target.writeInt(values.length);
  for (const value of values) {
    const bytes = serializer.serialize(value);
    target.writeInt(bytes.length);
    target.write(bytes);
  }
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_VERSION_UNSUPPORTED` */
export function readVersionedList<E>(
  serializer: SimpleVersionedSerializer<E>,
  source: DataInputView,
): E[] {
  const version = source.readInt();
  const count = source.readInt();
  if (count < 0) {
    throw new CheckpointError('SNAPSHOT_CORRUPT', `a list of ${count} elements in a snapshot`);
  }
  const values: E[] = [];
  for (let i = 0; i < count; i++) {
    values.push(serializer.deserialize(version, readLengthPrefixed(source)));
  }
  return values;
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT` for bytes left over */
export function checkConsumed(source: DataInputView): void {
  if (source.remaining !== 0) {
    throw new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `${source.remaining} bytes are left over after a value in a snapshot`,
    );
  }
}

function readLengthPrefixed(source: DataInputView): Uint8Array {
  const length = source.readInt();
  if (length < 0 || length > source.remaining) {
    throw new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `a value of ${length} bytes in a snapshot where ${source.remaining} are left`,
    );
  }
  return source.readBytes(length);
}

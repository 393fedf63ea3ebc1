/** Bytes with a version beside them. Flink: SimpleVersionedSerializer. */
export interface SimpleVersionedSerializer<E> {
  readonly version: number;
  serialize(value: E): Uint8Array;
  /** @throws CheckpointError `SNAPSHOT_VERSION_UNSUPPORTED` */
  deserialize(version: number, bytes: Uint8Array): E;
}

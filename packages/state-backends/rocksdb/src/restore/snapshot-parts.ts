/**
 * The handles of a snapshot, opened: each part is either the files of a RocksDB database or rows.
 *
 * Invariant: of files only the meta data, CURRENT and MANIFEST were read, and every file that the
 * manifest names has a handle.
 */
import type {
  IncrementalRemoteKeyedStateHandle,
  KeyedStateBackendParameters,
  KeyedStateHandle,
  KeyedStateRowReader,
  OpenKeyedStateOptions,
} from '@millrace/state';
import { openKeyedState } from '@millrace/state';

export interface SnapshotPart {
  readonly reader: KeyedStateRowReader;
  /** Of the database that holds the rows, where it is one of RocksDB. */
  readonly files: IncrementalRemoteKeyedStateHandle | undefined;
}

/**
 * Those that overlap the key groups of the subtask, by their first key group. Close them.
 *
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN`, `UNSUPPORTED`
 */
export async function openParts<K>(
  parameters: KeyedStateBackendParameters<K>,
): Promise<SnapshotPart[]> {
  const keySerializer = parameters.keyType.createSerializer().snapshotConfiguration();
  const parts: SnapshotPart[] = [];
  try {
    for (const handle of parameters.stateHandles) {
      if (handle.keyGroupRange.intersect(parameters.keyGroupRange) !== undefined) {
        await openHandle(handle, { ...parameters, keySerializer }, parts);
      }
    }
    return parts.sort(
      (a, b) => a.reader.keyGroupRange.startKeyGroup - b.reader.keyGroupRange.startKeyGroup,
    );
  } catch (error) {
    await closeParts(parts).catch(() => undefined); // What failed first is told.
    throw error;
  }
}

export async function closeParts(parts: readonly SnapshotPart[]): Promise<void> {
  await Promise.all(parts.map(({ reader }) => reader.close()));
}

/** Timers beside a database are a part of their own: only they come as rows. */
async function openHandle(
  handle: KeyedStateHandle,
  options: OpenKeyedStateOptions,
  parts: SnapshotPart[],
): Promise<void> {
  if (handle.kind === 'incremental-remote') {
    parts.push({ reader: await openKeyedState(handle, options), files: handle });
  } else if (handle.kind === 'with-raw-timers' && handle.managed?.kind === 'incremental-remote') {
    const { managed, ...timers } = handle;
    const database = await openKeyedState(managed, options);
    parts.push({ reader: database, files: managed });
    const { keySerializer } = database.header;
    const ofTimers = { ...timers, managed: undefined };
    const reader = await openKeyedState(ofTimers, { ...options, keySerializer });
    parts.push({ reader, files: undefined });
  } else {
    parts.push({ reader: await openKeyedState(handle, options), files: undefined });
  }
}

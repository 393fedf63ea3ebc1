/** Keyed state of any snapshot, whichever backend wrote it. */
import { CheckpointError, type TypeSerializerSnapshot } from '@millrace/core';
import type {
  KeyedStateHandle,
  KeyedStateWithRawTimersHandle,
} from '../snapshot/keyed-state-handle.ts';
import type { OpenStateHandle } from '../snapshot/state-handle-reader.ts';
import { CanonicalRowReader } from './canonical-row-reader.ts';
import { ChangelogRowReader } from './changelog-row-reader.ts';
import { closeReadersAfterFailure } from './close-readers.ts';
import { HeapRowReader } from './heap-row-reader.ts';
import { JoinedRowReader } from './joined-row-reader.ts';
import type { KeyedStateRowReader } from './keyed-state-rows.ts';
import { RawTimersRowReader } from './raw-timers-row-reader.ts';
import { RocksdbRowReader } from './rocksdb-row-reader.ts';

export interface OpenKeyedStateOptions {
  /** The operator's max parallelism. */
  readonly numberOfKeyGroups: number;
  readonly openStateHandle: OpenStateHandle;
  /**
   * Which type the keys have, where the snapshot does not say it: a changelog that was never
   * materialized and has no timers.
   */
  readonly keySerializer?: TypeSerializerSnapshot<unknown>;
}

/**
 * Reads the header; rows are read as they are asked for. Close it.
 *
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN`,
 * `UNSUPPORTED` for a kind of handle that is not read here
 */
export async function openKeyedState(
  handle: KeyedStateHandle,
  options: OpenKeyedStateOptions,
): Promise<KeyedStateRowReader> {
  switch (handle.kind) {
    case 'key-groups-savepoint':
      return CanonicalRowReader.open(handle, options);
    case 'key-groups':
      return HeapRowReader.open(handle, options);
    case 'incremental-remote':
      return RocksdbRowReader.open(handle, options);
    case 'changelog':
      return ChangelogRowReader.open(handle, options, (part) => openKeyedState(part, options));
    case 'with-raw-timers':
      return openWithRawTimers(handle, options);
    default:
      throw new CheckpointError(
        'UNSUPPORTED',
        `keyed state of kind '${handle.kind}' cannot be read; take a canonical savepoint`,
      );
  }
}

async function openWithRawTimers(
  { managed, timers }: KeyedStateWithRawTimersHandle,
  options: OpenKeyedStateOptions,
): Promise<KeyedStateRowReader> {
  if (managed === undefined) {
    return RawTimersRowReader.open(timers, options);
  }
  const first = await openKeyedState(managed, options);
  try {
    const { keySerializer } = first.header;
    return new JoinedRowReader(
      first,
      await RawTimersRowReader.open(timers, { ...options, keySerializer }),
    );
  } catch (error) {
    await closeReadersAfterFailure([first]);
    throw error;
  }
}

/**
 * Reads a snapshot with no job running: what its operators keep by key, by window, or for all.
 *
 * Invariants:
 * - Results come while the snapshot is read: of keyed state one slice of key groups is in memory, of
 *   operator state that of one subtask. A snapshot may be larger than memory.
 * - Nothing of the snapshot changes.
 *
 * Flink: SavepointReader. Guide: docs/guide/state-processor.md
 */
import {
  type Clock,
  MapStateDescriptor,
  SystemClock,
  type TypeInformation,
  type Window,
  type WindowAssigner,
} from '@millrace/core';
import type { StateBackend } from '@millrace/state';
import { HashMapStateBackend } from '@millrace/state-backend-heap';
import type { SavepointAccess } from '../snapshot/load-snapshot.ts';
import type { KeyedStateReaderFunction } from './keyed-state-reader-function.ts';
import { KeyedStateSource } from './keyed-state-source.ts';
import { type OpenedSavepoint, openSavepoint } from './open-savepoint.ts';
import type { OperatorIdentifier } from './operator-identifier.ts';
import { readKeys } from './read-keyed-state.ts';
import { readBroadcast, readList } from './read-operator-state.ts';
import { WindowSavepointReader } from './window-savepoint-reader.ts';

/** Of state as it is stored; as objects it takes several times as much. */
const SLICE_BYTES_MAX = 8 * 1024 * 1024;

export interface SavepointReaderOptions extends SavepointAccess {
  /** What state is loaded into; the heap when it is left out. */
  readonly stateBackend?: StateBackend;
  /** What says whether state with a time to live has expired; the system's when it is left out. */
  readonly clock?: Clock;
  /**
   * Bytes of keyed state, as they are stored, that are loaded at once; a key group is never cut.
   * 8 MiB when it is left out.
   */
  readonly sliceBytesMax?: number;
}

export interface BroadcastTypes<K, V> {
  readonly keyType: TypeInformation<K>;
  readonly valueType: TypeInformation<V>;
}

export class SavepointReader {
  private readonly savepoint: OpenedSavepoint;
  private readonly options: SavepointReaderOptions;

  private constructor(savepoint: OpenedSavepoint, options: SavepointReaderOptions) {
    this.savepoint = savepoint;
    this.options = options;
  }

  /**
   * @param path - the folder of a savepoint or checkpoint, or its `_metadata`
   * @throws CheckpointError `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_CORRUPT`, `SNAPSHOT_VERSION_UNSUPPORTED`
   */
  static async read(path: string, options: SavepointReaderOptions = {}): Promise<SavepointReader> {
    return new SavepointReader(await openSavepoint(path, options), options);
  }

  /** @param elementType - that of the snapshot when it is left out */
  readListState<T>(
    id: OperatorIdentifier,
    name: string,
    elementType?: TypeInformation<T>,
  ): AsyncGenerator<T, void, undefined> {
    return readList({ savepoint: this.savepoint, id, name }, 'split-distribute', elementType);
  }

  /** @param elementType - that of the snapshot when it is left out */
  readUnionState<T>(
    id: OperatorIdentifier,
    name: string,
    elementType?: TypeInformation<T>,
  ): AsyncGenerator<T, void, undefined> {
    return readList({ savepoint: this.savepoint, id, name }, 'union', elementType);
  }

  /** @param types - those of the snapshot when they are left out */
  readBroadcastState<K, V>(
    id: OperatorIdentifier,
    state: string | MapStateDescriptor<K, V>,
    types?: BroadcastTypes<K, V>,
  ): AsyncGenerator<readonly [key: K, value: V], void, undefined> {
    const name = typeof state === 'string' ? state : state.name;
    const descriptor =
      typeof state !== 'string'
        ? state
        : types && new MapStateDescriptor(name, types.keyType, types.valueType);
    return readBroadcast({ savepoint: this.savepoint, id, name }, descriptor);
  }

  /**
   * What the function emits for each key.
   *
   * @throws CheckpointError `OPERATOR_NOT_IN_SNAPSHOT`, `STATE_NOT_IN_SNAPSHOT`, `SNAPSHOT_CORRUPT`,
   *   `STATE_INCOMPATIBLE` with the verdict when a type cannot be had of what is stored
   */
  async *readKeyedState<K, OUT>(
    id: OperatorIdentifier,
    readerFunction: KeyedStateReaderFunction<K, OUT>,
    options: { readonly keyType?: TypeInformation<K> } = {},
  ): AsyncGenerator<OUT, void, undefined> {
    const source = await this.openKeyedState(id, options.keyType);
    for await (const batch of readKeys(source, readerFunction)) {
      for (const record of batch) {
        yield record;
      }
    }
  }

  /** @param windows - the assigner of the job, or the type of its windows */
  window<W extends Window>(
    // biome-ignore lint/suspicious/noExplicitAny: an assigner of any records.
    windows: WindowAssigner<any, W> | TypeInformation<W>,
  ): WindowSavepointReader<W> {
    const windowType = 'windowType' in windows ? windows.windowType : windows;
    return new WindowSavepointReader((id, keyType) => this.openKeyedState(id, keyType), windowType);
  }

  private openKeyedState<K>(
    id: OperatorIdentifier,
    keyType: TypeInformation<K> | undefined,
  ): Promise<KeyedStateSource<K>> {
    const { stateBackend, clock, sliceBytesMax = SLICE_BYTES_MAX } = this.options;
    return KeyedStateSource.open(this.savepoint, id, {
      stateBackend: stateBackend ?? new HashMapStateBackend(),
      clock: clock ?? new SystemClock(),
      sliceBytesMax,
      keyType,
    });
  }
}

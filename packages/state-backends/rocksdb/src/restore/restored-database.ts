/** What a backend begins with. */
import type { TypeSerializer } from '@millrace/core';
import type { StateMetaInfoSnapshot, StreamStateHandle } from '@millrace/state';
import type { OpenedDatabase } from '../database/column-families.ts';

export interface RestoredDatabase<K> extends OpenedDatabase {
  /** That of the program, resolved against the snapshot's. */
  readonly keySerializer: TypeSerializer<K>;
  /** Timers that go to the heap, by name; empty where timers are in the database. */
  readonly heapTimers: ReadonlyMap<string, RestoredTimers>;
  /** Files that the next incremental checkpoint may name in place of writing them again. */
  readonly uploaded: UploadedFiles | undefined;
}

export interface RestoredTimers {
  readonly info: StateMetaInfoSnapshot;
  /** Serialized as in priority-queue state, by key group. */
  readonly byKeyGroup: ReadonlyMap<number, readonly Uint8Array[]>;
}

export interface UploadedFiles {
  readonly checkpointId: number;
  /** By the name that the file has in the database: `000012.sst`. */
  readonly files: ReadonlyMap<string, StreamStateHandle>;
}

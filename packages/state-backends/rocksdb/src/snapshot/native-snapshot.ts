/**
 * One snapshot of a database as its files.
 *
 * Invariants:
 * - The copy and the timers are those of when it was made.
 * - A snapshot that fails or is cancelled leaves nothing that it wrote: neither the local copy nor a
 *   file that no acknowledgement names.
 *
 * Flink: RocksDBIncrementalSnapshotOperation, RocksNativeFullSnapshotStrategy. Bytes:
 * docs/formats/checkpoint-metadata.md
 */
import { randomUUID } from 'node:crypto';
import { DataOutputView, type FileSystem } from '@millrace/core';
import {
  type CheckpointedStateScope,
  type CheckpointStreamFactory,
  type HandleAndLocalPath,
  type IncrementalRemoteKeyedStateHandle,
  type KeyedStateHandle,
  type KeyedStateSnapshot,
  type KeyGroupsStateHandle,
  writeKeyedBackendHeader,
} from '@millrace/state';
import type { FixedVersion } from '../barrier/held-writes.ts';
import type { LocalCopies } from '../database/local-copies.ts';
import { DatabaseCopy } from './database-copy.ts';
import { RawTimersWriter } from './raw-timers-writer.ts';
import type { SnapshotSource } from './snapshot-strategy.ts';
import { type LocalFile, SnapshotUploads, snapshotCancelled } from './snapshot-uploads.ts';
import type { NamedFiles } from './uploaded-history.ts';

const SST = '.sst';

/** How the files of a snapshot are shared with others. */
export interface FileSharing {
  /** Where SST files stand in the handle: all other files are private to it. */
  readonly sstFiles: 'shared' | 'private';
  readonly scope: CheckpointedStateScope;
  /** SST files that are named in place of writing them. */
  readonly reusable: NamedFiles;
  /** Told of the shared files once all are there. */
  readonly onWritten?: ((files: NamedFiles) => void) | undefined;
}

export interface NativeSnapshotOptions {
  readonly checkpointId: number;
  readonly streams: CheckpointStreamFactory;
  readonly sharing: FileSharing;
  readonly localFiles: FileSystem;
  /** Where the copy stays when this is a checkpoint that a restart may restore. */
  readonly localCopies: LocalCopies | undefined;
  /** Does not exist yet. */
  readonly copyDirectory: string;
}

export class NativeSnapshot implements KeyedStateSnapshot {
  private readonly source: SnapshotSource;
  private readonly options: NativeSnapshotOptions;
  private readonly copy: DatabaseCopy;
  private readonly uploads: SnapshotUploads;
  private readonly header: Uint8Array;
  private readonly hasStates: boolean;
  private readonly timers: RawTimersWriter | undefined;
  private readonly fixed: FixedVersion | undefined;
  private isCancelled: boolean;
  private writing: Promise<unknown> | undefined;

  /** The synchronous part. */
  constructor(source: SnapshotSource, options: NativeSnapshotOptions) {
    const { localFiles, copyDirectory, streams } = options;
    const { barrier, database, heapTimers, keyGroupRange } = source;
    this.source = source;
    this.options = options;
    this.hasStates = source.states.size > 0;
    this.uploads = new SnapshotUploads(streams, {
      localFiles,
      concurrency: source.transferConcurrency,
    });
    const header = source.header({ compressed: false, heapTimers: false });
    this.header = headerBytes(header);
    this.timers =
      heapTimers.length === 0
        ? undefined
        : new RawTimersWriter(heapTimers, {
            header: source.header({ compressed: false, heapTimers: true }),
            keyGroupRange,
          });
    this.copy = new DatabaseCopy(database, { directory: copyDirectory, localFiles });
    this.fixed = this.hasStates ? barrier.fix(this.copy) : undefined;
    this.isCancelled = false;
    this.writing = undefined;
  }

  async write(): Promise<KeyedStateHandle | undefined> {
    const writing = this.writeAll();
    this.writing = writing.catch(() => {}); // Who called is told.
    return writing;
  }

  cancel(): void {
    void this.cancelled();
  }

  /** `cancel`, and resolves once nothing is left. Never throws. */
  async cancelled(): Promise<void> {
    this.isCancelled = true;
    this.uploads.stop();
    try {
      this.fixed?.cancel();
    } catch {
      // The database's matter, which the backend tells at the next key: what was written goes all the same.
    }
    await this.writing;
    await this.leaveNothing();
  }

  /** Never throws. */
  private async leaveNothing(): Promise<void> {
    this.timers?.release();
    await this.uploads.discard();
    await this.copy.remove();
  }

  private async writeAll(): Promise<KeyedStateHandle | undefined> {
    try {
      await this.fixed?.write();
      this.failIfCancelled();
      const timers = await this.writeTimers();
      const managed = this.hasStates ? await this.writeDatabase() : undefined;
      await this.keepOrRemoveCopy(managed);
      this.failIfCancelled();
      const { keyGroupRange } = this.source;
      return timers === undefined
        ? managed
        : { kind: 'with-raw-timers', keyGroupRange, managed, timers };
    } catch (error) {
      await this.leaveNothing();
      throw error;
    }
  }

  private async writeDatabase(): Promise<IncrementalRemoteKeyedStateHandle> {
    const { sharing, checkpointId } = this.options;
    const before = this.uploads.uploadedBytes;
    const files = await this.copy.files();
    const named = files.map((file) => this.namedInPlaceOf(file));
    const toWrite = files.filter((_, index) => named[index] === undefined);
    const written = await this.uploads.files(toWrite, (file) =>
      isSst(file) ? sharing.scope : 'exclusive',
    );
    const meta = await this.uploads.bytes(this.header);
    const shared: HandleAndLocalPath[] = [];
    const others: HandleAndLocalPath[] = [];
    let next = 0;
    for (const [index, file] of files.entries()) {
      const handle = named[index] ?? written[next++]!;
      (isSst(file) && sharing.sstFiles === 'shared' ? shared : others).push(handle);
    }
    sharing.onWritten?.(new Map(shared.map(({ localPath, handle }) => [localPath, handle])));
    return {
      kind: 'incremental-remote',
      checkpointId,
      backendId: this.source.backendId,
      keyGroupRange: this.source.keyGroupRange,
      checkpointedSizeBytes: this.uploads.uploadedBytes - before,
      meta,
      shared,
      private: others,
      stateHandleId: randomUUID(),
    };
  }

  private namedInPlaceOf(file: LocalFile): HandleAndLocalPath | undefined {
    const handle = isSst(file) ? this.options.sharing.reusable.get(file.name) : undefined;
    return handle === undefined ? undefined : { localPath: file.name, handle };
  }

  /** Before the files, however long these take: the queues keep timers that went until then. */
  private async writeTimers(): Promise<KeyGroupsStateHandle | undefined> {
    const { timers } = this;
    const stream = await (timers && this.uploads.stream((target) => timers.write(target)));
    timers?.release();
    return stream && timers?.handle(stream);
  }

  private async keepOrRemoveCopy(
    handle: IncrementalRemoteKeyedStateHandle | undefined,
  ): Promise<void> {
    const { localCopies } = this.options;
    if (localCopies !== undefined && handle !== undefined && !this.isCancelled) {
      await localCopies.keep(handle, this.copy.directory);
    }
    await this.copy.remove();
  }

  private failIfCancelled(): void {
    if (this.isCancelled) {
      throw snapshotCancelled();
    }
  }
}

function isSst(file: LocalFile): boolean {
  return file.name.endsWith(SST);
}

function headerBytes(header: Parameters<typeof writeKeyedBackendHeader>[1]): Uint8Array {
  const output = new DataOutputView();
  writeKeyedBackendHeader(output, header);
  return output.copyBytes();
}

/**
 * What the strategies that write a database's files have in common: which snapshots are being written.
 *
 * Flink: RocksDBSnapshotStrategyBase.
 */
import { type FileSystem, joinPath, LocalFileSystem } from '@millrace/core';
import type { CheckpointStreamFactory, KeyedStateSnapshot } from '@millrace/state';
import type { LocalCopies } from '../database/local-copies.ts';
import { type FileSharing, NativeSnapshot } from './native-snapshot.ts';
import type { SnapshotSource, SnapshotStrategy } from './snapshot-strategy.ts';

export interface NativeStrategyOptions {
  /** Where the copies of checkpoints stay, where that is asked for. */
  readonly localCopies?: LocalCopies | undefined;
  /** Of the database; the local disk unless given. */
  readonly localFiles?: FileSystem | undefined;
}

export abstract class RocksNativeStrategy implements SnapshotStrategy {
  protected readonly source: SnapshotSource;
  private readonly options: NativeStrategyOptions;
  private readonly running: Set<NativeSnapshot>;
  /** What goes on behind: deletions. */
  private readonly ending: Set<Promise<void>>;
  private copies: number;

  constructor(source: SnapshotSource, options: NativeStrategyOptions) {
    this.source = source;
    this.options = options;
    this.running = new Set();
    this.ending = new Set();
    this.copies = 0;
  }

  snapshot(checkpointId: number, streams: CheckpointStreamFactory): KeyedStateSnapshot {
    const { workingDirectory } = this.source;
    const { localCopies, localFiles = new LocalFileSystem() } = this.options;
    const isSavepoint = streams.sharingFilesStrategy === 'no-sharing';
    const snapshot = new NativeSnapshot(this.source, {
      checkpointId,
      streams,
      sharing: this.sharing(checkpointId, streams),
      localFiles,
      localCopies: isSavepoint ? undefined : localCopies,
      // The number keeps a folder that could not be removed out of the way.
      copyDirectory: joinPath(workingDirectory, `chk-${checkpointId}-${++this.copies}`),
    });
    this.running.add(snapshot);
    return {
      write: () => snapshot.write().finally(() => this.running.delete(snapshot)),
      cancel: () => {
        this.running.delete(snapshot);
        this.goOn(snapshot.cancelled());
      },
    };
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.goOn(this.options.localCopies?.complete(this.source.backendId, checkpointId));
  }

  notifyCheckpointAborted(checkpointId: number): void {
    this.goOn(this.options.localCopies?.abort(this.source.backendId, checkpointId));
  }

  /** Resolves once nothing is written any more and no copy is left of what was. */
  async dispose(): Promise<void> {
    for (const snapshot of this.running) {
      this.goOn(snapshot.cancelled());
    }
    this.running.clear();
    await Promise.all(this.ending);
  }

  /** A deletion that fails is nobody's matter: what is left goes with the backend's folder. */
  private goOn(work: Promise<void> | undefined): void {
    const ending = work?.catch(() => {}).finally(() => this.ending.delete(ending as Promise<void>));
    if (ending !== undefined) {
      this.ending.add(ending);
    }
  }

  protected abstract sharing(checkpointId: number, streams: CheckpointStreamFactory): FileSharing;
}

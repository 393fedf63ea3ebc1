/**
 * Checkpoints that write what is new since the last one that completed.
 *
 * SST files never change, so those that a completed checkpoint has are named; all other files
 * (MANIFEST, CURRENT, OPTIONS) change under their names and are written each time, beside the metadata,
 * where Flink puts them into `shared/`.
 *
 * Flink: RocksIncrementalSnapshotStrategy.
 */
import type { CheckpointStreamFactory } from '@millrace/state';
import type { FileSharing } from './native-snapshot.ts';
import { type NativeStrategyOptions, RocksNativeStrategy } from './rocks-native-strategy.ts';
import type { SnapshotSource } from './snapshot-strategy.ts';
import { type CompletedFiles, UploadedHistory } from './uploaded-history.ts';

export class RocksIncrementalSnapshotStrategy extends RocksNativeStrategy {
  private readonly history: UploadedHistory;

  constructor(
    source: SnapshotSource,
    options: NativeStrategyOptions & {
      /** Of the checkpoint that the database is restored from, when the job may name its files. */
      readonly restored: CompletedFiles | undefined;
    },
  ) {
    super(source, options);
    this.history = new UploadedHistory(options.restored);
  }

  override notifyCheckpointComplete(checkpointId: number): void {
    this.history.complete(checkpointId);
    super.notifyCheckpointComplete(checkpointId);
  }

  override notifyCheckpointAborted(checkpointId: number): void {
    this.history.abort(checkpointId);
    super.notifyCheckpointAborted(checkpointId);
  }

  protected override sharing(
    checkpointId: number,
    { sharingFilesStrategy = 'forward-backward' }: CheckpointStreamFactory,
  ): FileSharing {
    if (sharingFilesStrategy === 'no-sharing') {
      // In Flink too they stand among the shared files, though nobody shares them.
      return { sstFiles: 'shared', scope: 'exclusive', reusable: new Map() };
    }
    const mayReuse = sharingFilesStrategy === 'forward-backward';
    return {
      sstFiles: 'shared',
      scope: 'shared',
      reusable: this.history.begin(checkpointId, { mayReuse }),
      onWritten: (files) => this.history.written(checkpointId, files),
    };
  }
}

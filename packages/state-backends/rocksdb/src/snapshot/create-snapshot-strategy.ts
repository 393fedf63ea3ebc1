/** Which strategy writes which snapshot. Flink: RocksDBKeyedStateBackend.snapshot, RocksDBKeyedStateBackendBuilder. */
import type { CheckpointStreamFactory, KeyedStateSnapshot } from '@millrace/state';
import { CanonicalSnapshot } from './canonical-snapshot.ts';
import { RocksIncrementalSnapshotStrategy } from './rocks-incremental-snapshot-strategy.ts';
import { RocksNativeFullSnapshotStrategy } from './rocks-native-full-snapshot-strategy.ts';
import type { NativeStrategyOptions } from './rocks-native-strategy.ts';
import type { SnapshotSource, SnapshotStrategy } from './snapshot-strategy.ts';
import type { CompletedFiles } from './uploaded-history.ts';

export interface SnapshotStrategyOptions extends NativeStrategyOptions {
  /** `execution.checkpointing.incremental`. */
  readonly incremental: boolean;
  /** What the next incremental checkpoint may name; `RestoredDatabase.uploaded`. */
  readonly restored: CompletedFiles | undefined;
}

export function createSnapshotStrategy(
  source: SnapshotSource,
  options: SnapshotStrategyOptions,
): SnapshotStrategy {
  const native = options.incremental
    ? new RocksIncrementalSnapshotStrategy(source, options)
    : new RocksNativeFullSnapshotStrategy(source, options);
  return new SnapshotStrategies(source, native);
}

class SnapshotStrategies implements SnapshotStrategy {
  private readonly source: SnapshotSource;
  private readonly native: SnapshotStrategy;
  private readonly canonical: Set<CanonicalSnapshot>;

  constructor(source: SnapshotSource, native: SnapshotStrategy) {
    this.source = source;
    this.native = native;
    this.canonical = new Set();
  }

  snapshot(checkpointId: number, streams: CheckpointStreamFactory): KeyedStateSnapshot {
    if (streams.keyedStateFormat !== 'canonical') {
      return this.native.snapshot(checkpointId, streams);
    }
    const snapshot = new CanonicalSnapshot(this.source, streams);
    this.canonical.add(snapshot);
    return {
      write: () => snapshot.write().finally(() => this.canonical.delete(snapshot)),
      cancel: () => {
        this.canonical.delete(snapshot);
        snapshot.cancel();
      },
    };
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.native.notifyCheckpointComplete(checkpointId);
  }

  notifyCheckpointAborted(checkpointId: number): void {
    this.native.notifyCheckpointAborted(checkpointId);
  }

  async dispose(): Promise<void> {
    for (const snapshot of this.canonical) {
      snapshot.cancel();
    }
    this.canonical.clear();
    await this.native.dispose();
  }
}

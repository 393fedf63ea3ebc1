/**
 * Checkpoints and native savepoints that have all files of the database for themselves.
 *
 * Flink: RocksNativeFullSnapshotStrategy.
 */
import type { FileSharing } from './native-snapshot.ts';
import { RocksNativeStrategy } from './rocks-native-strategy.ts';

export class RocksNativeFullSnapshotStrategy extends RocksNativeStrategy {
  protected override sharing(): FileSharing {
    return { sstFiles: 'private', scope: 'exclusive', reusable: new Map() };
  }
}

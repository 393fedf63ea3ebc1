/** The kinds of savepoints. Flink: SavepointFormatType, SavepointType. */
import { ConfigError } from '@millrace/core';
import type { SnapshotType } from '@millrace/state';

/**
 * `CANONICAL`: one layout for all state backends. `NATIVE`: that of the job's backend, which is
 * faster to write and to restore.
 */
export type SavepointFormatType = 'CANONICAL' | 'NATIVE';

/**
 * What follows a savepoint: the job goes on; it stops as it is; it stops after event time came to
 * its end.
 */
export type PostCheckpointAction = 'none' | 'suspend' | 'terminate';

const NAMES = {
  none: 'Savepoint',
  suspend: 'Suspend Savepoint',
  terminate: 'Terminate Savepoint',
} as const;

/**
 * What is asked for, or the default.
 *
 * @throws ConfigError `CONFIG_VALUE_INVALID`
 */
export function savepointFormat(
  formatType: SavepointFormatType = 'CANONICAL',
): SavepointFormatType {
  if (formatType !== 'CANONICAL' && formatType !== 'NATIVE') {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `the formatType of a savepoint is '${formatType}'; use 'CANONICAL' or 'NATIVE'`,
    );
  }
  return formatType;
}

export function savepointType(
  formatType: SavepointFormatType,
  postCheckpointAction: PostCheckpointAction,
): SnapshotType {
  return {
    kind: 'savepoint',
    name: NAMES[postCheckpointAction],
    formatType: formatType === 'CANONICAL' ? 'canonical' : 'native',
    postCheckpointAction,
  };
}

/** True for the savepoint that a job stops with. Flink: CheckpointProperties.isSynchronous. */
export function stopsJob(snapshotType: SnapshotType): boolean {
  return snapshotType.kind === 'savepoint' && snapshotType.postCheckpointAction !== 'none';
}

/** True when windows and timers fire before: the watermark goes to its end. */
export function drainsJob(snapshotType: SnapshotType): boolean {
  return snapshotType.kind === 'savepoint' && snapshotType.postCheckpointAction === 'terminate';
}

/** False for a savepoint that the job goes on after: it commits nothing and subsumes nothing. */
export function isPartOfJob(snapshotType: SnapshotType): boolean {
  return snapshotType.kind === 'checkpoint' || stopsJob(snapshotType);
}

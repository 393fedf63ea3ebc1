/** A snapshot that was opened to be read: its metadata, and the way to its files. */
import { CheckpointError } from '@millrace/core';
import type { CheckpointMetadata, OpenStateHandle, OperatorState } from '@millrace/state';
import { loadSnapshot, type SavepointAccess } from '../snapshot/load-snapshot.ts';
import type { OperatorIdentifier } from './operator-identifier.ts';

export interface OpenedSavepoint {
  /** As a URI. */
  readonly directory: string;
  /** Names files where they are now. */
  readonly metadata: CheckpointMetadata;
  readonly openStateHandle: OpenStateHandle;
}

/**
 * @param path - the folder of the snapshot, or its `_metadata`
 * @throws CheckpointError `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_CORRUPT`, `SNAPSHOT_VERSION_UNSUPPORTED`
 */
export async function openSavepoint(
  path: string,
  access: SavepointAccess = {},
): Promise<OpenedSavepoint> {
  const { location, openStateHandle } = await loadSnapshot(path, access);
  const { externalPointer, metadata } = location;
  return { directory: externalPointer, metadata, openStateHandle };
}

/** @throws CheckpointError `OPERATOR_NOT_IN_SNAPSHOT` */
export function operatorOf(savepoint: OpenedSavepoint, id: OperatorIdentifier): OperatorState {
  const { operatorStates } = savepoint.metadata;
  const found = operatorStates.find((operator) => operator.operatorId === id.operatorId);
  if (found === undefined) {
    const known = operatorStates.map((operator) => operator.operatorId).join(', ');
    throw new CheckpointError(
      'OPERATOR_NOT_IN_SNAPSHOT',
      `${savepoint.directory} has no operator ${id}; it has ${known || 'none'}`,
    );
  }
  return found;
}

/** @throws CheckpointError `STATE_NOT_IN_SNAPSHOT` */
export function stateNotInSnapshot(
  savepoint: OpenedSavepoint,
  id: OperatorIdentifier,
  missing: { readonly what: string; readonly known: readonly string[] },
): CheckpointError {
  const known = missing.known.map((name) => `'${name}'`).join(', ');
  return new CheckpointError(
    'STATE_NOT_IN_SNAPSHOT',
    `operator ${id} of ${savepoint.directory} has no ${missing.what}; it has ${known || 'no such state'}`,
  );
}

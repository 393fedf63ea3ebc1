/**
 * Opens a snapshot of Flink's or ours to look into it, without the program that took it.
 *
 * Invariants:
 * - `_metadata` and the heads of the state files are read and nothing else.
 * - What cannot be understood is told as a problem of its operator; all else is there.
 *
 * Flink: Checkpoints.loadCheckpointMetadata.
 */
import { CheckpointError, FileSystems, joinPath } from '@millrace/core';
import {
  asUri,
  type CompletedCheckpointLocation,
  type FileSystemProvider,
  listCheckpointsByJob,
  METADATA_FILE_NAME,
  operatorIdFromUid,
} from '@millrace/state';
import { describeFiles } from './describe-files.ts';
import { describeOperator } from './describe-operator.ts';
import { knownUids } from './known-uids.ts';
import { loadSnapshot, type SavepointAccess } from './load-snapshot.ts';
import { nearestName } from './nearest-name.ts';
import type { Snapshot, SnapshotOperator } from './snapshot.ts';

export interface OpenSnapshotOptions extends SavepointAccess {
  /** Uids that operators of the snapshot may have; those of sinks stand for their committers too. */
  readonly uids?: readonly string[];
}

/**
 * @param path - the folder of the snapshot, its `_metadata`, or a job's checkpoint folder: the newest
 * completed checkpoint in it is taken then
 * @throws CheckpointError `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_CORRUPT`, `SNAPSHOT_VERSION_UNSUPPORTED`,
 * `FILE_PERMISSION_DENIED`
 */
export async function openSnapshot(
  path: string,
  options: OpenSnapshotOptions = {},
): Promise<Snapshot> {
  const fileSystems = options.fileSystems ?? new FileSystems();
  const newest = await newestCheckpoint(fileSystems, path);
  const { location, openStateHandle } = await loadSnapshot(newest ?? path, {
    ...options,
    fileSystems,
  });
  const uids = knownUids(location.metadata.operatorStates, options.uids ?? []);
  const operators: SnapshotOperator[] = [];
  for (const state of location.metadata.operatorStates) {
    const uid = uids.get(state.operatorId) ?? UNKNOWN;
    operators.push(await describeOperator(state, uid, openStateHandle));
  }
  operators.sort(byImportance);
  return {
    ...described(location, operators),
    resolvedFrom: newest === undefined ? undefined : path,
    fileSystems,
    openStateHandle,
    operator: (selector) => selectOperator(operators, selector, 'the snapshot'),
  };
}

const UNKNOWN = { uid: undefined, uidFrom: undefined };

function described(
  { externalPointer, metadata, metadataSizeBytes }: CompletedCheckpointLocation,
  operators: readonly SnapshotOperator[],
) {
  const files = describeFiles(metadata);
  return {
    path: externalPointer,
    kind: metadata.properties?.snapshotType.kind ?? 'savepoint',
    checkpointId: metadata.checkpointId,
    metadata,
    metadataSizeBytes,
    properties: metadata.properties,
    operators,
    files,
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, metadataSizeBytes),
  };
}

function byImportance(a: SnapshotOperator, b: SnapshotOperator): number {
  const hasState = Number(b.sizeBytes > 0) - Number(a.sizeBytes > 0);
  return hasState !== 0 ? hasState : labelOf(a) < labelOf(b) ? -1 : 1;
}

/** What people call it: its uid, else its name, else its id. */
export function labelOf(operator: SnapshotOperator): string {
  return operator.uid ?? operator.name ?? operator.operatorId;
}

/** Of a folder that is no snapshot but holds those of one job. */
async function newestCheckpoint(
  fileSystems: FileSystemProvider,
  path: string,
): Promise<string | undefined> {
  const uri = asUri(path);
  const fileSystem = fileSystems.getFileSystem(uri);
  const status = await fileSystem.getFileStatus(uri);
  if (!status?.isDirectory || (await fileSystem.getFileStatus(joinPath(uri, METADATA_FILE_NAME)))) {
    return undefined;
  }
  const jobs = await listCheckpointsByJob(fileSystem, uri);
  return jobs.length === 1 ? jobs[0]?.[0]?.path : undefined;
}

/** What to look into; of live state no bytes are known. */
function hasState({ sizeBytes, keyedStates, timers, operatorStates }: SnapshotOperator): boolean {
  return sizeBytes > 0 || [keyedStates, timers, operatorStates].some(({ length }) => length > 0);
}

export function selectOperator(
  operators: readonly SnapshotOperator[],
  selector: string,
  what: string,
): SnapshotOperator {
  for (const matches of [
    operators.filter(({ uid }) => uid === selector),
    operators.filter(({ operatorId }) => operatorId === selector),
    operators.filter(({ operatorId }) => operatorId === operatorIdFromUid(selector)),
    operators.filter(({ name }) => name === selector),
    operators.filter(
      ({ operatorId }) => selector !== '' && operatorId.startsWith(selector.toLowerCase()),
    ),
  ]) {
    if (matches.length === 1) {
      return matches[0] as SnapshotOperator;
    }
    if (matches.length > 1) {
      const ids = matches.map(({ operatorId }) => operatorId).join(', ');
      const message = `'${selector}' may be any of the operators ${ids}; give one of these ids`;
      throw new CheckpointError('OPERATOR_NOT_IN_SNAPSHOT', message);
    }
  }
  const labels = operators.filter(hasState).map(labelOf);
  throw new CheckpointError(
    'OPERATOR_NOT_IN_SNAPSHOT',
    `${what} has no operator '${selector}' with state; ${nearestName(selector, labels)}`,
  );
}

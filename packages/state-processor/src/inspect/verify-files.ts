/** The files of a snapshot are where its handles say, and as long as they say. */
import { joinPath } from '@millrace/core';
import {
  type KeyedStateHandle,
  METADATA_FILE_NAME,
  readCheckpointMetadata,
  type StreamStateHandle,
  streamsOfSubtask,
  writeCheckpointMetadata,
} from '@millrace/state';
import { pathOf } from '../snapshot/describe-files.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { VerifyProblems } from './verify-problems.ts';

const VERSION_WRITTEN = 4;
const VERSION_AT = 4;

/** @returns how many files there are */
export async function verifyFiles(snapshot: Snapshot, problems: VerifyProblems): Promise<number> {
  const wanted = new Map<string, { bytes: number; isExact: boolean; operatorId: string }>();
  for (const { operatorId, subtaskStates } of snapshot.metadata.operatorStates) {
    for (const subtask of subtaskStates.values()) {
      const logs = logPaths([subtask.managedKeyedState, subtask.rawKeyedState]);
      for (const stream of streamsOfSubtask(subtask)) {
        const path = pathOf(stream);
        if (path !== undefined) {
          const before = wanted.get(path);
          // What a handle says of a log's file is the length of its data, uncompressed.
          const isLog = logs.has(path);
          const bytes = Math.max(before?.bytes ?? 0, isLog ? 1 : endOf(stream));
          const isExact = stream.kind !== 'segment-file' && !isLog;
          wanted.set(path, { bytes, isExact: isExact && before?.isExact !== false, operatorId });
        }
      }
    }
  }
  for (const [path, { bytes, isExact, operatorId }] of wanted) {
    await verifyFile(snapshot, path, { bytes, isExact, operatorId, problems });
  }
  return wanted.size;
}

async function verifyFile(
  snapshot: Snapshot,
  file: string,
  of: { bytes: number; isExact: boolean; operatorId: string; problems: VerifyProblems },
): Promise<void> {
  const { bytes, isExact, operatorId, problems } = of;
  const place = { file, operatorId };
  try {
    const status = await snapshot.fileSystems.getFileSystem(file).getFileStatus(file);
    if (status === undefined || status.isDirectory) {
      const message = `${file} is gone; if the snapshot was moved, say from where`;
      problems.addLostFile('SNAPSHOT_NOT_FOUND', message, place);
    } else if (status.sizeBytes < bytes) {
      const expected = isExact ? `${bytes}` : `at least ${bytes}`;
      const message = `${file} has ${status.sizeBytes} bytes instead of ${expected}`;
      problems.addLostFile('SNAPSHOT_CORRUPT', message, { ...place, offset: status.sizeBytes });
    } else if (isExact && status.sizeBytes > bytes) {
      const message = `${file} has ${status.sizeBytes} bytes instead of ${bytes}`;
      problems.corrupt(message, { ...place, offset: bytes });
    }
  } catch (error) {
    problems.caught(error, place);
  }
}

function endOf(stream: StreamStateHandle): number {
  switch (stream.kind) {
    case 'segment-file':
      return stream.startPosition + stream.sizeBytes;
    case 'file':
    case 'relative-file':
      return stream.sizeBytes;
    default:
      return 0;
  }
}

function logPaths(handles: readonly (KeyedStateHandle | undefined)[]): Set<string> {
  const paths = new Set<string>();
  for (const handle of handles) {
    if (handle?.kind === 'changelog') {
      for (const path of logPaths([...handle.materialized, ...handle.nonMaterialized])) {
        paths.add(path);
      }
    } else if (handle?.kind === 'changelog-stream') {
      for (const stream of handle.streams) {
        paths.add(pathOf(stream.handle) ?? '');
      }
    }
  }
  return paths;
}

/** What was understood of `_metadata` is all that is in it. */
export async function verifyMetadata(snapshot: Snapshot, problems: VerifyProblems): Promise<void> {
  const file = joinPath(snapshot.path, METADATA_FILE_NAME);
  const reader = await snapshot.fileSystems.getFileSystem(file).open(file);
  try {
    const bytes = await reader.read(0, reader.sizeBytes);
    const version = new DataView(bytes.buffer, bytes.byteOffset).getInt32(VERSION_AT);
    if (version !== VERSION_WRITTEN) {
      return; // Older versions are read, not written.
    }
    const again = writeCheckpointMetadata(readCheckpointMetadata(bytes, snapshot.path));
    if (Buffer.compare(bytes, again) !== 0) {
      const offset = again.findIndex((byte, index) => byte !== bytes[index]);
      const message =
        `${file} is not what is understood of it: written again it has ${again.length} bytes, not ` +
        `${bytes.length}, and differs at byte ${offset < 0 ? again.length : offset}`;
      problems.corrupt(message, { file, offset: offset < 0 ? again.length : offset });
    }
  } finally {
    await reader.close();
  }
}

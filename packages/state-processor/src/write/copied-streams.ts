/**
 * Copies the state of an operator from one snapshot into another as it is, so that the new one stands
 * by itself; or refers to the files of the old one.
 *
 * Invariant: a file is copied in pieces, whatever its size.
 */
import { ConfigError } from '@millrace/core';
import {
  type CheckpointStreamFactory,
  hasRecordsInFlight,
  type KeyedStateHandle,
  type OpenStateHandle,
  type OperatorState,
  type OperatorStateHandle,
  type StreamStateHandle,
} from '@millrace/state';

const PIECE_BYTES = 1024 * 1024;

/** What becomes of the streams of state that does not change. */
export type CarryStream = (handle: StreamStateHandle) => Promise<StreamStateHandle | undefined>;

/** Into files of the new snapshot. */
export function copyStreams(
  openStateHandle: OpenStateHandle,
  streams: CheckpointStreamFactory,
): CarryStream {
  return async (handle) => {
    if (handle.kind === 'byte-stream') {
      return handle;
    }
    const reader = await openStateHandle(handle);
    const copy = streams.createCheckpointStateOutputStream('exclusive');
    try {
      for (let at = 0; at < reader.sizeBytes; at += PIECE_BYTES) {
        await copy.write(await reader.read(at, Math.min(PIECE_BYTES, reader.sizeBytes - at)));
      }
      return await copy.closeAndGetHandle();
    } catch (error) {
      await copy.abort();
      throw error;
    } finally {
      await reader.close();
    }
  };
}

/** Names the files of the old snapshot, which must stay: what Flink does. */
export const referToStreams: CarryStream = (handle) =>
  Promise.resolve(
    handle.kind === 'relative-file'
      ? { kind: 'file', path: handle.path, sizeBytes: handle.sizeBytes }
      : handle,
  );

/** @throws ConfigError `UNSUPPORTED` for keyed state that is not canonical */
export async function carryKeyedState(
  handle: KeyedStateHandle | undefined,
  carry: CarryStream,
): Promise<KeyedStateHandle | undefined> {
  if (handle === undefined) {
    return undefined;
  }
  if (handle.kind !== 'key-groups-savepoint' && handle.kind !== 'key-groups') {
    throw new ConfigError(
      'UNSUPPORTED',
      `keyed state of kind '${handle.kind}' cannot be carried over as it is`,
    );
  }
  const stream = await carry(handle.stream);
  return stream === undefined ? undefined : { ...handle, stream };
}

export async function carryOperatorState(
  handle: OperatorStateHandle | undefined,
  carry: CarryStream,
): Promise<OperatorStateHandle | undefined> {
  const delegate = handle && (await carry(handle.delegate));
  return handle === undefined || delegate === undefined
    ? undefined
    : { stateNameToPartitionOffsets: handle.stateNameToPartitionOffsets, delegate };
}

/** In-flight data belongs to one run of one job. @throws ConfigError `UNSUPPORTED` */
export function refuseRecordsInFlight(operator: OperatorState): void {
  if (hasRecordsInFlight(operator)) {
    throw new ConfigError(
      'UNSUPPORTED',
      `operator ${operator.operatorId} has records in flight, which only the job that wrote them ` +
        'can take up; begin with a savepoint or an aligned checkpoint',
    );
  }
}

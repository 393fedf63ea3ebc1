/**
 * The heads of keyed and operator state streams, as far as they can be read: of a serializer that
 * nobody knows here nothing is known, not even its length, so what follows it stays unknown.
 */
import {
  CheckpointError,
  DataInputView,
  errorCode,
  errorMessage,
  type TypeSerializerSnapshot,
} from '@millrace/core';
import {
  type KeyedStateHandle,
  type OpenStateHandle,
  type OperatorStateHandle,
  openKeyedState,
  readKeyedBackendHeaderStart,
  readOperatorBackendHeader,
  type StateMetaInfoSnapshot,
  type StreamStateHandle,
} from '@millrace/state';

const WINDOW_BYTES = 64 * 1024; // doubled until the head fits

export interface StateHead {
  readonly compressed: boolean;
  /** Of keyed state. */
  readonly keySerializer: TypeSerializerSnapshot<unknown> | undefined;
  readonly states: readonly StateMetaInfoSnapshot[];
  /** Why it ends early. */
  readonly error: unknown;
}

const NOTHING: StateHead = {
  compressed: false,
  keySerializer: undefined,
  states: [],
  error: undefined,
};

/** Never throws: what is wrong is in `error`. */
export async function readKeyedStateHead(
  handle: KeyedStateHandle,
  options: { readonly openStateHandle: OpenStateHandle; readonly numberOfKeyGroups: number },
): Promise<StateHead> {
  const { openStateHandle } = options;
  try {
    switch (handle.kind) {
      case 'key-groups':
      case 'key-groups-savepoint':
        return await readHead(handle.stream, openStateHandle, decodeKeyedHead);
      case 'incremental-remote':
        return await readHead(handle.meta, openStateHandle, decodeKeyedHead);
      default: {
        const reader = await openKeyedState(handle, options);
        const { header } = reader;
        await reader.close();
        return { ...header, error: undefined };
      }
    }
  } catch (error) {
    return { ...NOTHING, error };
  }
}

/** Never throws: what is wrong is in `error`. */
export async function readOperatorStateHead(
  handle: OperatorStateHandle,
  openStateHandle: OpenStateHandle,
): Promise<StateHead> {
  try {
    return await readHead(handle.delegate, openStateHandle, decodeOperatorHead);
  } catch (error) {
    return { ...NOTHING, error };
  }
}

async function readHead(
  stream: StreamStateHandle,
  openStateHandle: OpenStateHandle,
  decode: (input: DataInputView) => StateHead,
): Promise<StateHead> {
  const reader = await openStateHandle(stream);
  try {
    for (let window = WINDOW_BYTES; ; window *= 2) {
      const length = Math.min(window, reader.sizeBytes);
      const head = decode(new DataInputView(await reader.read(0, length)));
      const mayBeCut = length < reader.sizeBytes && errorCode(head.error) === 'SNAPSHOT_CORRUPT';
      if (!mayBeCut) {
        return head;
      }
    }
  } finally {
    await reader.close();
  }
}

function decodeKeyedHead(input: DataInputView): StateHead {
  const start = readKeyedBackendHeaderStart(input);
  return start.error === undefined ? start : { ...start, error: corruptUnlessCoded(start.error) };
}

/** Never throws: what is wrong is in `error`. */
export function decodeOperatorHead(input: DataInputView): StateHead {
  try {
    const { compressed, operatorStates, broadcastStates } = readOperatorBackendHeader(input);
    const states = [...operatorStates, ...broadcastStates];
    return { compressed, keySerializer: undefined, states, error: undefined };
  } catch (error) {
    return { ...NOTHING, error: corruptUnlessCoded(error) };
  }
}

function corruptUnlessCoded(error: unknown): unknown {
  return errorCode(error) === undefined
    ? new CheckpointError('SNAPSHOT_CORRUPT', errorMessage(error), { cause: error })
    : error;
}

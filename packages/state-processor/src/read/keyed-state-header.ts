import { type KeyedBackendHeader, type KeyedStateHandle, openKeyedState } from '@millrace/state';
import type { OpenedSavepoint } from './open-savepoint.ts';

/** Which states a handle of any kind holds, and the types that wrote them. */
export async function readHeaderOfHandle(
  handle: KeyedStateHandle,
  savepoint: OpenedSavepoint,
  numberOfKeyGroups: number,
): Promise<KeyedBackendHeader> {
  const { openStateHandle } = savepoint;
  const reader = await openKeyedState(handle, { numberOfKeyGroups, openStateHandle });
  await reader.close();
  return reader.header;
}

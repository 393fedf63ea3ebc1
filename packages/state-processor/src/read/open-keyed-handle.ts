import type { TypeInformation } from '@millrace/core';
import {
  type KeyedBackendHeader,
  type KeyedStateHandle,
  type KeyedStateRowReader,
  type OpenStateHandle,
  openKeyedState,
} from '@millrace/state';

export interface OpenKeyedHandleOptions {
  readonly openStateHandle: OpenStateHandle;
  readonly maxParallelism: number;
  /** Where the snapshot does not say it: a changelog that was never materialized. */
  readonly keyType: TypeInformation<unknown> | undefined;
}

/** A handle of any kind. Close it. */
export function openKeyedHandle(
  handle: KeyedStateHandle,
  { openStateHandle, maxParallelism, keyType }: OpenKeyedHandleOptions,
): Promise<KeyedStateRowReader> {
  return openKeyedState(handle, {
    numberOfKeyGroups: maxParallelism,
    openStateHandle,
    ...(keyType && { keySerializer: keyType.createSerializer().snapshotConfiguration() }),
  });
}

/** Which states it holds, and the types that wrote them. */
export async function readHeaderOfHandle(
  handle: KeyedStateHandle,
  options: OpenKeyedHandleOptions,
): Promise<KeyedBackendHeader> {
  const reader = await openKeyedHandle(handle, options);
  await reader.close();
  return reader.header;
}

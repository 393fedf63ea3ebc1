/** Values of types that nothing here reads. */
import { errorCode } from '@millrace/core';

/** A type that nothing here reads, or a date that no Date holds, is no reason to show nothing. */
export function orOpaque<T, O>(read: () => T, opaque: () => O): T | O {
  try {
    return read();
  } catch (error) {
    const code = errorCode(error);
    if (code === 'SERIALIZER_SNAPSHOT_UNKNOWN' || code === 'LONG_OUT_OF_RANGE') {
      return opaque();
    }
    throw error;
  }
}

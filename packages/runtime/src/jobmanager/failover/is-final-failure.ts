/** Which failures no restart heals. Flink: ThrowableClassifier, NonRecoverableError. */
import { type ErrorCode, errorCode, MillraceError } from '@millrace/core';

/** Codes of a snapshot that is no better at the next try. */
const UNREADABLE: ReadonlySet<ErrorCode | undefined> = new Set<ErrorCode | undefined>([
  'SNAPSHOT_CORRUPT',
  'SNAPSHOT_NOT_FOUND',
  'SNAPSHOT_VERSION_UNSUPPORTED',
  'SERIALIZER_SNAPSHOT_UNKNOWN',
]);

/** True when a restart would fail in the same way. */
export function isFinalFailure(error: unknown): boolean {
  const reaction = error instanceof MillraceError ? error.reaction : undefined;
  return (
    reaction === 'config' ||
    reaction === 'fatal' ||
    reaction === 'invariant' ||
    UNREADABLE.has(errorCode(error))
  );
}

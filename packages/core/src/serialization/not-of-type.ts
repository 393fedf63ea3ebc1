/**
 * The errors of a value that does not fit its declared type.
 */
import { inspect } from 'node:util';
import { CheckpointError, ConfigError, TaskError } from '../errors/errors.ts';

/** For messages: short, on one line. */
export function describeValue(value: unknown): string {
  const text = inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** `VALUE_NOT_SERIALIZABLE`, to be thrown. */
export function notOfType(typeName: string, value: unknown, remedy: string): TaskError {
  return new TaskError(
    'VALUE_NOT_SERIALIZABLE',
    `${describeValue(value)} is not ${/^[AEIO]/i.test(typeName) ? 'an' : 'a'} ${typeName}; ${remedy}`,
  );
}

/** `KEY_TYPE_UNSUPPORTED`, to be thrown. */
export function keyTypeUnsupported(typeName: string, remedy: string): ConfigError {
  return new ConfigError(
    'KEY_TYPE_UNSUPPORTED',
    `${typeName} cannot be a key, its hash is not stable; ${remedy}`,
  );
}

/** `SNAPSHOT_CORRUPT`, to be thrown. */
export function snapshotCorrupt(message: string): CheckpointError {
  return new CheckpointError('SNAPSHOT_CORRUPT', message);
}

/**
 * Errors as plain objects, for worker boundaries, files and REST.
 *
 * Structured clone turns a class of ours into a plain `Error` and drops its code; this keeps class,
 * code, message, stack and the chain of causes.
 */
import { ERROR_CODES, type ErrorCode } from './error-codes.ts';
import {
  CheckpointError,
  ConfigError,
  type ErrorReaction,
  errorMessage,
  FatalError,
  InvariantError,
  MillraceError,
  TaskError,
} from './errors.ts';

/** Survives structured clone and JSON. */
export interface EncodedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  /** `null` unless it is an error of ours. */
  readonly code: ErrorCode | null;
  readonly reaction: ErrorReaction | null;
  readonly cause: EncodedError | null;
}

const CAUSES_MAX = 16; // A chain that leads back to itself ends too.

const CLASSES = {
  config: ConfigError,
  checkpoint: CheckpointError,
  task: TaskError,
  fatal: FatalError,
  invariant: InvariantError,
} as const;

/** Whatever was thrown, also what is no error. */
export function encodeError(thrown: unknown): EncodedError {
  return encode(thrown, CAUSES_MAX);
}

function encode(thrown: unknown, causesLeft: number): EncodedError {
  const own = thrown instanceof MillraceError ? thrown : undefined;
  const error = thrown instanceof Error ? thrown : undefined;
  const hasCause = error?.cause !== undefined && error.cause !== null && causesLeft > 0;
  return {
    name: error?.name ?? 'Error',
    message: errorMessage(thrown),
    stack: error?.stack ?? null,
    code: own?.code ?? null,
    reaction: own?.reaction ?? null,
    cause: hasCause ? encode(error.cause, causesLeft - 1) : null,
  };
}

/** The class, code, message, stack and causes that were encoded; a foreign error is an `Error`. */
export function decodeError(encoded: EncodedError): Error {
  const { name, message, stack, code, reaction } = encoded;
  const options = encoded.cause === null ? {} : { cause: decodeError(encoded.cause) };
  const known = code !== null && reaction !== null && code in ERROR_CODES && reaction in CLASSES;
  const error = known ? new CLASSES[reaction](code, message, options) : new Error(message, options);
  error.name = name;
  if (stack !== null) {
    error.stack = stack;
  }
  return error;
}

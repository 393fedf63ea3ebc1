/**
 * One error class per reaction; the cause is in `code`.
 *
 * Test `code`, not `instanceof`: a worker boundary strips both, so errors cross it through
 * `encodeError` and `decodeError`.
 */
import type { ErrorCode } from './error-codes.ts';
import { placeInProgram } from './program-place.ts';
import { thrownText, valueText } from './thrown-text.ts';
import { tellUncaughtErrors } from './uncaught-errors.ts';

export type ErrorReaction = 'config' | 'checkpoint' | 'task' | 'fatal' | 'invariant';

/** As deep as a function of the program may be called by ours, and more: what is told is its place. */
const FRAMES = 64;

export abstract class MillraceError extends Error {
  abstract readonly reaction: ErrorReaction;
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = Math.max(stackTraceLimit, FRAMES);
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.name = new.target.name;
    tellUncaughtErrors();
  }
}

/** The user edits the program or its configuration; restarting would fail again. */
export class ConfigError extends MillraceError {
  readonly reaction = 'config';
}

/** One checkpoint attempt fails; the job runs on. */
export class CheckpointError extends MillraceError {
  readonly reaction = 'checkpoint';
}

/** A task fails; the restart strategy decides what follows. */
export class TaskError extends MillraceError {
  readonly reaction = 'task';
}

/** The job stops for good. */
export class FatalError extends MillraceError {
  readonly reaction = 'fatal';
}

/** A promise of ours was broken. Nobody catches it. */
export class InvariantError extends MillraceError {
  readonly reaction = 'invariant';
}

/** @throws InvariantError `INVARIANT_VIOLATED` when `held` is false */
export function invariant(held: boolean, what: string): asserts held {
  if (!held) {
    throw new InvariantError('INVARIANT_VIOLATED', `broken invariant: ${what}`);
  }
}

/** `undefined` for anything that is not an error of ours. */
export function errorCode(error: unknown): ErrorCode | undefined {
  return error instanceof MillraceError ? error.code : undefined;
}

/** A thrown value's message, whatever was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : valueText(error);
}

/**
 * Of a failure in one line of a log: code, message, and where in the program it or its cause arose. Of an error
 * that is not ours `thrownText` in place of code and message.
 */
export function failureText(error: unknown): string {
  const place = placeInProgram(error);
  return `${thrownText(error)}${place === undefined ? '' : ` (at ${place})`}`;
}

/**
 * An error as Flink's clients read one: its lines, and no stack.
 *
 * Flink: SerializedThrowable.
 */
import { errorCode, errorMessage } from '@millrace/core';
import { type JavaThrowable, javaThrowable } from './java-throwable.ts';

const CAUSES_MAX = 16;

export interface SerializedThrowableAnswer {
  readonly class: string;
  readonly 'stack-trace': string;
  readonly 'serialized-throwable': string;
}

export function failureCause(error: unknown): SerializedThrowableAnswer {
  const throwable = asThrowable(error, CAUSES_MAX);
  return {
    class: throwable.className,
    'stack-trace': throwable.stackTrace,
    'serialized-throwable': Buffer.from(javaThrowable(throwable)).toString('base64'),
  };
}

function asThrowable(thrown: unknown, causesLeft: number): JavaThrowable {
  const code = errorCode(thrown);
  const className = thrown instanceof Error ? thrown.name : 'Error';
  const message = `${code === undefined ? '' : `${code}: `}${errorMessage(thrown)}`;
  const line = thrown instanceof Error ? `${className}: ${message}` : message;
  const causeOf = thrown instanceof Error ? thrown.cause : undefined;
  const cause =
    causeOf === undefined || causeOf === null || causesLeft === 0
      ? undefined
      : asThrowable(causeOf, causesLeft - 1);
  return {
    className,
    message,
    stackTrace: cause === undefined ? line : `${line}\nCaused by: ${cause.stackTrace}`,
    cause,
  };
}

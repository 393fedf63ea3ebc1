/**
 * An error as Flink's clients read one: its lines, and no stack.
 *
 * Flink: SerializedThrowable, whose third field is an object of Java.
 */
import { errorCode, errorMessage } from '@millrace/core';

const CAUSES_MAX = 16;

export interface SerializedThrowableAnswer {
  readonly class: string;
  readonly 'stack-trace': string;
  readonly 'serialized-throwable': string;
}

export function failureCause(error: unknown): SerializedThrowableAnswer {
  return {
    class: error instanceof Error ? error.name : 'Error',
    'stack-trace': lines(error, CAUSES_MAX).join('\nCaused by: '),
    'serialized-throwable': '',
  };
}

function lines(thrown: unknown, causesLeft: number): string[] {
  const code = errorCode(thrown);
  const name = thrown instanceof Error ? `${thrown.name}: ` : '';
  const own = `${name}${code === undefined ? '' : `${code}: `}${errorMessage(thrown)}`;
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause === undefined || cause === null || causesLeft === 0
    ? [own]
    : [own, ...lines(cause, causesLeft - 1)];
}

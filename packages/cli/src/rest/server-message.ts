/**
 * What a person needs of an error that a server tells: Flink's are a stack trace, ours begin with a code.
 *
 * Of a chain of Java causes the first message and that of the root are told: the first says what was
 * asked for, the root why it failed.
 */
import { ERROR_CODES, type ErrorCode } from '@millrace/core';

export interface ServerMessage {
  readonly code: ErrorCode | undefined;
  readonly text: string;
}

export function serverMessage(full: string): ServerMessage {
  const lines = full.split('\n').map((line) => line.trimEnd());
  const messages = lines
    .filter((line, index) => index === 0 || line.startsWith('Caused by: '))
    .map((line) => withoutClasses(line.replace(/^Caused by: /, '')))
    .filter((message) => message !== '');
  const [first = 'it gives no reason'] = messages;
  const root = messages.at(-1) ?? first;
  const text = first.includes(root) ? first : `${first} Cause: ${root}`;
  const [, code] = /^([A-Z][A-Z_]+): /.exec(root) ?? [];
  return code !== undefined && code in ERROR_CODES
    ? { code: code as ErrorCode, text: root.slice(code.length + 2) }
    : { code: undefined, text };
}

/** `java.util.concurrent.CompletionException: org.acme.Why: text` is `text`. */
function withoutClasses(line: string): string {
  return line.replace(/^(?:(?:[a-z_]\w*\.)+[A-Z][\w$]*(?:: ?|$))+/, '').trim();
}

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
  // Ours says all in its first message, with what to do; what caused it is of the machine.
  for (const message of messages) {
    const [all, code] = /^(?:[A-Z]\w*Error: )?([A-Z][A-Z_]+): /.exec(message) ?? [];
    if (all !== undefined && code !== undefined && code in ERROR_CODES) {
      return {
        code: code as ErrorCode,
        text: message.slice(all.length).replaceAll(`${code}: `, ''),
      };
    }
  }
  return { code: undefined, text };
}

/** `java.util.concurrent.CompletionException: org.acme.Why: text` is `text`. */
function withoutClasses(line: string): string {
  return line.replace(/^(?:(?:[a-z_]\w*\.)+[A-Z][\w$]*(?:: ?|$))+/, '').trim();
}

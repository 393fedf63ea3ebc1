/**
 * What a person needs of an error that a server tells: Flink's are a stack trace, ours have a code.
 *
 * Of a chain of causes the first message and that of the root are told: the first says what was asked
 * for, the root why it failed.
 */

export interface ServerMessage {
  /** As a server of ours tells it; the first of the chain. */
  readonly code: string | undefined;
  readonly text: string;
}

/** Java's classes have packages; those of ours end in Error. */
const CLASSES = /^(?:(?:(?:[a-z_]\w*\.)+[A-Z][\w$]*|[A-Z]\w*Error)(?:: ?|$))+/;
const CODE = /^([A-Z]+(?:_[A-Z]+)*): /;

export function serverMessage(full: string): ServerMessage {
  const lines = full.replace(/^<Exception on server side:\s*/, '').split('\n');
  const messages = lines
    .filter((line, index) => index === 0 || line.startsWith('Caused by: '))
    .map((line) =>
      line
        .trimEnd()
        .replace(/^Caused by: /, '')
        .replace(CLASSES, '')
        .trim(),
    )
    .filter((message) => message !== '');
  const code = messages
    .map((message) => CODE.exec(message)?.[1])
    .find((each) => each !== undefined);
  // What refused a checkpoint is told within what was refused, by the same code.
  const withoutCode = (text: string): string =>
    code === undefined ? text : text.replace(CODE, '').replaceAll(`${code}: `, '');
  const [first = 'it gives no reason', ...causes] = messages.map(withoutCode);
  const root = causes.at(-1);
  const text = root === undefined || first.includes(root) ? first : `${first} Cause: ${root}`;
  return { code, text };
}

/**
 * What a person needs of an error that a server tells: Flink's are a stack trace, ours begin with a code.
 *
 * Ours says all in its one message, with what to do. Of a chain of Java causes the first message and
 * that of the root are told: the first says what was asked for, the root why it failed.
 */

export interface ServerMessage {
  /** As a server of ours tells it; the first of the chain. */
  readonly code: string | undefined;
  readonly text: string;
}

/** Java's classes have packages. */
const JAVA_CLASSES = /^(?:(?:[a-z_]\w*\.)+[A-Z][\w$]*(?:: ?|$))+/;
const OURS = /^(?:[A-Z]\w*Error: )?([A-Z]+(?:_[A-Z]+)*): /;

/** @param full - an entry of `errors`, or the `stack-trace` of a failed operation */
export function serverMessage(full: string): ServerMessage {
  const told = full
    .replace(/^<Exception on server side:\s*/, '')
    .split('\n')
    .filter((line, index) => index === 0 || line.startsWith('Caused by: '))
    .map((line) => line.replace(/^Caused by: /, '').trim());
  for (const line of told) {
    const [head, code] = OURS.exec(line) ?? [];
    if (head !== undefined && code !== undefined) {
      // What refused a checkpoint is told within what was refused, by the same code.
      return { code, text: line.slice(head.length).replaceAll(`${code}: `, '') };
    }
  }
  const [first, ...causes] = told
    .map((line) => line.replace(JAVA_CLASSES, '').replace(/^[A-Z]\w*Error(?:: |$)/, ''))
    .filter((message) => message !== '');
  if (first === undefined) {
    return { code: undefined, text: told.find((line) => line !== '') ?? 'it gives no reason' };
  }
  const root = causes.at(-1);
  const text = root === undefined || first.includes(root) ? first : `${first} Cause: ${root}`;
  return { code: undefined, text };
}

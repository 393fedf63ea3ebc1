/**
 * What a person should read of an error's body. Flink answers `{"errors": [text]}`, where the text is
 * a printed Java exception: class, message, stack trace, and causes that say more than the first line.
 */

export interface ErrorText {
  /** One sentence; `undefined` where the body says nothing. */
  readonly message: string | undefined;
  readonly details: string;
}

const CLASS_NAME = /^(?:[\w$]+\.)+[\w$]*(?:Exception|Error|Throwable)\b:?\s*/;
/** Wrappers that say nothing themselves. */
const WRAPPER =
  /^(Internal server error\.|java\.util\.concurrent\.(Completion|Execution)Exception)/;

export function readErrors(body: string): ErrorText {
  let errors: string[] = [];
  try {
    const parsed = JSON.parse(body) as { errors?: unknown };
    errors = Array.isArray(parsed.errors) ? parsed.errors.map(String) : [];
  } catch {
    return { message: firstSentence(body), details: body };
  }
  const details = errors.join('\n');
  return { message: firstSentence(details), details };
}

/** The line of a printed exception that tells the most, without class names. */
export function firstSentence(text: string): string | undefined {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^<Exception on server side:/, '').trim())
    .filter((line) => line !== '' && !/^(at |\.\.\. \d+ more)/.test(line));
  const telling = lines.find((line) => !WRAPPER.test(line.replace(/^Caused by: /, '')));
  return withoutClass(telling ?? lines[0] ?? '') || undefined;
}

function withoutClass(line: string): string {
  let rest = line.replace(/^Caused by: /, '');
  while (CLASS_NAME.test(rest) && rest.replace(CLASS_NAME, '') !== '') {
    rest = rest.replace(CLASS_NAME, '');
  }
  return rest;
}

/** Says on the standard error stream why a command failed: code, what is wrong, what to do. */
import { errorCode, errorMessage, fileError } from '@millrace/core';
import { RestError } from '@millrace/rest-client';
import { OutputFailed, printable, type Terminal } from './terminal/terminal.ts';
import { UsageError } from './usage-error.ts';

/** Where the remedy is an option of a program, which the command does not have. */
const HINTS: Readonly<Record<string, string>> = {
  KEY_TYPE_UNSUPPORTED:
    'No option of this command says that: write a program with convert or edit of ' +
    '@millrace/state-processor, whose option keyTypes takes a Map of operator ids to types.',
};

/** @param withStack - `--stack`, or MILLRACE_STACK in the environment */
export function reportError(terminal: Terminal, thrown: unknown, withStack: boolean): void {
  const error =
    thrown instanceof OutputFailed ? fileError('write', 'the result', thrown.cause) : thrown;
  const code = error instanceof RestError ? error.code : errorCode(error);
  const [first = '', ...rest] = errorMessage(error).split('\n').map(printable);
  const head = terminal.style('red', `millrace: ${code === undefined ? '' : `${code}: `}`);
  terminal.note([`${head}${first}`, ...rest].join('\n'));
  const hint = code === undefined ? undefined : HINTS[code];
  if (hint !== undefined) {
    terminal.note(hint);
  }
  if (withStack) {
    for (let at = error; at instanceof Error; at = at.cause) {
      terminal.note(at.stack ?? String(at));
    }
  } else if (code === undefined && !(error instanceof UsageError)) {
    terminal.note('This is not expected: run it again with --stack, and report what it says.');
  }
}

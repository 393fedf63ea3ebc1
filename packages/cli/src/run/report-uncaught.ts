/**
 * What ended a program, on its standard error stream: an error of its configuration, or of a snapshot, is
 * told by code, message and place in the program; all else as Node does, with the whole stack.
 *
 * Invariant: a program with a listener of its own is left to it.
 */
import { inspect } from 'node:util';
import type { ErrorReaction } from '@millrace/core';

/** Of these the message says all; a failure of a function of the program is in its stack alone. */
const TOLD_BY_MESSAGE: ReadonlySet<ErrorReaction> = new Set(['config', 'checkpoint']);

interface CodedError {
  readonly code: string;
  readonly message: string;
  readonly reaction: ErrorReaction;
  readonly stack?: string;
}

export function reportUncaught(withStack: boolean): void {
  process.on('uncaughtException', (thrown: unknown) => {
    if (process.listenerCount('uncaughtException') > 1) {
      return;
    }
    process.stderr.write(`${uncaughtText(thrown, process.argv[1] ?? '', withStack)}\n`);
    process.exit(1);
  });
}

/** @param program - its file, whose place in the stack is told */
export function uncaughtText(thrown: unknown, program: string, withStack: boolean): string {
  if (withStack || !isToldByMessage(thrown)) {
    return `Uncaught ${inspect(thrown)}\n\nNode.js ${process.version}`;
  }
  const place = placeIn(thrown.stack ?? '', program);
  const where = place === undefined ? '' : `  at ${place}\n`;
  return `millrace: ${thrown.code}: ${thrown.message}\n${where}(millrace run --stack shows the whole stack)`;
}

/** By its fields: the program may have another copy of the package than this command. */
function isToldByMessage(thrown: unknown): thrown is CodedError {
  const { code, reaction } = (thrown ?? {}) as Partial<CodedError>;
  return (
    thrown instanceof Error &&
    typeof code === 'string' &&
    reaction !== undefined &&
    TOLD_BY_MESSAGE.has(reaction)
  );
}

/** `sums.ts:3:5`; `undefined` where the error arose in a later turn. */
function placeIn(stack: string, program: string): string | undefined {
  const frame = stack.split('\n').find((line) => /^\s+at /.test(line) && line.includes(program));
  const position = /:(\d+:\d+)\)?$/.exec(frame ?? '')?.[1];
  return program === '' || position === undefined ? undefined : `${program}:${position}`;
}

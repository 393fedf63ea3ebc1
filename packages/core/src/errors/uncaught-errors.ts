/**
 * An error of ours that nobody catches ends the process as any other does, but is told by code, message and place
 * in the program: the stack shows our own code, which says nothing to who wrote the program.
 *
 * Invariants:
 * - Errors that are not ours, and broken promises of ours, are told by Node with their stack.
 * - A program that has a listener for uncaught errors of its own is left to it.
 * - `MILLRACE_STACK` in the environment shows the whole stack.
 */
import { isMainThread } from 'node:worker_threads';
import { placeInProgram } from './program-place.ts';

/** Of these the message says all, with the place where a function of the program failed. */
const TOLD_BY_MESSAGE: ReadonlySet<unknown> = new Set(['config', 'checkpoint', 'task', 'fatal']);

let isListening = false;

/** From the first error on that might be one: no process without an error has another listener. */
export function tellUncaughtErrors(): void {
  if (isListening || !isMainThread) {
    return;
  }
  isListening = true;
  process.on('uncaughtExceptionMonitor', (thrown: unknown) => {
    const text = uncaughtText(thrown);
    const isLeftToOthers =
      process.listenerCount('uncaughtException') > 0 ||
      process.hasUncaughtExceptionCaptureCallback() ||
      !!process.env.MILLRACE_STACK;
    if (text !== undefined && !isLeftToOthers) {
      process.stderr.write(`${text}\n`);
      process.exit(1);
    }
  });
}

/**
 * `undefined` for what the message alone does not tell.
 *
 * @param ours - folders that begin so hold none of the program
 */
export function uncaughtText(thrown: unknown, ours?: string): string | undefined {
  // By its fields: there may be two copies of this package in the process.
  const { code, reaction } = (thrown ?? {}) as {
    readonly code?: unknown;
    readonly reaction?: unknown;
  };
  if (!(thrown instanceof Error) || typeof code !== 'string' || !TOLD_BY_MESSAGE.has(reaction)) {
    return undefined;
  }
  const place = placeInProgram(thrown, ours);
  const where = place === undefined ? '' : `  at ${place}\n`;
  return `millrace: ${code}: ${thrown.message}\n${where}(MILLRACE_STACK=1 shows the whole stack)`;
}

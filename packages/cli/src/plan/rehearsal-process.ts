/**
 * The process that rehearses a program: `node rehearsal-process.js REQUEST PROGRAM ARGS...`. It tells
 * what became of it by a message to its parent, and is over at the program's first `execute()`.
 *
 * A process of its own, as a program may print, set timers, and end the process.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { errorCode, errorMessage } from '@millrace/core';
import {
  type RehearsalReport,
  rehearseInsteadOfExecuting,
  tellPlanInsteadOfExecuting,
} from 'millrace';
import type { RehearsalMessage, RehearsalRequest } from './rehearsal-messages.ts';

const [, , requestText = '', program = '', ...args] = process.argv;
const request = JSON.parse(requestText) as RehearsalRequest;
process.argv = [process.argv[0] as string, program, ...args];

async function tell(message: RehearsalMessage): Promise<never> {
  await new Promise<void>((resolve) => {
    process.send?.(message, () => resolve());
  });
  process.exit(0);
}

/**
 * The program may use a Millrace of another version than this command: one that knows of no
 * rehearsals would run the job.
 */
async function checkMillraceOfProgram(): Promise<void> {
  let found: string;
  try {
    found = createRequire(pathToFileURL(program)).resolve('millrace');
  } catch {
    return; // It has none of its own, as one that is bundled.
  }
  const known = Symbol.for('millrace.rehearsal.known');
  const registry = globalThis as unknown as Record<symbol, unknown>;
  registry[known] = false;
  // Loaded already where it is the one of this command, which knows.
  const own = createRequire(import.meta.url).resolve('millrace');
  if (found !== own) {
    await import(pathToFileURL(found).href);
    if (registry[known] !== true) {
      await tell({
        kind: 'failed',
        message: `the program uses ${found}, which is older than rehearsals; install a newer millrace`,
      });
    }
  }
}

const { from } = request;
if (from === undefined) {
  tellPlanInsteadOfExecuting((report) => tell({ kind: 'plan', report }));
} else {
  rehearseInsteadOfExecuting({
    ...request,
    from,
    end: (report: RehearsalReport) => tell({ kind: 'report', report }),
  });
}
try {
  await checkMillraceOfProgram();
  await import(pathToFileURL(program).href);
  // Timers and sockets of the program may still lead to its execute().
  process.once('beforeExit', () => void tell({ kind: 'not-executed' }));
} catch (error) {
  const code = errorCode(error);
  await tell({
    kind: 'failed',
    message: errorMessage(error),
    ...(code === undefined ? {} : { code }),
    ...(error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}),
  });
}

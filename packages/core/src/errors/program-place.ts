/** Where in a program an error arose: most of its stack is our own code, which says nothing to who wrote the program. */
import { dirname, isAbsolute, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ErrorCode } from './error-codes.ts';

const IN_DEPENDENCY = `${sep}node_modules${sep}`;
/** The folder of this package and its neighbours. */
const OURS = `${dirname(fileURLToPath(new URL('../..', import.meta.url)))}${sep}`;
/** Its cause has been in the function that failed; what it has been in itself are those that gave on the record. */
const CALLED_FROM_OURS: ErrorCode = 'USER_FUNCTION_FAILED';
const CAUSES_MAX = 16; // A chain that leads back to itself ends too.

/**
 * `/jobs/sums.ts:3:5`, of the last error on the way to the cause that has been in the program; `undefined` where
 * all arose in later turns, or what a function threw is no error.
 *
 * @param ours - folders that begin so hold none of the program
 */
export function placeInProgram(thrown: unknown, ours: string = OURS): string | undefined {
  let error = thrown;
  let place: string | undefined;
  for (let i = 0; i < CAUSES_MAX && error instanceof Error; i++) {
    if ((error as { readonly code?: unknown }).code !== CALLED_FROM_OURS) {
      place = placeIn(error.stack ?? '', ours) ?? place;
    }
    error = error.cause;
  }
  return place;
}

/** Of the line of the program that called; `undefined` where it did so in an earlier turn. */
export function placeOfCall(): string | undefined {
  return placeInProgram(new Error());
}

function placeIn(stack: string, ours: string): string | undefined {
  for (const [, url = '', position] of stack.matchAll(FRAME)) {
    const file = url.startsWith('file:') ? fileURLToPath(url) : url;
    if (isAbsolute(file) && !file.startsWith(ours) && !file.includes(IN_DEPENDENCY)) {
      return `${file}:${position}`;
    }
  }
  return undefined;
}

/** `at of (file:///jobs/sums.ts:3:5)`, `at async /jobs/sums.ts:3:5` */
const FRAME = /^\s+at (?:.* \(|async )?([^()]+?):(\d+:\d+)\)?$/gm;

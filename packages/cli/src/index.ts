/** The commands as data, for the reference page. */

export { type Example, examplesOf } from './command-options.ts';
export * from './exit-codes.ts';
export { createProgram } from './program.ts';

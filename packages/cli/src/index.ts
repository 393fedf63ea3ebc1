/** The commands as data, for the reference page. */
export * from './exit-codes.ts';
export { createProgram, type Example, examplesOf } from './program.ts';

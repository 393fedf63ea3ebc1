/** Runs of the flights example as a user starts them, and the rows that they leave. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProgramEnd, startProgram } from '../child-program.ts';
import { committedParts } from './flights-oracle.ts';

const PROGRAM = fileURLToPath(
  new URL('../../../examples/flights/dist/flights.js', import.meta.url),
);

export interface FlightsRun extends ProgramEnd {
  /** What the last line names. */
  readonly output: string;
}

/** @param cwd - where it leaves its files; made unless it is there */
export async function runFlights(cwd: string, ...args: string[]): Promise<FlightsRun> {
  mkdirSync(cwd, { recursive: true });
  const end = await startProgram(PROGRAM, args, { cwd }).ended;
  const output = /^output: (.*)$/m.exec(end.stdout)?.[1] ?? '';
  return { ...end, output: join(cwd, output) };
}

export function sortedRows(folder: string): string[] {
  return rowsIn(folder).sort();
}

/** Of what is committed, in the order of its files. */
export function rowsIn(folder: string): string[] {
  return committedParts(folder).flatMap((part) => readFileSync(part, 'utf8').trimEnd().split('\n'));
}

/** Answers of real Flink 1.20 as they were recorded; the calls are in `fixtures/flink-rest`, a file each. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../fixtures/flink-rest/', import.meta.url));

export interface Recording {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Of an answer in JSON, its text. */
  readonly raw?: string;
  /** Of any other, the begin of it. */
  readonly text?: string;
}

/** @param number - three digits */
export function recording(number: string): Recording {
  const file = readdirSync(FOLDER).find((name) => name.startsWith(`${number}-`));
  assert.ok(file !== undefined, `recording ${number}`);
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Recording;
}

export function recordingNumbers(): readonly string[] {
  return readdirSync(FOLDER)
    .map((name) => name.split('-', 1)[0]!)
    .sort();
}

const NO_JARS =
  'classes of Java are uploaded and run; a program of ours is run by node, so /jars is not there, ' +
  'as in Flink with web.submit.enable: false';
const OTHER_VERTEX =
  'the call of v0 for another vertex: those of v0 are compared with every vertex of the job';
const NO_PROFILER =
  'recorded with rest.profiling.enabled: true, for a profiler of Java; here it is as where that is false';

/** Recordings that no answer of ours is compared with, and why. */
export const NOT_COMPARED: ReadonlyMap<string, string> = new Map([
  ...['005', '006', '007', '008', '009', '010', '012', '157', '164', '169', '170'].map(
    (number) => [number, NO_JARS] as const,
  ),
  ['113', NO_PROFILER],
  ['125', NO_PROFILER],
  ...['061', '062', '064', '071', '079', '080', '082', '087', '089'].map(
    (number) => [number, OTHER_VERTEX] as const,
  ),
]);

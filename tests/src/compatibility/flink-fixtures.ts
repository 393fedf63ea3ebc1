/**
 * Snapshots that real Flink wrote, beside what Flink itself says is in them.
 *
 * See tests/fixtures/README.md.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PathRebase } from '@millrace/state';

/** From `dist/compatibility` to the sources' fixtures. */
export const FIXTURES: string = fileURLToPath(
  new URL('../../fixtures/flink-1.20/', import.meta.url),
);

/** Where Flink wrote the checkpoints that name files by absolute path. */
export const FIXTURE_REBASE: PathRebase = { from: '/fixtures/flink-1.20.5/all', to: FIXTURES };

export interface ExpectedSnapshot {
  readonly name: string;
  /** Of the snapshot, below the fixture's folder. */
  readonly path: string;
  readonly maxParallelism: number;
  readonly parallelism: number;
  /** By uid. */
  readonly operators: Readonly<Record<string, ExpectedOperator>>;
}

export interface ExpectedOperator {
  readonly operatorId: string;
  readonly keyedStates?: Readonly<Record<string, ExpectedKeyedState>>;
  readonly timers?: { readonly event: readonly unknown[]; readonly processing: readonly unknown[] };
  readonly operatorStates?: Readonly<Record<string, ExpectedOperatorState>>;
}

export interface ExpectedKeyedState {
  readonly kind: string;
  readonly ttl: boolean;
  readonly count: number;
  readonly entries: readonly unknown[];
}

export interface ExpectedOperatorState {
  readonly kind: string;
  readonly perSubtask: Readonly<Record<string, unknown>>;
}

/** Every folder that holds a `_metadata`, below the fixtures. */
export function snapshotFolders(): string[] {
  return readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('_metadata'))
    .map((path) => dirname(path))
    .sort();
}

export function readExpected(fixture: string, file = 'expected.json'): ExpectedSnapshot {
  return JSON.parse(readFileSync(join(FIXTURES, fixture, file), 'utf8'));
}

export function readMetadataBytes(folder: string): Uint8Array {
  return readFileSync(join(FIXTURES, folder, '_metadata'));
}

/** Of the snapshot that `expected.json` describes, relative to the fixtures. */
export function expectedFolder(fixture: string): string {
  return relative(FIXTURES, join(FIXTURES, fixture, readExpected(fixture).path));
}

/**
 * Runs real Flink: the Java project in tests/interop.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JavaProject } from '../java-project.ts';
import type { Operators } from './same-content.ts';

export { whyNoFlink } from '../java-project.ts';

const PROJECT = new JavaProject(fileURLToPath(new URL('../../interop/', import.meta.url)));
/** Flink's web UI as it is released; there once the project is built. */
export const FLINK_WEB_UI: string = fileURLToPath(
  new URL('../../interop/target/web-ui/web/', import.meta.url),
);
const JVM = ['-Xmx1g', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** Compiles the Java project and fetches Flink, unless that has been done. */
export function buildFlinkProject(): Promise<void> {
  return PROJECT.build();
}

export interface ResumeOptions {
  /** Folder of the checkpoint; a fresh start without it. */
  readonly checkpoint?: string;
  readonly parallelism: number;
  /** First event, where the checkpoint has no position of the source. */
  readonly from?: number;
  /** How many events the job processes before it is looked into. */
  readonly events?: number;
  /** `hashmap` unless given. */
  readonly stateBackend?: 'hashmap' | 'rocksdb';
  /** The checkpoint holds state of operators that the job does not have. */
  readonly ignoreUnclaimedState?: boolean;
}

/** Restores the job with real Flink. @returns every state that it then holds */
export function resumeInFlink(options: ResumeOptions): Promise<Operators> {
  return run('lab.Resume', options.checkpoint ?? 'none', [
    String(options.parallelism),
    String(options.from ?? 0),
    String(options.events ?? 0),
    options.stateBackend ?? 'hashmap',
    ...(options.ignoreUnclaimedState === true ? ['--ignore-unclaimed-state'] : []),
  ]);
}

/** Reads a checkpoint with Flink's State Processor API. */
export function readWithStateProcessor(checkpoint: string): Promise<Operators> {
  return run('lab.StateProcessorDump', checkpoint, []);
}

/** Databases of random histories by Flink's RocksDB, one in each folder `folder/N`. */
export async function makeRocksFiles(
  folder: string,
  options: { readonly seed: number; readonly count: number },
): Promise<void> {
  await java('lab.RocksFiles', [folder, String(options.seed), String(options.count)]);
}

/**
 * Takes an unaligned checkpoint with real Flink after `events` of each source, unless one of ours is
 * given, and lets Flink go on from it.
 *
 * @returns where that checkpoint is, and a savepoint after `more` events
 */
export async function goOnUnalignedInFlink(options: {
  readonly folder: string;
  readonly events: number;
  readonly more: number;
  readonly stateBackend: 'hashmap' | 'rocksdb';
  readonly checkpoint?: string;
}): Promise<{ readonly checkpoint: string; readonly savepoint: string }> {
  const { folder, events, more, stateBackend } = options;
  const given = options.checkpoint === undefined ? [] : [options.checkpoint];
  const args = [folder, String(events), String(more), stateBackend, ...given];
  const output = await java('lab.UnalignedCheckpoint', args);
  const [checkpoint = '', savepoint = ''] = output
    .split('\n')
    .filter((line) => line.startsWith('file:'));
  return { checkpoint, savepoint };
}

/**
 * Flink's own command line.
 *
 * @param args - as after `flink`
 * @returns its exit code, and what it prints on both streams
 */
export function flinkCommandLine(
  args: readonly string[],
): Promise<{ readonly code: number; readonly text: string }> {
  return PROJECT.runToItsEnd('org.apache.flink.client.cli.CliFrontend', {
    jvm: JVM,
    args,
    environment: { FLINK_CONF_DIR: fileURLToPath(new URL('../../clients/conf/', import.meta.url)) },
  });
}

/** Runs the small jobs whose scripts are in `folder`, and leaves there what they put out. */
export async function runJobsInFlink(folder: string): Promise<void> {
  await java('lab.jobs.Jobs', [folder]);
}

/** Failure causes of REST answers, a JSON array of them in `file`, as Flink's client reads them. */
export async function readFailureCausesInFlink(file: string): Promise<unknown> {
  return JSON.parse(await java('lab.ReadThrowables', [file]));
}

async function run(
  mainClass: string,
  checkpoint: string,
  args: readonly string[],
): Promise<Operators> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-flink-'));
  try {
    const out = join(folder, 'out.json');
    await java(mainClass, [checkpoint, out, ...args]);
    return JSON.parse(readFileSync(out, 'utf8')).operators;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns what it prints */
function java(mainClass: string, args: readonly string[]): Promise<string> {
  return PROJECT.run(mainClass, { jvm: JVM, args });
}

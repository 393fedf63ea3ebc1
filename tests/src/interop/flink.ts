/**
 * Runs real Flink: the Java project in tests/interop, built when its sources are newer.
 */
import { execFile, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Operators } from './same-content.ts';

const execFileAsync = promisify(execFile);
const PROJECT = fileURLToPath(new URL('../../interop/', import.meta.url));
const BUILT = join(PROJECT, 'target', 'lib');
const BUILD_LOCK = join(PROJECT, '.building');
const BUILD_TIMEOUT_MS = 10 * 60 * 1000;
const RUN_TIMEOUT_MS = 3 * 60 * 1000;
const OPENED = [
  'lang',
  'util',
  'util.concurrent',
  'net',
  'io',
  'nio',
  'text',
  'time',
  'lang.reflect',
];
const JAVA_OPTIONS = [
  '-Xmx1g',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  ...OPENED.map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`),
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-exports=java.base/sun.net.util=ALL-UNNAMED',
  '-cp',
  [join(PROJECT, 'target', 'classes'), join(BUILT, '*')].join(':'),
];

/** Why Flink cannot run here; `undefined` when it can. */
export function whyNoFlink(): string | undefined {
  for (const [command, flag] of [
    ['java', '-version'],
    ['mvn', '-version'],
  ] as const) {
    if (spawnSync(command, [flag], { stdio: 'ignore' }).status !== 0) {
      return `${command} is missing: install Java 17 or later and Maven to compare with real Flink`;
    }
  }
  return undefined;
}

/** Compiles the Java project and fetches Flink, unless that has been done. */
export async function buildFlinkProject(): Promise<void> {
  await lockBuild();
  try {
    if (!existsSync(BUILT) || newestSource() > statSync(BUILT).mtimeMs) {
      await execFileAsync('mvn', ['-q', '-B', 'clean', 'package'], {
        cwd: PROJECT,
        timeout: BUILD_TIMEOUT_MS,
      });
    }
  } finally {
    rmdirSync(BUILD_LOCK);
  }
}

/** Test files run in processes of their own, two at a time, and both may find the project unbuilt. */
async function lockBuild(): Promise<void> {
  for (;;) {
    try {
      mkdirSync(BUILD_LOCK);
      return;
    } catch (error) {
      const heldSince = statSync(BUILD_LOCK, { throwIfNoEntry: false })?.mtimeMs;
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw error;
      }
      if (heldSince !== undefined && Date.now() - heldSince > BUILD_TIMEOUT_MS) {
        rmSync(BUILD_LOCK, { recursive: true, force: true }); // Its process died.
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
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
 * Takes an unaligned checkpoint with real Flink after `events` of each source, and lets Flink go on
 * from it.
 *
 * @returns where that checkpoint is, and a savepoint after `more` events
 */
export async function goOnUnalignedInFlink(options: {
  readonly folder: string;
  readonly events: number;
  readonly more: number;
  readonly stateBackend: 'hashmap' | 'rocksdb';
}): Promise<{ readonly checkpoint: string; readonly savepoint: string }> {
  const { folder, events, more, stateBackend } = options;
  const args = [folder, String(events), String(more), stateBackend];
  const output = await java('lab.UnalignedCheckpoint', args);
  const [checkpoint = '', savepoint = ''] = output
    .split('\n')
    .filter((line) => line.startsWith('file:'));
  return { checkpoint, savepoint };
}

/** Runs the small jobs whose scripts are in `folder`, and leaves there what they put out. */
export async function runJobsInFlink(folder: string): Promise<void> {
  await java('lab.jobs.Jobs', [folder]);
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
async function java(mainClass: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execFileAsync('java', [...JAVA_OPTIONS, mainClass, ...args], {
    timeout: RUN_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024, // Flink's log when it fails.
  });
  return stdout;
}

function newestSource(): number {
  const sources = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' });
  const files = [join(PROJECT, 'pom.xml'), ...sources.map((path) => join(PROJECT, 'src', path))];
  return Math.max(...files.map((path) => statSync(path).mtimeMs));
}

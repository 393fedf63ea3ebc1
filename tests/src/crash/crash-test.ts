/**
 * Kills a job at seeded moments and compares what it committed with an undisturbed run.
 *
 * The oracle is bytes: every committed file of every run, by name and content.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SeededRandom } from '@millrace/testing';

const PROGRAM = fileURLToPath(new URL('./crash-program.js', import.meta.url));
const NUMBER_OF_EVENTS = 60_000;
const NUMBER_OF_KEYS = 100;
/** More starts than this and the job makes no progress. */
const MAX_STARTS = 12;

export interface CrashRun {
  readonly seed: number;
  /** How the process was killed each time. */
  readonly kills: readonly string[];
  readonly identical: boolean;
  /** Files that look committed in one run only, or differ. */
  readonly differences: readonly string[];
}

export class CrashTest {
  readonly folder: string;
  private readonly events: string;
  private reference: ReadonlyMap<string, string> | undefined;
  private referenceMs = 0;
  private fileOperations = 0;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'millrace-crash-'));
    this.events = join(this.folder, 'events.jsonl');
    writeFileSync(this.events, eventLines());
  }

  /** The undisturbed run. */
  async prepare(): Promise<void> {
    const root = join(this.folder, 'reference');
    const began = Date.now();
    await this.start(root, {}).ended;
    this.referenceMs = Date.now() - began;
    this.reference = committedFiles(join(root, 'output'));
    // Each part is opened and renamed, each checkpoint makes a few files.
    this.fileOperations = this.reference.size * 3 + Math.ceil(this.referenceMs / 20) * 6;
  }

  async run(seed: number): Promise<CrashRun> {
    const random = new SeededRandom(seed);
    const root = join(this.folder, `run-${seed}`);
    const kills: string[] = [];
    const wantedKills = 1 + random.nextInt(3);
    for (let starts = 1; ; starts++) {
      if (starts > MAX_STARTS) {
        throw new Error(`seed ${seed}: the job did not finish in ${MAX_STARTS} starts`);
      }
      const kill = kills.length < wantedKills ? this.chooseKill(random) : undefined;
      const { child, ended } = this.start(root, kill?.environment ?? {});
      const timer =
        kill?.afterMs === undefined
          ? undefined
          : setTimeout(() => child.kill('SIGKILL'), kill.afterMs);
      const killed = await ended;
      clearTimeout(timer);
      if (!killed) {
        break;
      }
      kills.push(kill?.description ?? 'unexpected');
    }
    const differences = differencesOf(
      this.reference ?? new Map(),
      committedFiles(join(root, 'output')),
    );
    const identical = differences.length === 0;
    if (identical) {
      rmSync(root, { recursive: true });
    }
    return { seed, kills, identical, differences };
  }

  cleanUp(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private chooseKill(random: SeededRandom): {
    readonly description: string;
    readonly afterMs: number | undefined;
    readonly environment: Readonly<Record<string, string>>;
  } {
    if (random.nextInt(2) === 0) {
      const afterMs = 150 + random.nextInt(this.referenceMs);
      return { description: `after ${afterMs} ms`, afterMs, environment: {} };
    }
    const operation = 1 + random.nextInt(this.fileOperations);
    const at = `${operation}${random.nextInt(2) === 0 ? '' : '+'}`;
    return {
      description: `at file operation ${at}`,
      afterMs: undefined,
      environment: { KILL_AT_FILE_OPERATION: at },
    };
  }

  /** `ended` tells whether the process was killed; another failure is an error. */
  private start(
    root: string,
    environment: Readonly<Record<string, string>>,
  ): { readonly child: ChildProcess; readonly ended: Promise<boolean> } {
    const child = spawn(process.execPath, [PROGRAM, this.events, root], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const ended = new Promise<boolean>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        if (signal === 'SIGKILL') {
          resolve(true);
        } else if (code === 0) {
          resolve(false);
        } else {
          reject(new Error(`the job failed with code ${code}: ${errors}`));
        }
      });
    });
    return { child, ended };
  }
}

function eventLines(): string {
  const random = new SeededRandom(7);
  const lines: string[] = [];
  let time = 1_700_000_000_000;
  for (let i = 0; i < NUMBER_OF_EVENTS; i++) {
    time += random.nextInt(60);
    const event = {
      key: `key-${random.nextInt(NUMBER_OF_KEYS)}`,
      time: time - random.nextInt(4_000),
      value: random.nextInt(1_000),
    };
    lines.push(JSON.stringify(event));
  }
  return `${lines.join('\n')}\n`;
}

/** Hash of each file that counts as a result: hidden ones do not. */
function committedFiles(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  if (!existsSync(folder)) {
    return files;
  }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && !entry.name.startsWith('.')) {
      const path = join(entry.parentPath, entry.name);
      const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
      files.set(relative(folder, path), hash);
    }
  }
  return files;
}

function differencesOf(
  expected: ReadonlyMap<string, string>,
  actual: ReadonlyMap<string, string>,
): string[] {
  const names = new Set([...expected.keys(), ...actual.keys()]);
  return [...names].filter((name) => expected.get(name) !== actual.get(name)).sort();
}

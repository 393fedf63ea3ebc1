/**
 * Kills a job at seeded moments and compares what it committed with an undisturbed run.
 *
 * The oracle is bytes: after every kill each committed file is whole and as in the undisturbed run,
 * and in the end all of them are there, by name and content, and nothing else.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SeededRandom } from '@millrace/testing';
import { type ProgramEnd, type StartedProgram, startProgram } from '../child-program.ts';
import { fileHashes } from '../file-hashes.ts';
import {
  COUNT_VARIABLE,
  type FileOperationKill,
  formatKill,
  KILL_VARIABLE,
  KILLED_PREFIX,
} from './file-operation-kill.ts';

const PROGRAM = fileURLToPath(new URL('./crash-program.js', import.meta.url));
/** More starts than this and the job makes no progress. */
const MAX_STARTS = 12;
/** What makes a checkpoint or a result; each must be met by a kill. */
export const DECISIVE_KINDS: readonly string[] = [
  'rename metadata',
  'open metadata',
  'write metadata',
  'rename pointer',
  'open pointer',
  'write pointer',
  'rename part',
  'open part',
  'write part',
  'open state',
  'write state',
  'rm pointer',
];

export type StateBackendName = 'hashmap' | 'rocksdb';

export interface CrashRun {
  readonly seed: number;
  /** How the process was killed each time: `after 300 ms` or `at rename part 3 before`. */
  readonly kills: readonly string[];
  /** The checkpoint that the last start went on from; `undefined` for a start from nothing. */
  readonly restoredCheckpointId: number | undefined;
  /** Files that look committed in one run only, or differ. */
  readonly differences: readonly string[];
}

interface PlannedKill {
  readonly afterMs?: number;
  readonly atOperation?: FileOperationKill;
}

export class CrashTest {
  readonly folder: string;
  private readonly stateBackend: StateBackendName;
  private reference: ReadonlyMap<string, string> = new Map();
  private referenceMs = 0;
  private operationCounts: Readonly<Record<string, number>> = {};

  constructor(stateBackend: StateBackendName) {
    this.stateBackend = stateBackend;
    this.folder = mkdtempSync(join(tmpdir(), 'millrace-crash-'));
  }

  /** The undisturbed run. It also tells how often each file operation happens. */
  async prepare(): Promise<void> {
    const root = join(this.folder, 'reference');
    const began = Date.now();
    const end = await this.start(root, { [COUNT_VARIABLE]: '1' }).ended;
    this.referenceMs = Date.now() - began;
    this.reference = committedFiles(join(root, 'output'));
    this.operationCounts = JSON.parse(end.stderr.trimEnd().split('\n').at(-1) ?? '{}');
    const lacking = DECISIVE_KINDS.filter((kind) => this.operationCounts[kind] === undefined);
    if (this.reference.size === 0 || lacking.length > 0) {
      throw new Error(`the undisturbed run had ${this.reference.size} files, no ${lacking}`);
    }
  }

  /** Kills the job up to three times, then lets it finish. */
  async run(seed: number): Promise<CrashRun> {
    const random = new SeededRandom(seed);
    const root = join(this.folder, `run-${seed}`);
    const output = join(root, 'output');
    const kills: string[] = [];
    const differences = new Set<string>();
    const plans = this.planKills(seed, random);
    for (let starts = 1; starts <= MAX_STARTS; starts++) {
      const plan = plans.shift() ?? {};
      const end = await this.startAndKill(root, plan);
      if (end.signal === 'SIGKILL') {
        kills.push(killDescription(plan, end));
        for (const name of wrongIn(this.reference, committedFiles(output))) {
          differences.add(`${name} after the kill ${kills.at(-1)}`);
        }
        continue;
      }
      for (const name of differencesOf(this.reference, committedFiles(output))) {
        differences.add(name);
      }
      if (kills.length > 0 || differences.size > 0) {
        return this.runOf(seed, { root, kills, differences, end });
      }
      // It finished before its first kill came: from the start again, with one that must come.
      rmSync(root, { recursive: true });
      plans.push({ atOperation: { kind: 'rename metadata', occurrence: 1, moment: 'after' } });
    }
    throw new Error(`seed ${seed}: the job did not finish in ${MAX_STARTS} starts; see ${root}`);
  }

  cleanUp(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private runOf(
    seed: number,
    run: { root: string; kills: string[]; differences: ReadonlySet<string>; end: ProgramEnd },
  ): CrashRun {
    const { root, kills, differences } = run;
    if (differences.size === 0) {
      rmSync(root, { recursive: true });
    }
    const restored = run.end.stdout.trim();
    const restoredCheckpointId = restored === '' ? undefined : Number(restored);
    return { seed, kills, restoredCheckpointId, differences: [...differences] };
  }

  /** Seeds go round the decisive kinds, so that any two rounds of them meet all. */
  private planKills(seed: number, random: SeededRandom): PlannedKill[] {
    const kind = DECISIVE_KINDS[seed % DECISIVE_KINDS.length] as string;
    const plans: PlannedKill[] = [{ atOperation: this.operationOf(kind, random) }];
    const more = random.nextInt(3);
    for (let i = 0; i < more; i++) {
      const anyKind = random.pick(Object.keys(this.operationCounts));
      plans.push(
        random.nextInt(2) === 0
          ? { afterMs: 150 + random.nextInt(this.referenceMs) }
          : { atOperation: this.operationOf(anyKind, random) },
      );
    }
    // Every second round it comes first, when the job surely gets that far.
    const round = Math.floor(seed / DECISIVE_KINDS.length);
    return round % 2 === 0 || random.nextInt(2) === 0 ? plans : plans.reverse();
  }

  private operationOf(kind: string, random: SeededRandom): FileOperationKill {
    // A start that goes on from a checkpoint does fewer of them than the undisturbed run.
    const most = Math.max(1, (this.operationCounts[kind] ?? 1) >> 1);
    const moment = random.nextInt(2) === 0 ? 'before' : 'after';
    return { kind, occurrence: 1 + random.nextInt(most), moment };
  }

  private async startAndKill(root: string, plan: PlannedKill): Promise<ProgramEnd> {
    const { afterMs, atOperation } = plan;
    const { child, ended } = this.start(
      root,
      atOperation === undefined ? {} : { [KILL_VARIABLE]: formatKill(atOperation) },
    );
    const timer =
      afterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), afterMs);
    try {
      return await ended;
    } finally {
      clearTimeout(timer);
    }
  }

  private start(root: string, environment: Readonly<Record<string, string>>): StartedProgram {
    const { child, ended } = startProgram(PROGRAM, [root, this.stateBackend], {
      environment,
    });
    return { child, ended: ended.then((end) => killedOrFinished(end, root)) };
  }
}

function killedOrFinished(end: ProgramEnd, root: string): ProgramEnd {
  const { code, signal, stderr } = end;
  if (signal !== 'SIGKILL' && code !== 0) {
    throw new Error(`the job failed with ${code ?? signal} in ${root}: ${stderr}`);
  }
  return end;
}

function killDescription(plan: PlannedKill, end: ProgramEnd): string {
  const said = end.stderr.split('\n').find((line) => line.startsWith(KILLED_PREFIX));
  return said?.slice('killed '.length) ?? `after ${plan.afterMs} ms`;
}

/** Hash of each file that counts as a result: hidden ones do not. */
function committedFiles(folder: string): Map<string, string> {
  if (!existsSync(folder)) {
    return new Map();
  }
  return new Map([...fileHashes(folder)].filter(([path]) => !basename(path).startsWith('.')));
}

/** What a reader would take for a result and is none. */
function wrongIn(
  expected: ReadonlyMap<string, string>,
  actual: ReadonlyMap<string, string>,
): string[] {
  return [...actual].filter(([name, hash]) => expected.get(name) !== hash).map(([name]) => name);
}

function differencesOf(
  expected: ReadonlyMap<string, string>,
  actual: ReadonlyMap<string, string>,
): string[] {
  const names = new Set([...expected.keys(), ...actual.keys()]);
  return [...names].filter((name) => expected.get(name) !== actual.get(name)).sort();
}

/**
 * Kills worker threads of a job at seeded moments and compares what the job committed with an
 * undisturbed run.
 *
 * The oracle is the lines of all committed files, as the order in which the records of several
 * sources meet is open: none may lack, come twice, or differ.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SeededRandom } from '@millrace/testing';
import { startProgram } from '../child-program.ts';
import {
  describeKill,
  type HappenedKill,
  KILL_MOMENTS,
  KILL_WAYS,
  type KillMoment,
  WORKER_KILLED_PREFIX,
  type WorkerKill,
} from './worker-kill.ts';
import type { WorkerKillReport, WorkerKillSettings } from './worker-kill-program.ts';

const PROGRAM = fileURLToPath(new URL('./worker-kill-program.js', import.meta.url));

/** A run takes some ten seconds; one that takes longer than this has stopped going on. */
const RUN_TIMEOUT_MS = 180_000;

/** Settings that seeds take turns with. */
const VARIANTS: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'execution.buffer-timeout.interval': '0 ms' },
  { 'execution.checkpointing.max-concurrent-checkpoints': '2' },
  { 'execution.checkpointing.unaligned.enabled': 'true' },
  {
    'execution.checkpointing.unaligned.enabled': 'true',
    'execution.checkpointing.aligned-checkpoint-timeout': '5 ms',
    'taskmanager.network.memory.buffer-debloat.enabled': 'true',
  },
];

export interface WorkerKillRun {
  readonly seed: number;
  readonly parallelism: number;
  /** The job had several regions. */
  readonly hasAside: boolean;
  /** Those that happened. */
  readonly kills: readonly HappenedKill[];
  readonly report: WorkerKillReport;
  /** `-` before a line that lacks, `+` before one too many; the first ones. */
  readonly differences: readonly string[];
}

export class WorkerKillTest {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'millrace-worker-kills-'));
  private readonly killsPerRun: number;
  private reference: readonly string[] = [];

  /** @param killsPerRun - one for each attempt of a job but the last */
  constructor(killsPerRun: number) {
    this.killsPerRun = killsPerRun;
  }

  /** The undisturbed run, on one thread. */
  async prepare(): Promise<void> {
    const root = join(this.folder, 'reference');
    await this.start({
      root,
      parallelism: 1,
      kills: [],
      configuration: { 'execution.target': 'local' },
      hasAside: true,
    });
    this.reference = committedLines(join(root, 'output'));
    if (this.reference.length < 1000) {
      throw new Error(`the undisturbed run committed ${this.reference.length} lines only`);
    }
  }

  async run(seed: number): Promise<WorkerKillRun> {
    const random = new SeededRandom(seed);
    const parallelism = 2 + random.nextInt(3);
    const plans = Array.from({ length: this.killsPerRun }, (_, i) =>
      planKill(seed * this.killsPerRun + i, random),
    );
    const root = join(this.folder, `run-${seed}`);
    const configuration = VARIANTS[seed % VARIANTS.length] as Readonly<Record<string, string>>;
    const hasAside = seed % 2 === 1;
    const { kills, report } = await this.start({
      ...{ root, parallelism, kills: plans, configuration, hasAside },
    });
    const expected = hasAside
      ? this.reference
      : this.reference.filter((line) => !line.startsWith('aside '));
    const differences = differencesOf(expected, committedLines(join(root, 'output')));
    if (differences.length === 0) {
      rmSync(root, { recursive: true });
    }
    return { seed, parallelism, hasAside, kills, report, differences };
  }

  cleanUp(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async start(
    settings: WorkerKillSettings,
  ): Promise<{ readonly kills: readonly HappenedKill[]; readonly report: WorkerKillReport }> {
    const { child, ended } = startProgram(PROGRAM, [JSON.stringify(settings)]);
    const timer = setTimeout(() => child.kill('SIGKILL'), RUN_TIMEOUT_MS);
    const end = await ended;
    clearTimeout(timer);
    const kills = end.stderr
      .split('\n')
      .filter((line) => line.startsWith(WORKER_KILLED_PREFIX))
      .map((line) => JSON.parse(line.slice(WORKER_KILLED_PREFIX.length)) as HappenedKill);
    if (end.code !== 0) {
      throw new Error(
        `the job ended with ${end.code ?? end.signal} in ${settings.root} after ` +
          `${kills.map(describeKill).join(', ')}: ${end.stderr.slice(-4000)}`,
      );
    }
    return { kills, report: JSON.parse(end.stdout) as WorkerKillReport };
  }
}

/** Kinds take turns, so that each round of them meets all. */
function planKill(index: number, random: SeededRandom): WorkerKill {
  const way = KILL_WAYS[index % KILL_WAYS.length] as WorkerKill['way'];
  const moment = way === 'terminate' ? 'time' : random.pick(momentsOf(way));
  return { way, moment, after: 1 + random.nextInt(AFTER_MAX[moment]), subtask: random.nextInt(12) };
}

/** Nothing can be thrown into a function from a timer. */
function momentsOf(way: WorkerKill['way']): readonly KillMoment[] {
  return way === 'throw' ? KILL_MOMENTS.filter((moment) => moment !== 'time') : KILL_MOMENTS;
}

const AFTER_MAX: Readonly<Record<KillMoment, number>> = {
  open: 1,
  // An attempt begins where the last one was, so a later one meets less.
  record: 600,
  snapshot: 4,
  commit: 3,
  time: 120,
};

function committedLines(folder: string): string[] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !basename(entry.name).startsWith('.'))
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const sink = basename(entry.parentPath);
      const lines = readFileSync(path, 'utf8').split('\n');
      if (lines.pop() !== '') {
        throw new Error(`${path} ends within a line`);
      }
      return lines.map((line) => `${sink} ${line}`);
    })
    .sort();
}

const DIFFERENCES_MAX = 20;

function differencesOf(expected: readonly string[], actual: readonly string[]): string[] {
  const differences: string[] = [];
  let e = 0;
  let a = 0;
  while (differences.length < DIFFERENCES_MAX && (e < expected.length || a < actual.length)) {
    const [wanted, found] = [expected[e], actual[a]];
    if (wanted === found) {
      e++;
      a++;
    } else if (found === undefined || (wanted !== undefined && wanted < found)) {
      differences.push(`- ${wanted}`);
      e++;
    } else {
      differences.push(`+ ${found}`);
      a++;
    }
  }
  return differences;
}

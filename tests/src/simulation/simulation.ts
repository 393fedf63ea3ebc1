/**
 * Runs the simulated program under one seed, lets things go wrong, and compares what was committed
 * with the oracle.
 *
 * Invariants:
 * - All that happens is decided by the seed: time, chance and files are simulated. RocksDB's databases
 *   are real, on a real disk: nothing else goes on before their work is done, so it takes no time.
 * - Time moves to the next timer only when nothing can go on without it.
 * - After a crash a new process starts on the files that are left, and finds its way by itself.
 */
import type { Configuration } from '@millrace/core';
import { executeJob, type JobClient } from '@millrace/runtime';
import type { StateBackend } from '@millrace/state';
import { HashMapStateBackend } from '@millrace/state-backend-heap';
import { MemoryFileSystem, SeededRandom } from '@millrace/testing';
import { ChangingResources } from './changing-resources.ts';
import { ExternalSystem } from './external-system.ts';
import { FaultInjector } from './fault-injector.ts';
import { causes, JobLife, type LifeCounts, type LifeEnd } from './job-life.ts';
import { differences } from './oracle.ts';
import { plantInBarriers } from './planted-barrier-bugs.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { type Canary, simulatedJobGraph } from './simulated-program.ts';
import { SimulatedRocksDB } from './simulated-rocksdb.ts';
import {
  CHECKPOINT_DIRECTORY,
  configurationOf,
  type FaultBudget,
  SAVEPOINT_DIRECTORY,
  type SimulatedBackend,
  type SimulationPlan,
  simulationPlan,
} from './simulation-plan.ts';
import { SimulatedSlots } from './slots/simulated-slots.ts';
import { Trace } from './trace.ts';

const DOWNTIME_MS_MAX = 200;
const BROKEN_INVARIANT = 'broken invariant';

export interface SimulationResult {
  readonly seed: number;
  readonly plan: SimulationPlan;
  /** Empty when the run was right. */
  readonly differences: readonly string[];
  readonly trace: Trace;
  readonly counts: SimulationCounts;
}

export interface SimulationCounts extends FaultBudget, LifeCounts {
  /** Starts of a process at another parallelism than the one before. */
  readonly rescales: number;
  /** Of regions alone. */
  readonly regionRestarts: number;
  /** Jobs that another one went on from. */
  readonly moves: number;
}

type Counts = { -readonly [name in keyof SimulationCounts]: number };

export function noCounts(): Counts {
  return {
    recordFailures: 0,
    fileFaults: 0,
    commitFaults: 0,
    crashes: 0,
    slotDeaths: 0,
    slotStalls: 0,
    rescales: 0,
    moves: 0,
    regionRestarts: 0,
    restarts: 0,
    rescalesInPlace: 0,
    restores: 0,
    completedCheckpoints: 0,
    failedCheckpoints: 0,
    unalignedCheckpoints: 0,
  };
}

export async function simulate(
  seed: number,
  options: {
    readonly canary?: Canary;
    readonly backend?: SimulatedBackend;
    /** The seed decides unless it is given. */
    readonly slots?: number | undefined;
    /** With the adaptive scheduler, or not; the seed decides unless it is given. */
    readonly isAdaptive?: boolean | undefined;
  } = {},
): Promise<SimulationResult> {
  const { backend, slots, canary, isAdaptive } = options;
  const simulation = new Simulation(simulationPlan(seed, backend, slots, isAdaptive), canary);
  const mendBarriers = plantInBarriers(canary);
  try {
    return await simulation.run();
  } finally {
    mendBarriers();
    await simulation.close();
  }
}

class Simulation {
  private readonly plan: SimulationPlan;
  private readonly canary: Canary | undefined;
  private readonly random: SeededRandom;
  private readonly disk = new MemoryFileSystem();
  private readonly system = new ExternalSystem();
  private readonly faults: FaultInjector;
  private readonly trace = new Trace();
  private readonly rocksdb = new SimulatedRocksDB();
  private readonly counts = noCounts();
  private timeMs = 0;
  private parallelism: number;
  /** What the second job goes on from. */
  private savepoint: { readonly path: string; readonly files: readonly string[] } | undefined;
  /** Newest complete checkpoint of all processes. */
  private lastCompleted: string | undefined;

  constructor(plan: SimulationPlan, canary: Canary | undefined) {
    this.plan = plan;
    this.canary = canary;
    this.random = new SeededRandom(plan.seed ^ 0x0dd_ba11);
    this.faults = new FaultInjector(this.plan);
    this.parallelism = this.plan.parallelism;
  }

  async run(): Promise<SimulationResult> {
    const found: string[] = [];
    try {
      while ((await this.runProcess()) !== 'finished') {
        this.restart();
      }
      found.push(...differences(this.system.committed), ...this.leftOverFiles());
      found.push(...this.wrongSavepointFiles(), ...this.brokenInvariants());
    } catch (error) {
      found.push(`the job failed: ${causes(error)}`);
    }
    this.trace.add(this.timeMs, found.length === 0 ? 'all is right' : 'something differs');
    Object.assign(this.counts, this.faults.injected);
    const { plan, trace, counts } = this;
    return { seed: plan.seed, plan, differences: found, trace, counts };
  }

  close(): Promise<void> {
    return this.rocksdb.close();
  }

  /** @throws what failed the job for good */
  private async runProcess(): Promise<LifeEnd> {
    const process = new SimulatedProcess({
      plan: this.plan,
      startMs: this.timeMs,
      random: this.random,
      disk: this.disk,
      faults: this.faults,
      trace: this.trace,
    });
    process.see(`process starts at parallelism ${this.parallelism}`);
    const { move } = this.plan;
    const stop =
      move === undefined || this.savepoint !== undefined
        ? undefined
        : { atMs: move.atMs, targetDirectory: SAVEPOINT_DIRECTORY };
    const life = new JobLife(process, this.start(process), {
      stop,
      rescales: this.plan.rescalesInPlace,
    });
    try {
      const end = await life.toItsEnd();
      const savepoint = life.savepoint ?? this.stoppedEarlier(end, life);
      if (stop === undefined || end === 'died' || end === 'gave up' || savepoint === undefined) {
        return end;
      }
      this.savepoint = { path: savepoint, files: this.filesBelow(savepoint) };
      this.counts.moves++;
      return 'stopped';
    } finally {
      process.realWork.abandon();
      this.lastCompleted = life.lastCompleted ?? this.lastCompleted;
      this.timeMs = process.clock.now();
      addCounts(this.counts, life.counts());
    }
  }

  /** A process died when its job had stopped, and the next one found nothing more to run. */
  private stoppedEarlier(end: LifeEnd, life: JobLife): string | undefined {
    const ranNothing = end === 'finished' && life.lastCompleted === undefined;
    return ranNothing && this.lastCompleted?.startsWith(SAVEPOINT_DIRECTORY)
      ? this.lastCompleted
      : undefined;
  }

  private async start(process: SimulatedProcess): Promise<JobClient> {
    const configuration = configurationOf(this.plan, this.parallelism, this.savepoint?.path);
    if (this.canary === 'at-least-once') {
      configuration.setString('execution.checkpointing.mode', 'AT_LEAST_ONCE');
    }
    const { system, canary, random } = this;
    const { slots, isSlow, adaptive } = this.plan;
    const resources = adaptive && new ChangingResources(adaptive, process);
    const client = await executeJob(
      simulatedJobGraph({ configuration, process, system, canary, isSlow }),
      {
        configuration,
        clock: process.clock,
        fileSystems: process.fileSystems,
        lockOwner: process.lockOwner,
        ...(resources && { slots: resources.slots }),
        random: () => random.next(),
        shuffleTurns: true,
        stateBackend: await this.stateBackend(process, configuration),
        warn: (message) => {
          process.see(`warning: ${message}`);
          this.counts.regionRestarts += message.includes('of its tasks failed and restart') ? 1 : 0;
        },
        ...(slots && {
          deployment: (executor) =>
            new SimulatedSlots(
              {
                process,
                plan: slots,
                canary,
                openStateBackend: () => this.stateBackend(process, configuration),
              },
              executor,
            ),
        }),
      },
    );
    if (resources !== undefined) {
      resources.client = client;
    }
    return client;
  }

  private async stateBackend(
    process: SimulatedProcess,
    configuration: Configuration,
  ): Promise<StateBackend> {
    return this.plan.backend === 'hashmap'
      ? new HashMapStateBackend()
      : this.rocksdb.backendOf(process).configure(configuration);
  }

  private restart(): void {
    if (this.plan.losesUnsynced) {
      this.disk.crash();
    }
    this.timeMs += this.random.nextInt(DOWNTIME_MS_MAX);
    const parallelism = this.plan.rescales ? 1 + this.random.nextInt(3) : this.parallelism;
    this.counts.rescales += parallelism === this.parallelism ? 0 : 1;
    this.parallelism = parallelism;
  }

  /** Where nothing went wrong with files, no checkpoint outlives the job. */
  private leftOverFiles(): string[] {
    const { fileFaults, crashes } = this.faults.injected;
    const files = this.filesBelow(CHECKPOINT_DIRECTORY);
    if (this.plan.move?.mode === 'CLAIM' && this.savepoint !== undefined) {
      files.push(...this.filesBelow(this.savepoint.path));
    }
    return fileFaults + crashes > 0 ? [] : files.map((path) => `left over: ${path}`);
  }

  /** One that nobody claimed is whole, whatever went wrong. */
  private wrongSavepointFiles(): string[] {
    if (this.savepoint === undefined || this.plan.move?.mode === 'CLAIM') {
      return [];
    }
    const left = new Set(this.filesBelow(this.savepoint.path));
    return this.savepoint.files.filter((path) => !left.has(path)).map((path) => `gone: ${path}`);
  }

  /** Also where the job went on, as after a checkpoint that failed for it. */
  private brokenInvariants(): string[] {
    return this.trace.lines.filter((line) => line.includes(BROKEN_INVARIANT)).slice(0, 3);
  }

  private filesBelow(directory: string): string[] {
    return this.disk.paths.filter((path) => path.startsWith(`${directory}/`));
  }
}

export function addCounts(sum: Counts, counts: Partial<SimulationCounts>): void {
  for (const name of Object.keys(sum) as (keyof Counts)[]) {
    sum[name] += counts[name] ?? 0;
  }
}

/**
 * One process that runs the job: its time, its files, and its death.
 *
 * Invariant: once it is dead it does nothing more that can be seen. Its clock stands still and
 * gives no turn, its files and the external system refuse it, its steps are not traced.
 */
import { type Clock, FileSystems, TaskError, type Timer } from '@millrace/core';
import type { LockOwner } from '@millrace/runtime';
import type { SeededRandom } from '@millrace/testing';
import { FaultyFileSystem, ManualClock, type MemoryFileSystem } from '@millrace/testing';
import type { FaultInjector } from './fault-injector.ts';
import { LaggingFileSystem, lag } from './lagging-file-system.ts';
import { RealWork } from './real-work.ts';
import type { SimulationPlan } from './simulation-plan.ts';
import type { Trace } from './trace.ts';

export interface SimulatedProcessOptions {
  readonly plan: SimulationPlan;
  readonly startMs: number;
  readonly random: SeededRandom;
  readonly disk: MemoryFileSystem;
  readonly faults: FaultInjector;
  readonly trace: Trace;
}

export class SimulatedProcess {
  readonly manualClock: ManualClock;
  readonly clock: Clock;
  readonly fileSystems: FileSystems;
  readonly realWork: RealWork;
  readonly random: SeededRandom;
  readonly faults: FaultInjector;
  /** One process runs at a time: whoever else holds the job's lock is dead. */
  readonly lockOwner: LockOwner;
  private readonly plan: SimulationPlan;
  private readonly trace: Trace;
  private alive = true;

  constructor(options: SimulatedProcessOptions) {
    const { plan, startMs, random, disk, faults, trace } = options;
    this.plan = plan;
    this.random = random;
    this.faults = faults;
    this.trace = trace;
    this.realWork = new RealWork();
    this.manualClock = new ManualClock({
      startMs,
      seed: random.nextInt(2 ** 32),
      outsideWork: () => this.realWork.outsideWork(),
    });
    this.clock = new MortalClock(this.manualClock, () => this.alive);
    this.lockOwner = { id: `simulated:${random.nextInt(2 ** 31)}:`, isAlive: () => false };
    const faulty = new FaultyFileSystem(disk);
    const lagging = new LaggingFileSystem(faulty, { clock: this.clock, random, lag: plan.lag });
    faulty.plan = (step) => {
      const fault = faults.file(step, this.clock.now());
      if (fault !== undefined) {
        this.see(`file fault ${fault.kind} at ${step.operation} of ${step.path}`);
      }
      if (fault?.kind === 'crash') {
        this.die('at a file operation');
      }
      if (fault?.kind === 'fail-late') {
        lagging.failAfterThisOperation();
        return undefined;
      }
      return fault;
    };
    this.fileSystems = new FileSystems([lagging]);
  }

  get isAlive(): boolean {
    return this.alive;
  }

  see(what: string): void {
    if (this.alive) {
      this.trace.add(this.clock.now(), what);
    }
  }

  die(where: string): void {
    this.see(`process dies ${where}`);
    this.alive = false;
    this.realWork.abandon();
  }

  /** After the run: what is tidied up is no part of it. */
  end(): void {
    this.alive = false;
    this.realWork.abandon();
  }

  /** @throws TaskError for whatever a dead process still tries */
  checkAlive(): void {
    if (!this.alive) {
      throw new TaskError('IO_EXCEPTION', 'the process is dead; nothing can be done');
    }
  }

  /** Called wherever the program's own code runs. @throws when its turn to fail has come */
  step(what: string): void {
    this.checkAlive();
    this.see(what);
    const fault = this.faults.record(this.clock.now());
    if (fault === 'crash') {
      this.die('in a function');
      this.checkAlive();
    } else if (fault === 'fail') {
      throw new Error('failed as planned');
    }
  }

  /** Some simulated time, by chance, as a file operation takes. */
  lag(): Promise<void> {
    return lag({ clock: this.clock, random: this.random, lag: this.plan.lag });
  }

  delay(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.setTimer(ms, resolve);
    });
  }
}

/** Stops with its process: no timer fires and no turn is given afterwards. */
class MortalClock implements Clock {
  private readonly clock: ManualClock;
  private readonly isAlive: () => boolean;

  constructor(clock: ManualClock, isAlive: () => boolean) {
    this.clock = clock;
    this.isAlive = isAlive;
  }

  now(): number {
    return this.clock.now();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    return this.clock.setTimer(delayMs, () => {
      if (this.isAlive()) {
        callback();
      }
    });
  }

  yieldTurn(): Promise<void> {
    return new Promise((resolve) => {
      this.clock.yieldTurn().then(() => {
        if (this.isAlive()) {
          resolve();
        }
      });
    });
  }
}

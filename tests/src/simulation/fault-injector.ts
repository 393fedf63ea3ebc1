/**
 * Decides, by the seed, what goes wrong and where, and counts it.
 *
 * Invariant: what is injected stays within the budget of the plan and ends when calm is due.
 */
import { type FileFault, type FileStep, SeededRandom } from '@millrace/testing';
import { CALM_AT_MS, type FaultBudget, type SimulationPlan } from './simulation-plan.ts';

type FaultKind = keyof FaultBudget;

const RECORD_FAILURE_PROBABILITY = 1 / 150;
const RECORD_CRASH_PROBABILITY = 1 / 600;
const FILE_FAULT_PROBABILITY = 1 / 50;
const FILE_CRASH_PROBABILITY = 1 / 250;
const COMMIT_FAULT_PROBABILITY = 1 / 8;
const COMMIT_CRASH_PROBABILITY = 1 / 40;
const IDLE_CRASH_PROBABILITY = 1 / 600;
const SLOT_DEATH_PROBABILITY = { message: 1 / 300, loop: 1 / 6000, end: 1 / 12, start: 1 / 3 };
const SLOT_STALL_PROBABILITY = { message: 1 / 200, loop: 1 / 4000, end: 1 / 6, start: 1 / 6 };

/**
 * When a message comes to it, its loop looks for work, a task of it has said that it ends, or it is to take
 * the place of one that was lost.
 */
export type SlotMoment = 'message' | 'loop' | 'end' | 'start';

/** A fault of `FaultyFileSystem`, or one that strikes when the operation was done. */
export type FileFaultOrLate = FileFault | { readonly kind: 'fail-late' };

export type CommitFault =
  | 'fail-before'
  | 'fail-after'
  | 'retry-later'
  | 'crash-before'
  | 'crash-after';

export class FaultInjector {
  readonly injected: Record<FaultKind, number> = {
    recordFailures: 0,
    fileFaults: 0,
    commitFaults: 0,
    crashes: 0,
    slotDeaths: 0,
    slotStalls: 0,
  };
  private readonly plan: SimulationPlan;
  private readonly random: SeededRandom;

  constructor(plan: SimulationPlan) {
    this.plan = plan;
    this.random = new SeededRandom(plan.seed ^ 0x5eed_fa17);
  }

  record(now: number): 'fail' | 'crash' | undefined {
    if (this.strikes('recordFailures', RECORD_FAILURE_PROBABILITY, now)) {
      return 'fail';
    }
    return this.strikes('crashes', RECORD_CRASH_PROBABILITY, now) ? 'crash' : undefined;
  }

  file(step: Pick<FileStep, 'operation'>, now: number): FileFaultOrLate | undefined {
    if (this.strikes('crashes', FILE_CRASH_PROBABILITY, now)) {
      return { kind: 'crash' };
    }
    if (!this.strikes('fileFaults', FILE_FAULT_PROBABILITY, now)) {
      return undefined;
    }
    const kind = this.random.nextInt(3);
    if (kind === 0 && step.operation === 'write') {
      return { kind: 'torn-write', keepBytes: this.random.nextInt(64) };
    }
    if (kind === 1 && (step.operation === 'rename' || step.operation === 'close')) {
      return { kind: 'fail-late' };
    }
    return { kind: 'fail', code: kind === 2 ? 'DISK_FULL' : 'IO_EXCEPTION' };
  }

  commit(now: number): CommitFault | undefined {
    if (this.strikes('crashes', COMMIT_CRASH_PROBABILITY, now)) {
      return this.random.pick(['crash-before', 'crash-after'] as const);
    }
    return this.strikes('commitFaults', COMMIT_FAULT_PROBABILITY, now)
      ? this.random.pick(['fail-before', 'fail-after', 'retry-later'] as const)
      : undefined;
  }

  /** Between two turns of the event loop. */
  crashesWhileIdle(now: number): boolean {
    return this.strikes('crashes', IDLE_CRASH_PROBABILITY, now);
  }

  slot(moment: SlotMoment, now: number): 'dies' | 'stands-still' | undefined {
    if (this.strikes('slotDeaths', SLOT_DEATH_PROBABILITY[moment], now)) {
      return 'dies';
    }
    return this.strikes('slotStalls', SLOT_STALL_PROBABILITY[moment], now)
      ? 'stands-still'
      : undefined;
  }

  private strikes(kind: FaultKind, probability: number, now: number): boolean {
    if (this.injected[kind] >= this.plan.budget[kind] || now >= CALM_AT_MS) {
      return false;
    }
    const hit = this.random.next() < probability;
    this.injected[kind] += hit ? 1 : 0;
    return hit;
  }
}

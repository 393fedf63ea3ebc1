/**
 * Gives a job the parallelisms that the slots of the process allow: at each start, and while it runs.
 *
 * Invariants:
 * - The job never has more or fewer subtasks than its resource requirements say.
 * - One rescale is under way at a time; one that fails leaves the job as it is, and is tried again.
 * - A slot that cannot be had is left out until the number of slots changes, or the job cannot run without.
 *
 * What it decides is in `scaling-decisions.ts`. Flink: AdaptiveScheduler.
 */
import { type Clock, ConfigError, errorCode, errorMessage, type Timer } from '@millrace/core';
import type { JobGraph } from '../../graph/job-graph.ts';
import type { VertexParallelism } from '../../graph/rescaled-job-graph.ts';
import {
  checkedRequirements,
  initialRequirements,
  type JobResourceRequirements,
  requirementsUpTo,
} from '../../graph/resource-requirements.ts';
import type { AvailableSlots } from './available-slots.ts';
import { decideRescale, decideStart, type ScalingSettings } from './scaling-decisions.ts';
import { parallelismWith, slotsOf } from './slot-allocation.ts';

export interface AdaptiveSchedulerOptions {
  /** As the program built it. */
  readonly jobGraph: JobGraph;
  readonly mode: 'adaptive' | 'reactive';
  readonly clock: Clock;
  readonly slots: AvailableSlots;
  readonly settings: ScalingSettings;
  /** False: the job changes between two attempts only. */
  readonly takesCheckpoints: boolean;
  /** Ends what follows the slots. */
  close(): void;
  warn(message: string): void;
}

/** Takes a job that runs to other parallelisms. @throws TaskError `JOB_NOT_RUNNING` at a wrong time */
export type RescaleJob = (parallelism: VertexParallelism) => Promise<void>;

/** A rescale that failed is not tried again before. */
const RETRY_MS = 1000;

export class AdaptiveScheduler {
  readonly mode: 'adaptive' | 'reactive';
  private readonly options: AdaptiveSchedulerOptions;
  private bounds: JobResourceRequirements;
  private readonly unsubscribe: () => void;
  /** Below what there is said to be, since one of them could not be had. */
  private slotsMax = Number.POSITIVE_INFINITY;
  private unchangedSince: number;
  private timer: Timer | undefined;
  /** Of a start that waits. */
  private reconsider: () => void = () => {};
  private isAbandoned = false;
  /** Of the attempt that runs. */
  private running:
    | { readonly parallelism: VertexParallelism; readonly sinceMs: number; rescale: RescaleJob }
    | undefined;
  private rescaledAt = Number.NEGATIVE_INFINITY;
  private isRescaling = false;
  private notBefore = Number.NEGATIVE_INFINITY;
  private hasWarnedOfCheckpoints = false;

  constructor(options: AdaptiveSchedulerOptions) {
    this.options = options;
    this.mode = options.mode;
    this.bounds = initialRequirements(options.jobGraph, options.mode);
    this.unchangedSince = options.clock.now();
    this.unsubscribe = options.slots.onChanged(() => {
      this.slotsMax = Number.POSITIVE_INFINITY;
      this.changed();
    });
  }

  get requirements(): JobResourceRequirements {
    return this.bounds;
  }

  /**
   * The job follows from now on.
   *
   * @throws ConfigError `RESOURCE_REQUIREMENTS_INVALID`, `CHECKPOINTING_DISABLED`, `UNSUPPORTED` in
   *   reactive mode
   */
  updateRequirements(requested: JobResourceRequirements): void {
    const { jobGraph, takesCheckpoints } = this.options;
    this.checkChangeable();
    const bounds = checkedRequirements(jobGraph, requested);
    if (!takesCheckpoints) {
      throw new ConfigError(
        'CHECKPOINTING_DISABLED',
        `job ${jobGraph.jobName} takes no checkpoints, and goes on from one at other parallelisms; ` +
          'set execution.checkpointing.interval',
      );
    }
    this.bounds = bounds;
    this.changed();
  }

  /**
   * A rescale was asked for: its parallelisms are upper bounds from now on, unless it fails.
   *
   * @throws ConfigError `NO_RESOURCE_AVAILABLE`, `UNSUPPORTED` in reactive mode
   * @throws what `change` throws
   */
  async rescaleTo(parallelism: VertexParallelism, change: () => Promise<void>): Promise<void> {
    this.checkChangeable();
    const { jobGraph } = this.options;
    const needed = slotsOf(jobGraph, parallelism);
    if (needed > this.free) {
      throw new ConfigError(
        'NO_RESOURCE_AVAILABLE',
        `the job needs ${needed} slots for that and ${this.free} are available`,
      );
    }
    const former = this.bounds;
    const requested = requirementsUpTo(former, parallelism);
    this.bounds = requested;
    try {
      await change();
    } catch (error) {
      // An update that came meanwhile stays.
      if (this.bounds === requested) {
        this.bounds = former;
        this.changed();
      }
      throw error;
    }
  }

  /**
   * Before each attempt: waits until there are slots for it, as the settings say.
   *
   * @returns `undefined` when it was given up
   * @throws ConfigError `NO_RESOURCE_AVAILABLE`
   */
  async waitForResources(): Promise<VertexParallelism | undefined> {
    const { clock, settings, jobGraph } = this.options;
    const waitingSince = clock.now();
    while (!this.isAbandoned) {
      if (this.parallelismWith(this.free) === undefined) {
        this.slotsMax = Number.POSITIVE_INFINITY; // Tried again, as often as the restart strategy allows.
      }
      const desired = this.parallelismWith(Number.POSITIVE_INFINITY)!;
      const decision = decideStart(
        {
          now: clock.now(),
          waitingSince,
          unchangedSince: Math.max(this.unchangedSince, waitingSince),
          possible: this.parallelismWith(this.free),
          desired,
        },
        settings,
      );
      if (decision.kind === 'start') {
        return decision.parallelism;
      }
      if (decision.kind === 'give-up') {
        throw new ConfigError(
          'NO_RESOURCE_AVAILABLE',
          `job ${jobGraph.jobName} has waited ${settings.resourceWaitTimeoutMs} ms ` +
            '(jobmanager.adaptive-scheduler.resource-wait-timeout) for the slots that it needs at ' +
            `least; ${this.free} are available, and it could use ${slotsOf(jobGraph, desired)}`,
        );
      }
      await this.until(decision.untilMs);
    }
    return undefined;
  }

  /** Nobody waits for the start any more. */
  abandon(): void {
    this.isAbandoned = true;
    this.reconsider();
  }

  attemptRuns(parallelism: VertexParallelism, rescale: RescaleJob): void {
    this.running = { parallelism, sinceMs: this.options.clock.now(), rescale };
    this.consider();
  }

  /** @param error - what ended it, if it did not end by itself */
  attemptEnded(parallelism: VertexParallelism, error: unknown): void {
    this.running = undefined;
    this.timer?.cancel();
    if (this.losesSlot(error)) {
      const { jobGraph } = this.options;
      this.slotsMax = Math.min(this.slotsMax, slotsOf(jobGraph, parallelism) - 1);
    }
  }

  /** A slot of an attempt cannot be had: the job goes on with fewer. */
  losesSlot(error: unknown): boolean {
    return errorCode(error) === 'TASK_MANAGER_NOT_REGISTERED';
  }

  close(): void {
    this.timer?.cancel();
    this.unsubscribe();
    this.options.close();
  }

  private get free(): number {
    return Math.min(this.options.slots.count, this.slotsMax);
  }

  private parallelismWith(slots: number): VertexParallelism | undefined {
    return parallelismWith(slots, this.options.jobGraph, this.bounds);
  }

  private checkChangeable(): void {
    if (this.mode === 'reactive') {
      throw new ConfigError(
        'UNSUPPORTED',
        'Cannot change the parallelism of a job running in reactive mode: it follows the slots; ' +
          'leave scheduler-mode out and set jobmanager.scheduler to Adaptive',
      );
    }
  }

  private changed(): void {
    this.unchangedSince = this.options.clock.now();
    this.reconsider();
    this.consider();
  }

  private async until(atMs: number): Promise<void> {
    const { clock } = this.options;
    await new Promise<void>((resolve) => {
      this.reconsider = resolve;
      if (Number.isFinite(atMs)) {
        this.timer = clock.setTimer(atMs - clock.now(), resolve);
      }
    });
    this.timer?.cancel();
    this.reconsider = () => {};
  }

  /** Whether the job that runs is to go on at other parallelisms. */
  private consider(): void {
    const { running } = this;
    if (running === undefined || this.isRescaling) {
      return;
    }
    this.timer?.cancel();
    const { clock, settings, jobGraph } = this.options;
    const { parallelism: current } = running;
    const now = clock.now();
    const decision = decideRescale(
      {
        now,
        current,
        target: this.parallelismWith(this.free),
        lacksSlots: slotsOf(jobGraph, current) > this.free,
        isOutOfBounds: [...current].some(([id, count]) => !this.allows(id, count)),
        rescaledAt: this.rescaledAt,
        runningSince: running.sinceMs,
      },
      settings,
    );
    const untilMs = Math.max(this.notBefore, decision.kind === 'wait' ? decision.untilMs : now);
    if (untilMs > now) {
      this.considerAt(untilMs);
    } else if (decision.kind === 'rescale') {
      void this.rescale(decision.parallelism, running.rescale);
    }
  }

  private allows(id: string, count: number): boolean {
    const { lowerBound, upperBound } = this.bounds[id]!;
    return count >= lowerBound && count <= upperBound;
  }

  private considerAt(atMs: number): void {
    const { clock } = this.options;
    if (Number.isFinite(atMs)) {
      this.timer = clock.setTimer(atMs - clock.now(), () => this.consider());
    }
  }

  private async rescale(parallelism: VertexParallelism, rescale: RescaleJob): Promise<void> {
    const { clock, jobGraph, takesCheckpoints, warn } = this.options;
    if (!takesCheckpoints) {
      this.warnOfCheckpoints();
      return;
    }
    this.isRescaling = true;
    try {
      await rescale(parallelism);
      this.rescaledAt = clock.now();
    } catch (error) {
      this.notBefore = clock.now() + RETRY_MS;
      if (errorCode(error) !== 'JOB_NOT_RUNNING') {
        warn(`job ${jobGraph.jobName} stays at its parallelism for now: ${errorMessage(error)}`);
      }
    } finally {
      this.isRescaling = false;
    }
    this.consider();
  }

  private warnOfCheckpoints(): void {
    if (!this.hasWarnedOfCheckpoints) {
      this.hasWarnedOfCheckpoints = true;
      this.options.warn(
        `job ${this.options.jobGraph.jobName} takes no checkpoints, and follows the slots only where it ` +
          'restarts; set execution.checkpointing.interval',
      );
    }
  }
}

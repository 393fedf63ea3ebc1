/**
 * The parallelisms that a job has, and how it comes to others while it runs.
 *
 * Invariants:
 * - They change between two attempts only; see `Rescale` for what a change of a job that runs takes.
 * - Whoever waits for a change is told when an attempt at the new parallelisms runs, or when none can.
 */
import { ConfigError, errorMessage } from '@millrace/core';
import type { CheckpointCoordinator } from '../checkpoint/checkpoint-coordinator.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import {
  hasParallelism,
  type VertexParallelism,
  withParallelism,
} from '../graph/rescaled-job-graph.ts';
import { isFinalFailure } from './failover/is-final-failure.ts';
import { Rescale } from './rescale.ts';

export interface JobParallelismOptions {
  /** As the program built it. */
  readonly jobGraph: JobGraph;
  /** False when no checkpoint is taken but on request. */
  readonly takesCheckpoints: boolean;
  readonly coordinator: CheckpointCoordinator;
  /** @throws ConfigError `NO_RESOURCE_AVAILABLE` */
  checkResources(jobGraph: JobGraph): void;
  /** Ends the attempt that runs. */
  endAttempt(signal: unknown): void;
  /** Rejects once the job has ended; never resolves. */
  ended(): Promise<never>;
  warn(message: string): void;
}

export class JobParallelism {
  /** At the parallelisms of the attempt that runs, or of the next one. */
  jobGraph: JobGraph;
  numberOfRescales = 0;
  private readonly options: JobParallelismOptions;
  private rescaling: Rescale | undefined;

  constructor(options: JobParallelismOptions) {
    this.options = options;
    this.jobGraph = options.jobGraph;
  }

  /** From the request until an attempt at the new parallelisms runs. */
  get isChanging(): boolean {
    return this.rescaling !== undefined;
  }

  /** The attempt at the former ones still runs. */
  get isTakingCheckpoint(): boolean {
    return this.rescaling?.phase === 'checkpointing';
  }

  /** True for what ended an attempt on purpose: no failure. */
  isSignal(error: unknown): boolean {
    return this.rescaling !== undefined && error === this.rescaling.signal;
  }

  /**
   * Takes a job that runs to other parallelisms; at once where it has them.
   *
   * @throws ConfigError `NO_RESOURCE_AVAILABLE`, `CHECKPOINTING_DISABLED`
   * @throws CheckpointError with the reason when no checkpoint could be taken to go on from
   * @throws why no attempt can run at them, or how the job ended
   */
  async change(parallelism: VertexParallelism): Promise<void> {
    const { options, jobGraph } = this;
    const { jobName } = jobGraph;
    options.checkResources(withParallelism(jobGraph, parallelism));
    if (!options.takesCheckpoints) {
      throw new ConfigError(
        'CHECKPOINTING_DISABLED',
        `job ${jobName} takes no checkpoints, and a rescale goes on from one; ` +
          'set execution.checkpointing.interval',
      );
    }
    if (hasParallelism(jobGraph, parallelism)) {
      return;
    }
    const rescale = new Rescale(jobName, jobGraph, parallelism);
    this.rescaling = rescale;
    try {
      await rescale.takeCheckpoint(options.coordinator);
    } catch (error) {
      this.rescaling = undefined;
      throw error;
    }
    if (rescale.phase === 'checkpointed') {
      options.endAttempt(rescale.signal);
    }
    await Promise.race([rescale.done, options.ended()]);
  }

  /** Between two attempts. @returns true where the next one is the first at other parallelisms */
  adopt(): boolean {
    if (this.rescaling?.phase !== 'checkpointed') {
      return false;
    }
    this.set(this.rescaling.parallelism);
    this.rescaling.phase = 'adopted';
    return true;
  }

  /** Between two attempts. */
  set(parallelism: VertexParallelism): void {
    this.jobGraph = withParallelism(this.options.jobGraph, parallelism);
  }

  /** Where no restart heals the start at the new ones. @returns true when the job has its former ones again */
  takeBack(error: unknown): boolean {
    const { rescaling } = this;
    if (rescaling?.phase !== 'adopted' || !isFinalFailure(error)) {
      return false;
    }
    this.options.warn(
      `job ${this.jobGraph.jobName} cannot start at other parallelisms and goes back to its former ones: ${errorMessage(error)}`,
    );
    this.jobGraph = rescaling.formerGraph;
    this.rescaling = undefined;
    rescaling.fail(error);
    return true;
  }

  /** An attempt runs. */
  attemptRuns(): void {
    if (this.rescaling?.phase === 'adopted') {
      this.numberOfRescales++;
      this.rescaling.end();
      this.rescaling = undefined;
    }
  }
}

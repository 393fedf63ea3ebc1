/**
 * One change of the parallelisms of a job that runs.
 *
 * Invariants:
 * - The attempt ends only once a checkpoint has completed that the next one can start from, so no
 *   record is lost or counts twice. A checkpoint that fails leaves the job as it was.
 * - From that checkpoint on the next attempt has the new parallelisms, whatever ends this one.
 *
 * Flink: AdaptiveScheduler.updateJobResourceRequirements. There the restart follows the next completed
 * checkpoint; here it takes one of its own.
 */
import { TaskError } from '@millrace/core';
import type { CheckpointCoordinator } from '../checkpoint/checkpoint-coordinator.ts';
import type { VertexParallelism } from '../graph/rescaled-job-graph.ts';

export class Rescale {
  readonly parallelism: VertexParallelism;
  /** Ends the attempt; no failure. */
  readonly signal: TaskError;
  /** Resolves when the job runs at the new parallelisms. */
  readonly done: Promise<void>;
  /** `checkpointed`: the next attempt has the new parallelisms. `adopted`: this one has. */
  phase: 'checkpointing' | 'checkpointed' | 'adopted' = 'checkpointing';
  /** An attempt at the new parallelisms runs. */
  end!: () => void;

  constructor(jobName: string, parallelism: VertexParallelism) {
    this.parallelism = parallelism;
    this.signal = new TaskError('JOB_RESCALED', `job ${jobName} restarts at another parallelism`);
    this.done = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  /** @throws CheckpointError with the reason when it could not be taken */
  async takeCheckpoint(coordinator: CheckpointCoordinator): Promise<void> {
    await coordinator.triggerCheckpoint();
    this.phase = 'checkpointed';
  }
}

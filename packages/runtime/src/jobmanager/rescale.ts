/**
 * One change of the parallelisms of a job that runs.
 *
 * Invariants:
 * - The attempt ends only once a checkpoint has completed that the next one can start from, so no
 *   record is lost or counts twice. A checkpoint that fails leaves the job as it was.
 * - From that checkpoint on the next attempt has the new parallelisms, whatever ends this one.
 * - Where no attempt can start at them, since its error is one that no restart heals, the job goes back to
 *   its former ones, and the rescale fails. Other errors restart it as the restart strategy says.
 *
 * Flink: AdaptiveScheduler.updateJobResourceRequirements. There the restart follows the next completed
 * checkpoint; here it takes one of its own.
 */
import { TaskError } from '@millrace/core';
import type { CheckpointCoordinator } from '../checkpoint/checkpoint-coordinator.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import type { VertexParallelism } from '../graph/rescaled-job-graph.ts';

export class Rescale {
  readonly parallelism: VertexParallelism;
  /** As the job ran until then. */
  readonly formerGraph: JobGraph;
  /** Ends the attempt; no failure. */
  readonly signal: TaskError;
  /** Resolves when the job runs at the new parallelisms; rejects when it cannot. */
  readonly done: Promise<void>;
  /** `checkpointed`: the next attempt has the new parallelisms. `adopted`: this one has. */
  phase: 'checkpointing' | 'checkpointed' | 'adopted' = 'checkpointing';
  /** An attempt at the new parallelisms runs. */
  end!: () => void;
  /** No attempt at the new parallelisms can run. */
  fail!: (error: unknown) => void;

  constructor(jobName: string, formerGraph: JobGraph, parallelism: VertexParallelism) {
    this.parallelism = parallelism;
    this.formerGraph = formerGraph;
    this.signal = new TaskError('JOB_RESCALED', `job ${jobName} restarts at another parallelism`);
    this.done = new Promise((resolve, reject) => {
      this.end = resolve;
      this.fail = reject;
    });
  }

  /** @throws CheckpointError with the reason when it could not be taken */
  async takeCheckpoint(coordinator: CheckpointCoordinator): Promise<void> {
    await coordinator.triggerCheckpoint();
    this.phase = 'checkpointed';
  }
}

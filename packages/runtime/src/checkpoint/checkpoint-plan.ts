/**
 * Says which tasks start a checkpoint and which must acknowledge it, also when some have finished.
 *
 * A barrier starts at every running task that no running task feeds: the sources, and, once their
 * inputs have ended, the tasks behind them.
 *
 * Pure. Flink: DefaultCheckpointPlanCalculator.
 */
import type { OperatorNames } from '@millrace/state';
import type { JobEdge, JobGraph, JobVertex } from '../graph/job-graph.ts';
import { pointwiseTargets } from '../graph/stream-partitioners.ts';
import type { SubtaskAddress } from './checkpoint-coordinator-gateway.ts';

/** One subtask, as far as checkpoints see it. */
export interface CheckpointTask {
  readonly address: SubtaskAddress;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** Of the chain, head first. */
  readonly operatorIds: readonly string[];
  /** What the program calls them, in the same order; for people. */
  readonly operatorNames?: readonly OperatorNames[];
  /** The subtasks that feed this one; none for a source. */
  readonly upstream: readonly SubtaskAddress[];
}

export interface CheckpointPlan {
  readonly tasksToTrigger: readonly CheckpointTask[];
  readonly tasksToWaitFor: readonly CheckpointTask[];
  readonly finishedTasks: readonly CheckpointTask[];
}

/** Addresses as keys of maps and sets. */
export function subtaskKey(address: SubtaskAddress): string {
  return `${address.vertexId}/${address.subtask}`;
}

export function checkpointTasksOf(jobGraph: JobGraph): CheckpointTask[] {
  const vertices = new Map(jobGraph.vertices.map((vertex) => [vertex.id, vertex]));
  return jobGraph.vertices.flatMap((vertex) =>
    Array.from({ length: vertex.parallelism }, (_, subtask) => ({
      address: { vertexId: vertex.id, subtask },
      parallelism: vertex.parallelism,
      maxParallelism: vertex.maxParallelism,
      operatorIds: vertex.operators.map((operator) => operator.operatorId),
      operatorNames: vertex.operators.map(({ name, uid }) =>
        uid === undefined ? { name } : { name, uid },
      ),
      upstream: vertex.inputs.flatMap((edge) =>
        upstreamOf(edge, vertex, vertices.get(edge.sourceVertexId)!, subtask),
      ),
    })),
  );
}

function upstreamOf(
  edge: JobEdge,
  target: JobVertex,
  source: JobVertex,
  subtask: number,
): SubtaskAddress[] {
  const { kind } = edge.partitioner;
  const pointwise = kind === 'forward' || kind === 'rescale';
  const counts = {
    upstreamParallelism: source.parallelism,
    downstreamParallelism: target.parallelism,
  };
  return Array.from({ length: source.parallelism }, (_, index) => index)
    .filter((index) => {
      const { start, end } = pointwiseTargets(index, counts);
      return !pointwise || (subtask >= start && subtask < end);
    })
    .map((index) => ({ vertexId: source.id, subtask: index }));
}

/** @param finished - keys of the subtasks that have ended, see `subtaskKey` */
export function planCheckpoint(
  tasks: readonly CheckpointTask[],
  finished: ReadonlySet<string>,
): CheckpointPlan {
  const running = tasks.filter((task) => !finished.has(subtaskKey(task.address)));
  return {
    tasksToTrigger: running.filter((task) =>
      task.upstream.every((address) => finished.has(subtaskKey(address))),
    ),
    tasksToWaitFor: running,
    finishedTasks: tasks.filter((task) => finished.has(subtaskKey(task.address))),
  };
}

/**
 * Says which tasks start a checkpoint and which must acknowledge it, also when some have finished.
 *
 * A barrier starts at every running task that no running task feeds: the sources, and, once their
 * inputs have ended, the tasks behind them.
 *
 * Pure. Flink: DefaultCheckpointPlanCalculator.
 */
import type { JobEdge, JobGraph, JobVertex } from '../graph/job-graph.ts';
import type { SubtaskAddress } from './checkpoint-coordinator-gateway.ts';

/** One subtask, as far as checkpoints see it. */
export interface CheckpointTask {
  readonly address: SubtaskAddress;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** Of the chain, head first. */
  readonly operatorIds: readonly string[];
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
  const all = Array.from({ length: source.parallelism }, (_, index) => index);
  return all
    .filter((index) => feeds(edge, index, source.parallelism, subtask, target.parallelism))
    .map((index) => ({ vertexId: source.id, subtask: index }));
}

/** Flink: EdgeManagerBuildUtil.connectPointwise. */
function feeds(
  edge: JobEdge,
  source: number,
  sources: number,
  target: number,
  targets: number,
): boolean {
  const { kind } = edge.partitioner;
  if (kind !== 'forward' && kind !== 'rescale') {
    return true;
  }
  if (sources >= targets) {
    const first = Math.floor((target * sources) / targets);
    const end = Math.floor(((target + 1) * sources) / targets);
    return source >= first && source < end;
  }
  const first = Math.ceil((source * targets) / sources);
  const end = Math.ceil(((source + 1) * targets) / sources);
  return target >= first && target < end;
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

/** In which words a failure is shown. Flink: Execution.getVertexWithAttempt, ExecutionFailureHandler. */
import type { SubtaskAddress } from '../../checkpoint/checkpoint-coordinator-gateway.ts';
import type { JobGraph } from '../../graph/job-graph.ts';
import type { Executions } from '../executions.ts';
import { ENDPOINT } from '../vertex-details.ts';
import type { FailedTask } from './exception-history.ts';
import type { RestartBackoffTimeStrategy } from './restart-backoff-time-strategy.ts';

/** A task of the attempt that runs. */
export function failedTask(
  task: SubtaskAddress,
  { vertices }: JobGraph,
  executions: Executions,
): FailedTask | undefined {
  const { vertexId, subtask } = task;
  const vertex = vertices.find(({ id }) => id === vertexId);
  const execution = executions.executionOf(task);
  return (
    vertex &&
    execution && {
      taskName: `${vertex.name} (${subtask + 1}/${vertex.parallelism}) - execution #${execution.attempt}`,
      vertexId,
      subtask,
      attempt: execution.attempt,
      taskManagerId: execution.taskManagerId,
      endpoint: execution.taskManagerId === undefined ? undefined : ENDPOINT,
    }
  );
}

/** @param isFinal - no restart would heal it */
export function whyNoRestart(isFinal: boolean, strategy: RestartBackoffTimeStrategy): string {
  return isFinal
    ? 'The failure is not recoverable'
    : `Recovery is suppressed by ${strategy.constructor.name}`;
}

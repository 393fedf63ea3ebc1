/** A question about state on its way to the task that has it. */
import { TaskError } from '@millrace/core';
import type { SubtaskAddress } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import type { JobStatus } from '../gateway/job-details.ts';
import type { StateAnswer, StateQuery } from '../live-state/state-query.ts';
import type { JobExecution } from './job-deployment.ts';

/** @throws TaskError `JOB_NOT_RUNNING` with a hint whether to try again, and what the task throws */
export async function queryStateOf<Q extends StateQuery>(
  { jobName, status }: { readonly jobName: string; readonly status: JobStatus },
  execution: JobExecution | undefined,
  task: SubtaskAddress,
  query: Q,
): Promise<StateAnswer<Q>> {
  if (status === 'RUNNING' && execution !== undefined) {
    return execution.queryState(task, query);
  }
  const isOnItsWay = status === 'RESTARTING' || status === 'FAILING' || status === 'CREATED';
  const hint = isOnItsWay
    ? 'ask again in a moment'
    : 'ask one of its checkpoints or savepoints instead';
  throw new TaskError(
    'JOB_NOT_RUNNING',
    `job ${jobName} is ${status}, and its state can be read only while it runs; ${hint}`,
  );
}

/** What of a job is asked for its live state: the Dispatcher of this process, or one behind a port. */
import type { DispatcherGateway, JobClient } from '@millrace/runtime';

export type LiveStateGateway = Pick<DispatcherGateway, 'jobDetails' | 'queryState'>;

/** Of one job, whichever id is asked for. */
export function gatewayOfJob(job: JobClient): LiveStateGateway {
  return {
    jobDetails: async () => job.details(),
    queryState: (_jobId, task, query) => job.queryState(task, query),
  };
}

import type { JobClient, JobExecutionResult } from '@millrace/runtime';

/**
 * Told of the jobs of an environment. What it throws goes to whoever started the job.
 *
 * Flink: JobListener.
 */
export interface JobListener {
  /** The job was started, or could not be: one of both is `undefined`. */
  onJobSubmitted(client: JobClient | undefined, error: unknown): void;
  /** A job that `execute` ran has ended, well or not: one of both is `undefined`. */
  onJobExecuted(result: JobExecutionResult | undefined, error: unknown): void;
}

import { ConfigError } from '@millrace/core';
import type { JobGraph } from '../../graph/job-graph.ts';
import type { AdaptiveScheduler } from './adaptive-scheduler.ts';

/**
 * @throws ConfigError `UNSUPPORTED` for a job with the default scheduler
 *
 * Flink: SchedulerNG.requestJobResourceRequirements, which other schedulers than the adaptive one refuse.
 */
export function adaptiveOf({
  adaptive,
  jobGraph: { jobName },
}: {
  readonly adaptive: AdaptiveScheduler | undefined;
  readonly jobGraph: JobGraph;
}): AdaptiveScheduler {
  if (adaptive === undefined) {
    throw new ConfigError(
      'UNSUPPORTED',
      `job ${jobName} runs with the default scheduler, which does not support changing its resource ` +
        'requirements; set jobmanager.scheduler to Adaptive, or call JobClient.rescale()',
    );
  }
  return adaptive;
}

/**
 * Pictures of jobs for all who ask within `web.refresh-interval`, so that a thousand requests cost the
 * thread of the jobs what one does.
 *
 * Invariants:
 * - While that thread does not answer, the last picture is given, however old it is.
 * - A job has a first picture from when it is first listed as running: nobody needs to have looked at it
 *   before. One that began since the last time that anybody listed the jobs has none.
 *
 * Flink: ExecutionGraphCache; the cache of checkpoint statistics.
 */
import { type Clock, type Configuration, errorCode, RestOptions, WebOptions } from '@millrace/core';
import type {
  CheckpointStatisticsSnapshot,
  DispatcherGateway,
  JobDetails,
  JobOverview,
  TaskManagerInfo,
} from '@millrace/runtime';
import { BRIEF_AGE_MS } from './brief-gateway.ts';
import { TimedCache } from './timed-cache.ts';

/** What is asked of the gateway besides pictures of single jobs has no key of its own. */
const ALL = '';
const JOBS_MAX = 1000; // Flink: rest.cache.checkpoint-statistics.size.

export class ExecutionGraphCache {
  private readonly gateway: DispatcherGateway;
  private readonly graphs: TimedCache<JobDetails>;
  private readonly newGraphs: TimedCache<JobDetails>;
  private readonly statistics: TimedCache<CheckpointStatisticsSnapshot>;
  private readonly overviews: TimedCache<readonly JobOverview[]>;
  private readonly managers: TimedCache<readonly TaskManagerInfo[]>;
  /** Running jobs of the last list. */
  private listed: ReadonlySet<string> = new Set();

  constructor(gateway: DispatcherGateway, configuration: Configuration, clock: Clock) {
    this.gateway = gateway;
    const patienceMs = 1000; // Longer than a task keeps its thread; the web UI asks every 3 s.
    const options = {
      ...{ clock, patienceMs, staleAgeMsMax: Number.POSITIVE_INFINITY, sizeMax: JOBS_MAX },
      keepsAfter: (error: unknown) => errorCode(error) === 'REST_TIMEOUT',
    };
    const maxAgeMs = configuration.get(WebOptions.REFRESH_INTERVAL);
    this.graphs = new TimedCache({ ...options, maxAgeMs });
    this.statistics = new TimedCache({
      ...options,
      maxAgeMs: configuration.get(RestOptions.CACHE_CHECKPOINT_STATISTICS_TIMEOUT) ?? maxAgeMs,
    });
    // Flink does not cache these. So short an age is seen by nobody, and bounds what they cost.
    const brief = { ...options, maxAgeMs: Math.min(maxAgeMs, BRIEF_AGE_MS) };
    this.newGraphs = new TimedCache(brief);
    this.overviews = new TimedCache(brief);
    this.managers = new TimedCache(brief);
  }

  /** @throws TaskError `JOB_NOT_FOUND`, `REST_TIMEOUT` */
  jobDetails(jobId: string): Promise<JobDetails> {
    return this.graphs.get(jobId, () => this.gateway.jobDetails(jobId));
  }

  /** For what may have happened since the last picture. @throws as `jobDetails` */
  newJobDetails(jobId: string): Promise<JobDetails> {
    const fetch = async (): Promise<JobDetails> => {
      const details = await this.gateway.jobDetails(jobId);
      this.graphs.putOld(jobId, details);
      return details;
    };
    return this.newGraphs.get(jobId, fetch, this.graphs.peek(jobId));
  }

  /** @throws as `jobDetails` */
  checkpointStatistics(jobId: string): Promise<CheckpointStatisticsSnapshot> {
    return this.statistics.get(jobId, () => this.gateway.checkpointStatistics(jobId));
  }

  /** @throws TaskError `REST_TIMEOUT` */
  jobs(): Promise<readonly JobOverview[]> {
    return this.overviews.get(ALL, async () => {
      const jobs = await this.gateway.jobs();
      this.pictureNew(jobs);
      return jobs;
    });
  }

  /** @throws TaskError `REST_TIMEOUT` */
  taskManagers(): Promise<readonly TaskManagerInfo[]> {
    return this.managers.get(ALL, () => this.gateway.taskManagers());
  }

  private pictureNew(jobs: readonly JobOverview[]): void {
    const running = jobs.filter(({ status }) => status === 'RUNNING').map(({ jobId }) => jobId);
    for (const jobId of running.slice(0, JOBS_MAX)) {
      if (!this.listed.has(jobId)) {
        this.jobDetails(jobId).catch(() => {}); // Who asks for it is told what is wrong.
      }
    }
    this.listed = new Set(running);
  }
}

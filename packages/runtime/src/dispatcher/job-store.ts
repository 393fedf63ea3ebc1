/**
 * Jobs that have ended, with all that was known of them.
 *
 * Invariants:
 * - A job is kept as bytes: nothing of what it ran is held on to.
 * - There are never more than `jobstore.max-capacity`, none older than `jobstore.expiration-time`, and
 *   not more bytes than `jobstore.cache-size` but for the last one; the oldest go first.
 *
 * Flink: MemoryExecutionGraphInfoStore, FileExecutionGraphInfoStore (which goes on on disk).
 */
import { deserialize, serialize } from 'node:v8';
import type { JobOverview, JobResult } from '../gateway/dispatcher-gateway.ts';
import type { JobDetails } from '../gateway/job-details.ts';

export interface ArchivedJob {
  readonly overview: JobOverview;
  readonly details: JobDetails;
  readonly result: JobResult;
}

export interface JobStoreLimits {
  readonly maxCapacity: number;
  readonly expirationTimeMs: number;
  readonly cacheSizeBytes: number;
}

interface StoredJob {
  readonly jobId: string;
  readonly overview: JobOverview;
  readonly bytes: Uint8Array;
  readonly endedAt: number;
}

export class JobStore {
  private readonly now: () => number;
  /** Oldest first. */
  private jobs: StoredJob[] = [];
  private limits: JobStoreLimits;

  /** @param now - ms; what a job's clock says is of no matter here */
  constructor(limits: JobStoreLimits, now: () => number) {
    this.limits = limits;
    this.now = now;
  }

  limitTo(limits: JobStoreLimits): void {
    this.limits = limits;
    this.prune();
  }

  /** In the place of an earlier one of its id. */
  put(job: ArchivedJob): void {
    const overview = structuredClone(job.overview);
    const { jobId } = overview;
    this.jobs = this.jobs.filter((each) => each.jobId !== jobId);
    this.jobs.push({ jobId, overview, bytes: serialize(job), endedAt: this.now() });
    this.prune();
  }

  get(jobId: string): ArchivedJob | undefined {
    this.prune();
    const job = this.jobs.find((each) => each.jobId === jobId);
    return job && (deserialize(job.bytes) as ArchivedJob);
  }

  /** Oldest first. */
  overviews(): readonly JobOverview[] {
    this.prune();
    return this.jobs.map(({ overview }) => overview);
  }

  private prune(): void {
    const { maxCapacity, expirationTimeMs, cacheSizeBytes } = this.limits;
    const oldest = this.now() - expirationTimeMs;
    let room = cacheSizeBytes;
    this.jobs = this.jobs
      .filter(({ endedAt }) => endedAt >= oldest)
      .slice(maxCapacity === 0 ? Infinity : -maxCapacity)
      .reverse()
      .filter(({ bytes }, index) => {
        room -= bytes.length;
        return index === 0 || room >= 0;
      })
      .reverse();
  }
}

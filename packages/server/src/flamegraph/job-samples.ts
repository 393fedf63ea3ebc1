/**
 * Samples of the threads of jobs, taken when somebody asks for them and kept for a while.
 *
 * Invariants:
 * - A job is sampled at most once at a time, and all its vertices are read from the same samples.
 * - Who asks is never kept waiting: there are samples, or not yet.
 *
 * Flink: VertexThreadInfoTracker.
 */
import type { Clock } from '@millrace/core';
import type { ThreadProfile } from '../inspector/thread-profiles.ts';

export interface JobSamplesOptions {
  readonly clock: Clock;
  /** `rest.flamegraph.refresh-interval`. */
  readonly refreshIntervalMs: number;
  /** `rest.flamegraph.cleanup-interval`: what nobody asked for that long is dropped at the next question. */
  readonly cleanupIntervalMs: number;
}

export interface Samples {
  readonly endTimestamp: number;
  readonly profiles: readonly ThreadProfile[];
}

interface Entry {
  samples: Samples | undefined;
  isSampling: boolean;
  askedAt: number;
}

export class JobSamples {
  private readonly options: JobSamplesOptions;
  private readonly entries = new Map<string, Entry>();

  constructor(options: JobSamplesOptions) {
    this.options = options;
  }

  /** @returns `undefined` while the first samples are taken */
  of(jobId: string, sample: () => Promise<readonly ThreadProfile[]>): Samples | undefined {
    const now = this.options.clock.now();
    this.drop(now - this.options.cleanupIntervalMs);
    const entry = this.entries.get(jobId) ?? {
      samples: undefined,
      isSampling: false,
      askedAt: now,
    };
    this.entries.set(jobId, entry);
    entry.askedAt = now;
    const isOld =
      entry.samples === undefined ||
      now >= entry.samples.endTimestamp + this.options.refreshIntervalMs;
    if (isOld && !entry.isSampling) {
      entry.isSampling = true;
      void this.take(entry, sample);
    }
    return entry.samples;
  }

  private async take(entry: Entry, sample: () => Promise<readonly ThreadProfile[]>): Promise<void> {
    try {
      const profiles = await sample();
      entry.samples = { profiles, endTimestamp: this.options.clock.now() };
    } catch {
      // The next question tries again.
    } finally {
      entry.isSampling = false;
    }
  }

  private drop(before: number): void {
    for (const [jobId, { askedAt, isSampling }] of this.entries) {
      if (askedAt < before && !isSampling) {
        this.entries.delete(jobId);
      }
    }
  }
}

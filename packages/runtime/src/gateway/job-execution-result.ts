import type { AccumulatorResults } from '@millrace/core';

/** How a job ended that finished. Flink: JobExecutionResult. */
export class JobExecutionResult {
  readonly jobId: string;
  readonly netRuntimeMs: number;
  private readonly results: AccumulatorResults;

  constructor(job: {
    readonly jobId: string;
    readonly netRuntimeMs: number;
    readonly accumulators: AccumulatorResults;
  }) {
    this.jobId = job.jobId;
    this.netRuntimeMs = job.netRuntimeMs;
    this.results = job.accumulators;
  }

  /**
   * By name.
   *
   * @throws ConfigError `ACCUMULATOR_CONFLICT` when one name has two types
   */
  get accumulatorResults(): ReadonlyMap<string, unknown> {
    return accumulatorValues(this.results);
  }

  /** `undefined` when no function has added one of this name. @throws as `accumulatorResults` */
  accumulatorResult<R>(name: string): R | undefined {
    return this.results.get(name)?.() as R | undefined;
  }
}

export function accumulatorValues(results: AccumulatorResults): ReadonlyMap<string, unknown> {
  return new Map(Array.from(results, ([name, value]) => [name, value()]));
}

import type { MetricGroup } from '../metrics/metrics.ts';
import type { KeyedStateStore } from '../state/state-store.ts';

export interface JobInfo {
  readonly jobId: string;
  readonly jobName: string;
}

export interface TaskInfo {
  readonly taskName: string;
  /** In `[0, numberOfParallelSubtasks)`. */
  readonly indexOfThisSubtask: number;
  readonly numberOfParallelSubtasks: number;
  readonly maxNumberOfParallelSubtasks: number;
  /** 0 for the first execution, one more after each restart. */
  readonly attemptNumber: number;
}

/**
 * What a rich function sees of the job around it. State is per key: it may be declared in `open`
 * and used wherever a key is set.
 *
 * Flink: RuntimeContext.
 */
export interface RuntimeContext extends KeyedStateStore {
  readonly jobInfo: JobInfo;
  readonly taskInfo: TaskInfo;
  readonly metricGroup: MetricGroup;
}

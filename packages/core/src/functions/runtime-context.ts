import type { Accumulator } from '../accumulators/accumulator.ts';
import type {
  DoubleCounter,
  IntCounter,
  LongCounter,
} from '../accumulators/folding-accumulators.ts';
import type { Histogram } from '../accumulators/histogram.ts';
import type { MetricGroup } from '../metrics/metrics.ts';
import type { TypeInformation } from '../serialization/type-information.ts';
import type { TypeSerializer } from '../serialization/type-serializer.ts';
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
  /** `count keys (2/3)#0`: the subtask counted from 1, and the attempt. */
  readonly taskNameWithSubtasks: string;
  /** Of the slot that the subtask runs in. */
  readonly allocationId: string;
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
  /** `pipeline.object-reuse`. */
  readonly isObjectReuseEnabled: boolean;
  /** What the program set with `env.config.setGlobalJobParameters`. */
  readonly globalJobParameters: Readonly<Record<string, string>>;
  createSerializer<T>(type: TypeInformation<T>): TypeSerializer<T>;
  /**
   * Adds an accumulator to the task.
   *
   * @throws ConfigError `ACCUMULATOR_CONFLICT` when the task has one of this name
   */
  addAccumulator<V, R>(name: string, accumulator: Accumulator<V, R>): void;
  getAccumulator<V, R>(name: string): Accumulator<V, R> | undefined;
  /** Made when it is not there. @throws ConfigError `ACCUMULATOR_CONFLICT` for another class */
  getIntCounter(name: string): IntCounter;
  getLongCounter(name: string): LongCounter;
  getDoubleCounter(name: string): DoubleCounter;
  getHistogram(name: string): Histogram;
}

/** Flink: TaskInfoImpl.getTaskNameWithSubtasks. */
export function taskNameWithSubtasks(
  task: Pick<
    TaskInfo,
    'taskName' | 'indexOfThisSubtask' | 'numberOfParallelSubtasks' | 'attemptNumber'
  >,
): string {
  const subtask = `${task.indexOfThisSubtask + 1}/${task.numberOfParallelSubtasks}`;
  return `${task.taskName} (${subtask})#${task.attemptNumber}`;
}

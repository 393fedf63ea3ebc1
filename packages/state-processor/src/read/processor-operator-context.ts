/**
 * What an operator sees of a task, where there is no task: only the state is real.
 *
 * Invariants:
 * - Nothing fires: timers that are registered stay in the state, whatever the clock says.
 *
 * Flink: SavepointEnvironment, NeverFireProcessingTimeService.
 */
import {
  AccumulatorRegistry,
  type Clock,
  ConfigError,
  GenericMetricGroup,
  SimpleCounter,
  type TypeInformation,
} from '@millrace/core';
import { KvStateLocationRegistry, type StreamOperatorContext } from '@millrace/runtime';
import type { KeyedStateBackend, OperatorStateBackend } from '@millrace/state';
import type { OperatorIdentifier } from './operator-identifier.ts';

const JOB = { jobId: '0'.repeat(32), jobName: 'state-processor' };

export interface ProcessorOperator {
  readonly id: OperatorIdentifier;
  readonly subtask: number;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly clock: Clock;
  createKeyedStateBackend?<K>(keyType: TypeInformation<K>): Promise<KeyedStateBackend<K>>;
  createOperatorStateBackend?(): Promise<OperatorStateBackend>;
}

export function processorOperatorContext(operator: ProcessorOperator): StreamOperatorContext {
  const { id, subtask, parallelism, maxParallelism, clock } = operator;
  const taskName = id.uid ?? id.operatorId;
  return {
    operatorId: id.operatorId,
    operatorName: taskName,
    jobInfo: JOB,
    execution: { objectReuseEnabled: false, globalJobParameters: {} },
    accumulators: new AccumulatorRegistry(),
    taskInfo: {
      taskName,
      taskNameWithSubtasks: `${taskName} (${subtask + 1}/${parallelism})#0`,
      indexOfThisSubtask: subtask,
      numberOfParallelSubtasks: parallelism,
      maxNumberOfParallelSubtasks: maxParallelism,
      allocationId: 'state-processor',
      attemptNumber: 0,
    },
    clock,
    inputActivityClock: { now: () => clock.now() },
    metricGroup: new GenericMetricGroup(taskName),
    numFiredTimers: new SimpleCounter(),
    processingTimeService: {
      currentProcessingTime: () => clock.now(),
      registerTimer: () => ({ cancel: () => {} }),
    },
    autoWatermarkIntervalMs: 0,
    batchExecution: undefined,
    restored: undefined,
    createKeyedStateBackend: (keyType) =>
      operator.createKeyedStateBackend?.(keyType) ?? Promise.reject(unsupported('keyed state')),
    createOperatorStateBackend: () =>
      operator.createOperatorStateBackend?.() ?? Promise.reject(unsupported('operator state')),
    sourceCoordinator: undefined,
    failTask: (error) => {
      throw error;
    },
    executeInMailbox: (action) => action(),
    yieldUntil: (done) => done,
    checkpointingEnabled: false,
    kvStates: new KvStateLocationRegistry(),
  };
}

function unsupported(what: string): ConfigError {
  return new ConfigError(
    'UNSUPPORTED',
    `${what} cannot be had here; transform by another function`,
  );
}

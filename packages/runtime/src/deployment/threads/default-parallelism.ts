/**
 * The parallelism of operators that name none.
 *
 * Flink: LocalStreamEnvironment takes the number of processors where `parallelism.default` is not set;
 * so does `threads`, up to `taskmanager.numberOfTaskSlots`. `local` has one thread, so there it is 1.
 */
import {
  type Configuration,
  CoreOptions,
  ExecutionOptions,
  TaskManagerOptions,
} from '@millrace/core';
import { processorsOfProgram } from './task-manager-thread.ts';

export function defaultParallelism(configuration: Configuration): number {
  const configured = configuration.getOptional(CoreOptions.DEFAULT_PARALLELISM);
  if (configured !== undefined) {
    return configured;
  }
  if (configuration.get(ExecutionOptions.TARGET) === 'local') {
    return configuration.get(CoreOptions.DEFAULT_PARALLELISM);
  }
  return Math.min(
    processorsOfProgram(),
    configuration.get(TaskManagerOptions.NUM_TASK_SLOTS) ?? Number.POSITIVE_INFINITY,
  );
}

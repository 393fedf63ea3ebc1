/**
 * The adaptive scheduler of a job, where its settings ask for one.
 *
 * Flink: DefaultSlotPoolServiceSchedulerFactory, AdaptiveSchedulerFactory; a batch falls back to the
 * default scheduler there too.
 */
import {
  type Clock,
  type Configuration,
  JobManagerOptions,
  TaskManagerOptions,
} from '@millrace/core';
import type { JobGraph } from '../graph/job-graph.ts';
import { AdaptiveScheduler } from '../jobmanager/adaptive/adaptive-scheduler.ts';
import { AvailableSlots, followProcessors } from '../jobmanager/adaptive/available-slots.ts';
import {
  checkScalingSettings,
  type ScalingSettings,
} from '../jobmanager/adaptive/scaling-decisions.ts';
import { processorsOfProgram } from './threads/task-manager-thread.ts';

export interface AdaptiveSchedulerServices {
  readonly configuration: Configuration;
  readonly clock: Clock;
  /** Those that the program resizes itself. */
  readonly slots: AvailableSlots | undefined;
  readonly takesCheckpoints: boolean;
  readonly isOnThreads: boolean;
  warn(message: string): void;
}

/** How soon a job hears that the process may use more processors, or fewer. */
const PROCESSORS_INTERVAL_MS = 1000;

/** Whether parallelisms of the program are upper bounds only. */
export function isAdaptive(configuration: Configuration): boolean {
  return (
    configuration.get(JobManagerOptions.SCHEDULER) === 'Adaptive' ||
    configuration.get(JobManagerOptions.SCHEDULER_MODE) === 'REACTIVE'
  );
}

/**
 * `undefined` for the default scheduler.
 *
 * @param jobGraph - with the max parallelisms of the snapshot that it starts from
 * @throws ConfigError `CONFIG_VALUE_INVALID`
 */
export function createAdaptiveScheduler(
  jobGraph: JobGraph,
  services: AdaptiveSchedulerServices,
): AdaptiveScheduler | undefined {
  const { configuration, clock, takesCheckpoints, warn } = services;
  if (jobGraph.batchExecution || !isAdaptive(configuration)) {
    return undefined;
  }
  const mode =
    configuration.get(JobManagerOptions.SCHEDULER_MODE) === 'REACTIVE' ? 'reactive' : 'adaptive';
  const settings = scalingSettings(configuration, mode);
  checkScalingSettings(settings);
  const { slots, close } = slotsOfProcess(services, mode);
  return new AdaptiveScheduler({
    ...{ jobGraph, mode, clock, slots, settings, takesCheckpoints, close, warn },
  });
}

/** Flink: AdaptiveScheduler.Settings.of, where reactive mode has defaults of its own. */
function scalingSettings(
  configuration: Configuration,
  mode: 'adaptive' | 'reactive',
): ScalingSettings {
  const ofMode = (
    option: typeof JobManagerOptions.RESOURCE_WAIT_TIMEOUT,
    ofReactive: number,
  ): number =>
    configuration.getOptional(option) ??
    (mode === 'reactive' ? ofReactive : configuration.get(option));
  return {
    resourceWaitTimeoutMs: ofMode(
      JobManagerOptions.RESOURCE_WAIT_TIMEOUT,
      Number.POSITIVE_INFINITY,
    ),
    resourceStabilizationTimeoutMs: ofMode(JobManagerOptions.RESOURCE_STABILIZATION_TIMEOUT, 0),
    minParallelismIncrease: configuration.get(JobManagerOptions.MIN_PARALLELISM_INCREASE),
    scalingIntervalMinMs: configuration.get(JobManagerOptions.SCHEDULER_SCALING_INTERVAL_MIN),
    scalingIntervalMaxMs:
      configuration.get(JobManagerOptions.SCHEDULER_SCALING_INTERVAL_MAX) ??
      Number.POSITIVE_INFINITY,
  };
}

/** Those of the program, else those that are configured, else as the mode has them. */
function slotsOfProcess(
  { slots, configuration, clock, isOnThreads }: AdaptiveSchedulerServices,
  mode: 'adaptive' | 'reactive',
): { readonly slots: AvailableSlots; close(): void } {
  const configured = configuration.get(TaskManagerOptions.NUM_TASK_SLOTS);
  if (slots !== undefined) {
    return { slots, close: () => {} };
  }
  if (configured !== undefined || mode === 'adaptive') {
    const fixed = new AvailableSlots(configured ?? Number.POSITIVE_INFINITY);
    return { slots: fixed, close: () => {} };
  }
  if (!isOnThreads) {
    return { slots: new AvailableSlots(1), close: () => {} }; // One thread runs all.
  }
  const followed = new AvailableSlots(processorsOfProgram());
  const close = followProcessors(followed, {
    clock,
    intervalMs: PROCESSORS_INTERVAL_MS,
    processors: processorsOfProgram,
  });
  return { slots: followed, close };
}

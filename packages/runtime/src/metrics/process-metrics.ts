/**
 * The metrics of the process itself, as job manager and as the task manager of jobs on `local`.
 *
 * Invariant: nothing is measured before somebody asks for the first time, but what garbage collection
 * took.
 *
 * Flink: ResourceManager, Dispatcher and MetricUtils.instantiateStatusMetrics.
 */
import {
  type Configuration,
  type MetricDump,
  type MetricRegistry,
  managedMemoryBytes,
  SystemClock,
} from '@millrace/core';
import { createMetricRegistry, LOCAL_TASK_MANAGER_ID } from '../tasks/create-metric-registry.ts';
import { registerJvmMetrics } from './jvm-metrics.ts';
import { registerShuffleMetrics } from './shuffle-memory-metrics.ts';

/** What the Dispatcher knows. */
export interface ClusterNumbers {
  readonly taskManagers: number;
  readonly slotsTotal: number;
  readonly slotsAvailable: number;
  readonly runningJobs: number;
  /** Some job on this thread has its state in RocksDB. */
  readonly usesManagedMemory: boolean;
}

export class ProcessMetrics {
  private readonly configuration: Configuration;
  private registry: MetricRegistry | undefined;
  private cluster: ClusterNumbers = {
    taskManagers: 0,
    slotsTotal: 0,
    slotsAvailable: 0,
    runningJobs: 0,
    usesManagedMemory: false,
  };

  constructor(configuration: Configuration) {
    this.configuration = configuration;
  }

  update(cluster: ClusterNumbers): void {
    this.cluster = cluster;
  }

  dump(): readonly MetricDump[] {
    this.registry ??= this.createRegistry();
    return this.registry.dump();
  }

  private createRegistry(): MetricRegistry {
    const registry = createMetricRegistry(this.configuration, {
      clock: new SystemClock(),
      taskManagerId: LOCAL_TASK_MANAGER_ID,
      warn: () => {}, // Names are ours alone.
    });
    const { jobManager } = registry;
    registerJvmMetrics(jobManager);
    jobManager.gauge('numRegisteredTaskManagers', () => this.cluster.taskManagers);
    jobManager.gauge('numPendingTaskManagers', () => 0);
    jobManager.gauge('numRunningJobs', () => this.cluster.runningJobs);
    jobManager.gauge('taskSlotsTotal', () => this.cluster.slotsTotal);
    jobManager.gauge('taskSlotsAvailable', () => this.cluster.slotsAvailable);
    registerTaskManagerMetrics(registry, this.configuration, () => this.cluster.usesManagedMemory);
    return registry;
  }
}

/** @param usesManagedMemory - whether a state backend has it now: all that there is */
export function registerTaskManagerMetrics(
  registry: MetricRegistry,
  configuration: Configuration,
  usesManagedMemory: () => boolean,
): void {
  const { taskManager } = registry;
  registerJvmMetrics(taskManager);
  registerShuffleMetrics(taskManager);
  const managed = taskManager
    .addGroup('Status')
    .addGroup('Flink')
    .addGroup('Memory')
    .addGroup('Managed');
  const total = managedMemoryBytes(configuration);
  managed.gauge('Total', () => total);
  managed.gauge('Used', () => (usesManagedMemory() ? total : 0));
}

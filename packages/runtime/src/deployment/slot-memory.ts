/**
 * What each slot of this process has of managed memory.
 *
 * All slots of a job are in one process, so the memory of the process is dealt out among those that the
 * job takes, or among more where the configuration has more.
 *
 * Flink: TaskExecutorResourceUtils; a slot's share of a use is in core/config/managed-memory.ts.
 */
import {
  type Configuration,
  type ManagedMemoryUse,
  managedMemoryBytes,
  managedMemoryShare,
  TaskManagerOptions,
} from '@millrace/core';
import type { JobGraph } from '../graph/job-graph.ts';

/** One for each subtask of the widest vertex of each slot sharing group. */
export function slotsOf(jobGraph: JobGraph): number {
  const widest = new Map<string, number>();
  for (const { slotSharingGroup, parallelism } of jobGraph.vertices) {
    widest.set(slotSharingGroup, Math.max(parallelism, widest.get(slotSharingGroup) ?? 0));
  }
  return [...widest.values()].reduce((sum, parallelism) => sum + parallelism, 0);
}

/** Bytes that state backends have in each slot. @throws ConfigError `CONFIG_VALUE_INVALID` */
export function stateBackendMemoryOfSlot(jobGraph: JobGraph, configuration: Configuration): number {
  const configured = configuration.get(TaskManagerOptions.NUM_TASK_SLOTS) ?? 1;
  const slots = Math.max(configured, slotsOf(jobGraph), 1);
  const sorts = jobGraph.vertices.some(({ batchInputs }) => batchInputs !== undefined);
  const present: ManagedMemoryUse[] = sorts ? ['OPERATOR', 'STATE_BACKEND'] : ['STATE_BACKEND'];
  const share = managedMemoryShare(configuration, 'STATE_BACKEND', present);
  return Math.floor((managedMemoryBytes(configuration) * share) / slots);
}

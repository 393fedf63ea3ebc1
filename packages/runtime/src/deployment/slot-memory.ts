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
import { SlotAssignment } from './slot-assignment.ts';

/** Bytes that state backends have in each slot. @throws ConfigError `CONFIG_VALUE_INVALID` */
export function stateBackendMemoryOfSlot(jobGraph: JobGraph, configuration: Configuration): number {
  const configured = configuration.get(TaskManagerOptions.NUM_TASK_SLOTS) ?? 1;
  const slots = Math.max(configured, new SlotAssignment(jobGraph).slots, 1);
  const sorts = jobGraph.vertices.some(({ batchInputs }) => batchInputs !== undefined);
  const present: ManagedMemoryUse[] = sorts ? ['OPERATOR', 'STATE_BACKEND'] : ['STATE_BACKEND'];
  const share = managedMemoryShare(configuration, 'STATE_BACKEND', present);
  return Math.floor((managedMemoryBytes(configuration) * share) / slots);
}

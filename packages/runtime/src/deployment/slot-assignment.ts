/**
 * Which slot runs which subtask.
 *
 * Each slot sharing group has slots of its own, as many as its widest vertex; subtask i of each vertex
 * of the group is in the i-th of them.
 *
 * Flink: SlotSharingStrategy, DefaultScheduler.
 */
import { ConfigError, type Configuration, TaskManagerOptions } from '@millrace/core';
import type { SubtaskAddress } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import type { JobGraph, JobVertex } from '../graph/job-graph.ts';

export class SlotAssignment {
  /** How many the job takes. */
  readonly slots: number;
  /** By vertex id, the slot of its subtask 0. */
  private readonly firstSlots: ReadonlyMap<string, number>;

  constructor({ vertices }: Pick<JobGraph, 'vertices'>) {
    const widest = new Map<string, number>();
    for (const { slotSharingGroup, parallelism } of vertices) {
      widest.set(slotSharingGroup, Math.max(parallelism, widest.get(slotSharingGroup) ?? 0));
    }
    const firstOfGroup = new Map<string, number>();
    let slots = 0;
    for (const [group, parallelism] of widest) {
      firstOfGroup.set(group, slots);
      slots += parallelism;
    }
    this.slots = slots;
    this.firstSlots = new Map(
      vertices.map(({ id, slotSharingGroup }) => [id, firstOfGroup.get(slotSharingGroup) ?? 0]),
    );
  }

  slotOf({ vertexId, subtask }: SubtaskAddress): number {
    return (this.firstSlots.get(vertexId) ?? 0) + subtask;
  }

  /** For messages: the tasks of a slot. */
  describe(slot: number, vertices: readonly JobVertex[]): string {
    const tasks = vertices.flatMap(({ id, name, parallelism }) => {
      const subtask = slot - (this.firstSlots.get(id) ?? 0);
      return subtask >= 0 && subtask < parallelism
        ? [`${name} (${subtask + 1}/${parallelism})`]
        : [];
    });
    return tasks.join(', ');
  }
}

/**
 * Flink: NoResourceAvailableException.
 *
 * @throws ConfigError `NO_RESOURCE_AVAILABLE` for a job that takes more slots than are configured
 */
export function checkSlots(assignment: SlotAssignment, configuration: Configuration): void {
  const available = configuration.getOptional(TaskManagerOptions.NUM_TASK_SLOTS);
  if (available !== undefined && assignment.slots > available) {
    throw new ConfigError(
      'NO_RESOURCE_AVAILABLE',
      `the job needs ${assignment.slots} slots and ${available} are available; lower its ` +
        'parallelism (parallelism.default, or that of operators), put its operators into fewer slot ' +
        `sharing groups, or raise taskmanager.numberOfTaskSlots to ${assignment.slots}`,
    );
  }
}

/**
 * Gathers what the tasks hand in for one checkpoint and makes the metadata of it.
 *
 * Flink: PendingCheckpoint, DefaultCheckpointPlan.
 */
import { CheckpointError } from '@millrace/core';
import {
  type ByteStreamStateHandle,
  type CheckpointMetadata,
  type CheckpointProperties,
  EMPTY_SUBTASK_STATE,
  type OperatorState,
  type OperatorSubtaskState,
} from '@millrace/state';
import { type CheckpointPlan, type CheckpointTask, subtaskKey } from './checkpoint-plan.ts';

const FINISHED_SUBTASK_STATE: OperatorSubtaskState = { ...EMPTY_SUBTASK_STATE, finished: true };

export class PendingCheckpoint {
  readonly checkpointId: number;
  readonly timestamp: number;
  readonly properties: CheckpointProperties;
  readonly plan: CheckpointPlan;
  private readonly coordinatorStates = new Map<string, ByteStreamStateHandle>();
  private readonly taskStates = new Map<string, ReadonlyMap<string, OperatorSubtaskState>>();
  private readonly tasksAtTheirEnd = new Set<string>();

  constructor(options: {
    readonly checkpointId: number;
    readonly timestamp: number;
    readonly properties: CheckpointProperties;
    readonly plan: CheckpointPlan;
  }) {
    this.checkpointId = options.checkpointId;
    this.timestamp = options.timestamp;
    this.properties = options.properties;
    this.plan = options.plan;
  }

  putCoordinatorState(operatorId: string, data: Uint8Array): void {
    const handleName = `coordinator-state-${operatorId}`;
    this.coordinatorStates.set(operatorId, { kind: 'byte-stream', handleName, data });
  }

  /** @param operatorsFinished - the task's data had ended: once this completes, the task is gone */
  putTaskState(
    taskKey: string,
    states: ReadonlyMap<string, OperatorSubtaskState>,
    operatorsFinished = false,
  ): void {
    this.taskStates.set(taskKey, states);
    if (operatorsFinished) {
      this.tasksAtTheirEnd.add(taskKey);
    }
  }

  /** What was handed in so far. */
  subtaskStates(): OperatorSubtaskState[] {
    return [...this.taskStates.values()].flatMap((states) => [...states.values()]);
  }

  /**
   * @throws CheckpointError `CHECKPOINT_DECLINED_TASK_CLOSING` when some but not all subtasks of an
   *   operator with union list state have finished: each restored subtask would miss their part.
   *   Also when the data of some but not all has ended, or those would finish with this checkpoint
   *   and no later one could be taken.
   */
  metadata(): CheckpointMetadata {
    const { plan } = this;
    const byVertex = new Map<string, CheckpointTask[]>();
    for (const task of [...plan.tasksToWaitFor, ...plan.finishedTasks]) {
      const { vertexId } = task.address;
      const tasks = byVertex.get(vertexId);
      tasks === undefined ? byVertex.set(vertexId, [task]) : tasks.push(task);
    }
    return {
      checkpointId: this.checkpointId,
      operatorStates: [...byVertex.values()].flatMap((tasks) =>
        tasks[0]!.operatorIds.map((operatorId, index) => ({
          ...this.operatorState(operatorId, tasks),
          ...tasks[0]!.operatorNames?.[index],
        })),
      ),
      masterStates: [],
      properties: this.properties,
    };
  }

  private isAtItsEnd(task: CheckpointTask): boolean {
    const taskKey = subtaskKey(task.address);
    return !this.taskStates.has(taskKey) || this.tasksAtTheirEnd.has(taskKey);
  }

  private operatorState(operatorId: string, tasks: readonly CheckpointTask[]): OperatorState {
    const { parallelism, maxParallelism } = tasks[0]!;
    const subtaskStates = new Map<number, OperatorSubtaskState>();
    for (const task of tasks) {
      const state = this.taskStates.has(subtaskKey(task.address))
        ? this.taskStates.get(subtaskKey(task.address))!.get(operatorId)
        : FINISHED_SUBTASK_STATE;
      if (state !== undefined) {
        subtaskStates.set(task.address.subtask, state);
      }
    }
    const finished = [...subtaskStates.values()].filter((state) => state.finished).length;
    const fullyFinished = finished === parallelism;
    const atTheirEnd = tasks.filter((task) => this.isAtItsEnd(task)).length;
    if ((finished > 0 && !fullyFinished) || (atTheirEnd > 0 && atTheirEnd < parallelism)) {
      refuseUnionState(operatorId, subtaskStates);
    }
    return {
      operatorId,
      parallelism,
      maxParallelism,
      coordinatorState: fullyFinished ? undefined : this.coordinatorStates.get(operatorId),
      fullyFinished,
      subtaskStates: fullyFinished ? new Map() : sortedByKey(subtaskStates),
    };
  }
}

function sortedByKey<V>(map: ReadonlyMap<number, V>): Map<number, V> {
  return new Map([...map].sort(([a], [b]) => a - b));
}

function refuseUnionState(
  operatorId: string,
  states: ReadonlyMap<number, OperatorSubtaskState>,
): void {
  for (const { managedOperatorState } of states.values()) {
    for (const [name, info] of managedOperatorState?.stateNameToPartitionOffsets ?? []) {
      if (info.mode === 'union') {
        throw new CheckpointError(
          'CHECKPOINT_DECLINED_TASK_CLOSING',
          `union list state ${name} of operator ${operatorId} cannot be stored while only some of ` +
            'its subtasks have finished; let all of them finish together, or use list state',
        );
      }
    }
  }
}

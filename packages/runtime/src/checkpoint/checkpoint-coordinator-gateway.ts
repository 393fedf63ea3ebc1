/**
 * The two directions between the checkpoint coordinator and the tasks, as plain messages: what
 * crosses threads in the `threads` deployment.
 *
 * Flink: CheckpointCoordinatorGateway, TaskExecutorGateway.
 */
import type { OperatorSubtaskState } from '@millrace/state';
import type { CheckpointBarrier, CheckpointMetrics } from './checkpoint-options.ts';

/** Addresses one subtask. */
export interface SubtaskAddress {
  readonly vertexId: string;
  readonly subtask: number;
}

/** What one task hands in for a checkpoint. */
export interface CheckpointAcknowledgement {
  readonly task: SubtaskAddress;
  readonly checkpointId: number;
  readonly metrics: CheckpointMetrics;
  /** State by operator id. */
  readonly states: ReadonlyMap<string, OperatorSubtaskState>;
  /** True when the task's data had ended before the checkpoint. */
  readonly operatorsFinished: boolean;
}

/** From tasks to the coordinator. */
export interface CheckpointResponder {
  acknowledgeCheckpoint(acknowledgement: CheckpointAcknowledgement): void;
  /** @param error - why; a `CheckpointError` where the state could not be written */
  declineCheckpoint(task: SubtaskAddress, checkpointId: number, error: unknown): void;
  /** The task was still writing when it gave the checkpoint up: now it is done, files may be left. */
  lateStateWritten(checkpointId: number): void;
}

/** From the coordinator to tasks. */
export interface CheckpointTargets {
  /** To source tasks only: the barrier starts there. */
  triggerCheckpoint(task: SubtaskAddress, barrier: CheckpointBarrier): void;
  notifyCheckpointComplete(task: SubtaskAddress, checkpointId: number): void;
  notifyCheckpointAborted(task: SubtaskAddress, checkpointId: number): void;
}

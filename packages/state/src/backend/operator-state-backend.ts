/**
 * Operator state of one subtask: lists and broadcast maps, in memory in every backend.
 *
 * Flink: OperatorStateBackend, DefaultOperatorStateBackend.
 */
import type { OperatorStateStore } from '@millrace/core';
import type { OperatorStateHandle } from '../snapshot/operator-state-handle.ts';
import type { CheckpointStreamFactory } from '../storage/checkpoint-storage.ts';

export interface OperatorStateBackend extends OperatorStateStore {
  /** Copies what it holds (the synchronous part); `write` writes it. */
  snapshot(checkpointId: number, streams: CheckpointStreamFactory): OperatorStateSnapshot;
  dispose(): void;
}

export interface OperatorStateSnapshot {
  /** `undefined` when there is no operator state at all. */
  write(): Promise<OperatorStateHandle | undefined>;
}

/**
 * Operator state of one subtask: lists and broadcast maps, in memory in every backend.
 *
 * Flink: OperatorStateBackend, DefaultOperatorStateBackend.
 */
import type { OperatorStateStore } from '@millrace/core';
import type { RowPage } from '../rows/row-page.ts';
import type { OperatorStateHandle } from '../snapshot/operator-state-handle.ts';
import type { CheckpointStreamFactory } from '../storage/checkpoint-storage.ts';
import type { OperatorStatesDescription, OperatorStateView } from './operator-state-view.ts';

export interface OperatorStateBackend extends OperatorStateStore {
  /** Copies what it holds (the synchronous part); `write` writes it. */
  snapshot(checkpointId: number, streams: CheckpointStreamFactory): OperatorStateSnapshot;
  /** The states of now, declared or restored, without what they hold. */
  describe(): OperatorStatesDescription;
  /** Copies these states as they are now, to be read while they change; those that it has not are left out. */
  openView(stateNames: readonly string[]): OperatorStateView;
  /**
   * What a broadcast state has under a key, as it is now: one row, or none.
   *
   * @param key - as its serializer writes it
   * @throws what the serializer throws for other bytes
   */
  readBroadcastKey(stateName: string, key: Uint8Array): RowPage;
  dispose(): void;
}

export interface OperatorStateSnapshot {
  /** `undefined` when there is no operator state at all. */
  write(): Promise<OperatorStateHandle | undefined>;
}

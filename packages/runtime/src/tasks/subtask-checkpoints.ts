/**
 * The checkpoints that one task is writing.
 *
 * Invariants:
 * - A checkpoint of this task is acknowledged or declined once, or aborted.
 * - After an abort nothing of that checkpoint is reported, and what was kept for it is dropped.
 *
 * Flink: SubtaskCheckpointCoordinatorImpl.
 */
import type { OperatorSubtaskState } from '@millrace/state';
import type { SubtaskAddress } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import type { CheckpointMetrics } from '../checkpoint/checkpoint-options.ts';
import type { OperatorSnapshotFutures } from '../operators/stream-operator.ts';
import type { TaskServices } from './task-deployment.ts';

export class SubtaskCheckpoints {
  private readonly address: SubtaskAddress;
  private readonly services: TaskServices;
  private readonly running = new Map<number, ReadonlyMap<string, OperatorSnapshotFutures>>();

  constructor(address: SubtaskAddress, services: TaskServices) {
    this.address = address;
    this.services = services;
  }

  /** Writes what the synchronous part fixed, while records go on. */
  async write(
    checkpointId: number,
    futures: ReadonlyMap<string, OperatorSnapshotFutures>,
    metrics: Omit<CheckpointMetrics, 'asyncDurationMs'>,
  ): Promise<void> {
    this.running.set(checkpointId, futures);
    const { clock, responder } = this.services;
    const began = clock.now();
    try {
      const states = new Map<string, OperatorSubtaskState>();
      for (const [operatorId, future] of futures) {
        states.set(operatorId, await future.write());
      }
      this.services.checkAcknowledgeSize(states.values());
      if (this.running.delete(checkpointId)) {
        responder.acknowledgeCheckpoint(
          this.address,
          checkpointId,
          { ...metrics, asyncDurationMs: clock.now() - began },
          states,
        );
      }
    } catch (error) {
      if (this.running.has(checkpointId)) {
        this.abort(checkpointId);
        responder.declineCheckpoint(this.address, checkpointId, error);
      }
    }
  }

  abort(checkpointId: number): void {
    const futures = this.running.get(checkpointId);
    this.running.delete(checkpointId);
    for (const future of futures?.values() ?? []) {
      future.cancel();
    }
  }

  abortAll(): void {
    for (const checkpointId of [...this.running.keys()]) {
      this.abort(checkpointId);
    }
  }
}

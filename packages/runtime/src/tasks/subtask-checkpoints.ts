/**
 * The checkpoints that one task is writing.
 *
 * Invariants:
 * - A checkpoint of this task is acknowledged or declined once, or aborted.
 * - After an abort no state of that checkpoint is handed in, and what was kept for it is dropped;
 *   what was being written is told of once it is written, so that its files can go.
 *
 * Flink: SubtaskCheckpointCoordinatorImpl.
 */
import { type OperatorSubtaskState, stateNotWritten } from '@millrace/state';
import type { CheckpointMetrics } from '../checkpoint/checkpoint-options.ts';
import type { OperatorSnapshotFutures } from '../operators/stream-operator.ts';
import type { TaskDeployment, TaskServices } from './task-deployment.ts';

interface CheckpointReport {
  readonly metrics: Omit<CheckpointMetrics, 'asyncDurationMs'>;
  /** The task's data had ended before. */
  readonly operatorsFinished: boolean;
}

export class SubtaskCheckpoints {
  private readonly deployment: TaskDeployment;
  private readonly services: TaskServices;
  private readonly running = new Map<number, ReadonlyMap<string, OperatorSnapshotFutures>>();
  private readonly writing = new Set<Promise<void>>();

  constructor(deployment: TaskDeployment, services: TaskServices) {
    this.deployment = deployment;
    this.services = services;
  }

  get isWriting(): boolean {
    return this.writing.size > 0;
  }

  /** Resolves once nothing is being written. */
  async settled(): Promise<void> {
    while (this.writing.size > 0) {
      await Promise.all(this.writing);
    }
  }

  /** Writes what the synchronous part fixed, while records go on. */
  write(
    checkpointId: number,
    futures: ReadonlyMap<string, OperatorSnapshotFutures>,
    report: CheckpointReport,
  ): Promise<void> {
    const writing = this.writeAndReport(checkpointId, futures, report).finally(() =>
      this.writing.delete(writing),
    );
    this.writing.add(writing);
    return writing;
  }

  private async writeAndReport(
    checkpointId: number,
    futures: ReadonlyMap<string, OperatorSnapshotFutures>,
    report: CheckpointReport,
  ): Promise<void> {
    this.running.set(checkpointId, futures);
    const { clock, responder } = this.services;
    const began = clock.now();
    let states: Map<string, OperatorSubtaskState>;
    try {
      states = await this.writeAll(futures);
    } catch (error) {
      if (this.running.has(checkpointId)) {
        this.abort(checkpointId);
        responder.declineCheckpoint(this.deployment.address, checkpointId, error);
      } else {
        responder.lateStateWritten(checkpointId);
      }
      return;
    }
    if (this.running.delete(checkpointId)) {
      responder.acknowledgeCheckpoint({
        task: this.deployment.address,
        checkpointId,
        metrics: { ...report.metrics, asyncDurationMs: clock.now() - began },
        states,
        operatorsFinished: report.operatorsFinished,
      });
    } else {
      responder.lateStateWritten(checkpointId);
    }
  }

  private async writeAll(
    futures: ReadonlyMap<string, OperatorSnapshotFutures>,
  ): Promise<Map<string, OperatorSubtaskState>> {
    const states = new Map<string, OperatorSubtaskState>();
    for (const [operatorId, future] of futures) {
      try {
        states.set(operatorId, await future.write());
      } catch (error) {
        throw stateNotWritten(this.describe(operatorId), error);
      }
    }
    this.services.checkAcknowledgeSize(states.values());
    return states;
  }

  private describe(operatorId: string): string {
    const { vertex, address } = this.deployment;
    const operator = vertex.operators.find((each) => each.operatorId === operatorId);
    const uid = operator?.uid === undefined ? '' : ` (uid ${operator.uid})`;
    const subtask = `subtask ${address.subtask + 1}/${vertex.parallelism}`;
    return `operator ${operator?.name ?? operatorId}${uid}, ${subtask}`;
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

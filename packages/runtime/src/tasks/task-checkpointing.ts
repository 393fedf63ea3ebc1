/**
 * The checkpoints of one task, from the barrier to the snapshot of its operators.
 *
 * Invariants:
 * - What was waited for goes no further once the task has failed or was cancelled: a checkpoint
 *   never holds what is left of closed operators.
 * - A checkpoint that was aborted before it began here never begins.
 * - A barrier goes downstream before any record that the snapshot does not hold.
 * - With a savepoint that the job stops with, nothing goes downstream after its barrier.
 *
 * Flink: StreamTask.performCheckpoint, SubtaskCheckpointCoordinatorImpl.
 */
import { TaskError } from '@millrace/core';
import type { CheckpointStreamFactory } from '@millrace/state';
import type { CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import { drainsJob, stopsJob } from '../checkpoint/savepoint-types.ts';
import type { CheckpointStartTiming } from './gate-task-input.ts';
import type { Mailbox } from './mailbox.ts';
import type { OperatorChain } from './operator-chain.ts';
import { SubtaskCheckpoints } from './subtask-checkpoints.ts';
import type { TaskDeployment, TaskServices } from './task-deployment.ts';
import type { TaskProcessingTimeService } from './task-processing-time-service.ts';
import type { TaskSuspension } from './task-suspension.ts';

/** The task, as far as its checkpoints see it. */
export interface CheckpointedTask {
  readonly chain: OperatorChain;
  readonly mailbox: Mailbox;
  readonly timers: TaskProcessingTimeService;
  readonly suspension: TaskSuspension;
  readonly isSource: boolean;
  readonly isAlive: boolean;
  readonly isRunning: boolean;
  /** Its data has ended, and its operators have finished. */
  readonly isFinishing: boolean;
  /** Its input gives an alignment up. */
  abortAlignment(checkpointId: number): void;
  finishOperators(end: { readonly awaitsSavepoint: boolean }): Promise<void>;
  /** The end of the data is in a checkpoint: the task ends. */
  complete(): Promise<void>;
  fail(error: unknown): void;
}

export class TaskCheckpointing {
  private readonly task: CheckpointedTask;
  private readonly deployment: TaskDeployment;
  private readonly services: TaskServices;
  private readonly checkpoints: SubtaskCheckpoints;
  /** The first checkpoint that holds the end of the data, or the savepoint that the job stops with. */
  private finalCheckpointId: number | undefined;
  /** The savepoint that the job stops with, once it has begun here. */
  private stopSavepointId: number | undefined;
  /** Checkpoints that cannot begin yet, and how they will; by id. */
  private readonly heldBack = new Map<number, () => void>();

  constructor(task: CheckpointedTask, deployment: TaskDeployment, services: TaskServices) {
    this.task = task;
    this.deployment = deployment;
    this.services = services;
    this.checkpoints = new SubtaskCheckpoints(deployment, services);
  }

  /** True while state is on its way to the storage. */
  get isWriting(): boolean {
    return this.checkpoints.isWriting;
  }

  /** The job stops with a savepoint that has begun here. */
  get isStopping(): boolean {
    return this.stopSavepointId !== undefined;
  }

  /** Resolves once nothing is being written. */
  settled(): Promise<void> {
    return this.checkpoints.settled();
  }

  abortAll(): void {
    this.checkpoints.abortAll();
  }

  /** From the coordinator: the barrier begins at this task. */
  trigger(barrier: CheckpointBarrier): void {
    if (!this.task.isSource && this.task.isRunning) {
      // All that feed it have ended, but it has not read to their end yet.
      this.heldBack.set(barrier.checkpointId, () => this.begin(barrier));
    } else {
      this.begin(barrier);
    }
  }

  async notifyComplete(checkpointId: number): Promise<void> {
    await this.task.chain.notifyCheckpointComplete(checkpointId);
    if (!this.task.isAlive) {
      return;
    }
    if (this.finalCheckpointId !== undefined && checkpointId >= this.finalCheckpointId) {
      await this.task.complete();
    }
  }

  notifyAborted(checkpointId: number): void {
    this.heldBack.delete(checkpointId);
    this.task.abortAlignment(checkpointId);
    this.checkpoints.abort(checkpointId);
    this.task.chain.notifyCheckpointAborted(checkpointId);
    if (checkpointId === this.stopSavepointId) {
      // It reads no more, so it cannot go on as if nothing had been.
      const message = `savepoint ${checkpointId}, which the job was to stop with, failed`;
      this.task.fail(new TaskError('STOP_WITH_SAVEPOINT_FAILED', message));
    }
  }

  /** What waited for the end of the data begins. */
  beginHeldBack(): void {
    for (const checkpointId of this.heldBack.keys()) {
      this.letBegin(checkpointId);
    }
  }

  perform(barrier: CheckpointBarrier, timing: CheckpointStartTiming): void {
    if (this.task.suspension.isActive) {
      // A channel that ended closed two alignments at once (at least once): one after the other.
      this.heldBack.set(barrier.checkpointId, () => this.perform(barrier, timing));
      this.letBegin(barrier.checkpointId);
      return;
    }
    this.task.suspension.while(() => this.checkpoint(barrier, timing));
  }

  /** Passes a marker on in the place of the barrier. */
  decline(checkpointId: number, error: unknown): void {
    this.checkpoints.abort(checkpointId);
    this.task.chain.notifyCheckpointAborted(checkpointId);
    this.task.chain.broadcastEvent({ kind: 'cancel-checkpoint', checkpointId });
    this.services.responder.declineCheckpoint(this.deployment.address, checkpointId, error);
  }

  /** Unless mail that has come before says that it was aborted. */
  private letBegin(checkpointId: number): void {
    this.task.mailbox.put(() => {
      const begin = this.heldBack.get(checkpointId);
      this.heldBack.delete(checkpointId);
      begin?.();
    });
  }

  private begin(barrier: CheckpointBarrier): void {
    const startDelayMs = this.services.clock.now() - barrier.timestamp;
    const timing = { alignmentDurationMs: 0, startDelayMs };
    if (this.task.isSource && this.task.isRunning && drainsJob(barrier.snapshotType)) {
      this.drain(barrier, timing);
    } else {
      this.perform(barrier, timing);
    }
  }

  private async checkpoint(
    barrier: CheckpointBarrier,
    timing: CheckpointStartTiming,
  ): Promise<void> {
    const began = this.services.clock.now();
    if (stopsJob(barrier.snapshotType)) {
      this.stopSavepointId = barrier.checkpointId;
      // What a timer or a late result emitted after the snapshot would be in no snapshot.
      this.task.timers.shutdown();
      this.task.mailbox.closeToOperators();
    }
    await this.task.chain.prepareSnapshotPreBarrier(barrier.checkpointId);
    if (this.task.isAlive) {
      this.takeSnapshot(barrier, { ...timing, began });
    } // Else it was closed meanwhile: what is left of its state is not what the checkpoint holds.
  }

  /** Event time comes to its end and all fires that waits for it; then the snapshot. */
  private drain(barrier: CheckpointBarrier, timing: CheckpointStartTiming): void {
    this.task.suspension.while(async () => {
      await this.task.finishOperators({ awaitsSavepoint: true });
      if (this.task.isAlive) {
        await this.checkpoint(barrier, timing);
      }
    });
  }

  private takeSnapshot(
    barrier: CheckpointBarrier,
    { alignmentDurationMs, startDelayMs, began }: CheckpointStartTiming & { began: number },
  ): void {
    const { checkpointId, timestamp } = barrier;
    let streams: CheckpointStreamFactory;
    try {
      streams = this.services.checkpointStreams(barrier);
    } catch (error) {
      this.decline(checkpointId, error);
      return;
    }
    this.task.chain.broadcastEvent({ kind: 'barrier', barrier });
    const futures = this.task.chain.snapshotState(checkpointId, timestamp, streams);
    const operatorsFinished = this.task.isFinishing;
    const isLast = operatorsFinished || stopsJob(barrier.snapshotType);
    if (isLast && this.finalCheckpointId === undefined) {
      this.finalCheckpointId = checkpointId;
    }
    const syncDurationMs = this.services.clock.now() - began;
    const metrics = { alignmentDurationMs, startDelayMs, syncDurationMs };
    // The asynchronous part: not awaited, and its failures are declines.
    this.checkpoints
      .write(checkpointId, futures, { metrics, operatorsFinished })
      .catch((error: unknown) => this.task.fail(error));
  }
}

/**
 * The checkpoints of one task, from the barrier to the snapshot of its operators.
 *
 * Invariants:
 * - What was waited for goes no further once the task has failed or was cancelled: a checkpoint
 *   never holds what is left of closed operators.
 * - A checkpoint that was aborted before it began here never begins.
 * - A barrier goes downstream before any record that the snapshot does not hold.
 *   One that overtakes leaves at once, also when the outputs are full.
 * - Of a checkpoint that is complete, aborted or subsumed by a newer barrier no timer is left.
 * - With a savepoint that the job stops with, nothing goes downstream after its barrier.
 *
 * Flink: StreamTask.performCheckpoint, SubtaskCheckpointCoordinatorImpl.
 */
import { TaskError, type Timer } from '@millrace/core';
import type { CheckpointStreamFactory } from '@millrace/state';
import {
  alignmentDeadline,
  type CheckpointBarrier,
  isTimeoutable,
  isUnaligned,
  withUnalignedSupported,
} from '../checkpoint/checkpoint-options.ts';
import { drainsJob, stopsJob } from '../checkpoint/savepoint-types.ts';
import type { CheckpointStartTiming } from './checkpointed-input.ts';
import type { InputRecording } from './input-recording.ts';
import type { Mailbox } from './mailbox.ts';
import type { OperatorChain } from './operator-chain.ts';
import { SubtaskCheckpoints } from './subtask-checkpoints.ts';
import { type OvertakenOutput, TaskChannelState } from './task-channel-state.ts';
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
  /** The barrier overtakes what is left in its channels; false where nothing can be overtaken. */
  overtakeAll(barrier: CheckpointBarrier): boolean;
  finishOperators(end: { readonly awaitsSavepoint: boolean }): Promise<void>;
  /** The end of the data is in a checkpoint: the task ends. */
  complete(): Promise<void>;
  fail(error: unknown): void;
}

interface CheckpointStart {
  readonly timing: CheckpointStartTiming;
  /** Of an unaligned checkpoint: what is in flight in the input channels. */
  readonly recording: InputRecording | undefined;
}

export class TaskCheckpointing {
  private readonly task: CheckpointedTask;
  private readonly deployment: TaskDeployment;
  private readonly services: TaskServices;
  private readonly checkpoints: SubtaskCheckpoints;
  /** Of the last checkpoint. */
  lastTiming: CheckpointStartTiming = { alignmentDurationMs: 0, startDelayMs: 0 };
  /** The first checkpoint that holds the end of the data, or the savepoint that the job stops with. */
  private finalCheckpointId: number | undefined;
  /** The savepoint that the job stops with, once it has begun here. */
  private stopSavepointId: number | undefined;
  /** Checkpoints that cannot begin yet, and how they will; by id. */
  private readonly heldBack = new Map<number, () => void>();
  /** Of barriers that went on with a timeout, by id. */
  private readonly timers = new Map<number, Timer>();

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
    for (const checkpointId of [...this.timers.keys()]) {
      this.cancelTimer(checkpointId);
    }
    this.checkpoints.abortAll();
  }

  /** From the coordinator: the barrier begins at this task. */
  trigger(barrier: CheckpointBarrier): void {
    if (!this.task.isSource && this.task.isRunning) {
      // All that feed it have ended, but it has not read to their end yet.
      this.heldBack.set(barrier.checkpointId, () => this.begin(barrier));
      this.overtakeLater(barrier);
    } else {
      this.begin(barrier);
    }
  }

  /** What is held back overtakes when its time has come. */
  private overtakeLater(barrier: CheckpointBarrier): void {
    const { checkpointId } = barrier;
    const overtake = (): void => {
      if (this.heldBack.has(checkpointId) && this.task.overtakeAll(barrier)) {
        this.heldBack.delete(checkpointId);
      }
    };
    if (isUnaligned(barrier)) {
      overtake();
    } else {
      this.atDeadline(barrier, () => this.task.mailbox.put(overtake));
    }
  }

  private atDeadline(barrier: CheckpointBarrier, action: () => void): void {
    const deadline = alignmentDeadline(barrier);
    if (deadline < Number.POSITIVE_INFINITY) {
      const { clock } = this.services;
      const { checkpointId } = barrier;
      this.cancelTimer(checkpointId);
      const timer = clock.setTimer(Math.max(0, deadline - clock.now()), () => {
        this.timers.delete(checkpointId);
        action();
      });
      this.timers.set(checkpointId, timer);
    }
  }

  private cancelTimer(checkpointId: number): void {
    this.timers.get(checkpointId)?.cancel();
    this.timers.delete(checkpointId);
  }

  private cancelTimersBefore(checkpointId: number): void {
    for (const each of [...this.timers.keys()]) {
      if (each < checkpointId) {
        this.cancelTimer(each);
      }
    }
  }

  /** Its barrier stays where it is. */
  private forgetBarrier(checkpointId: number): void {
    this.cancelTimer(checkpointId);
    this.task.chain.forgetBarrier(checkpointId);
  }

  async notifyComplete(checkpointId: number): Promise<void> {
    this.forgetBarrier(checkpointId);
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
    this.forgetBarrier(checkpointId);
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

  perform(barrier: CheckpointBarrier, start: CheckpointStart): void {
    if (this.task.suspension.isActive) {
      // A channel that ended closed two alignments at once (at least once): one after the other.
      this.heldBack.set(barrier.checkpointId, () => this.perform(barrier, start));
      this.letBegin(barrier.checkpointId);
      return;
    }
    this.task.suspension.while(() => this.checkpoint(barrier, start));
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
    const start = { timing: { alignmentDurationMs: 0, startDelayMs }, recording: undefined };
    if (this.task.isSource && this.task.isRunning && drainsJob(barrier.snapshotType)) {
      this.drain(barrier, start);
    } else {
      this.perform(barrier, start);
    }
  }

  private async checkpoint(barrier: CheckpointBarrier, start: CheckpointStart): Promise<void> {
    const began = this.services.clock.now();
    if (stopsJob(barrier.snapshotType)) {
      this.stopSavepointId = barrier.checkpointId;
      // What a timer or a late result emitted after the snapshot would be in no snapshot.
      this.task.timers.shutdown();
      this.task.mailbox.closeToOperators();
    }
    await this.task.chain.prepareSnapshotPreBarrier(barrier.checkpointId);
    if (this.task.isAlive) {
      this.takeSnapshot(barrier, start, began);
    } // Else it was closed meanwhile: what is left of its state is not what the checkpoint holds.
  }

  /** Event time comes to its end and all fires that waits for it; then the snapshot. */
  private drain(barrier: CheckpointBarrier, start: CheckpointStart): void {
    this.task.suspension.while(async () => {
      await this.task.finishOperators({ awaitsSavepoint: true });
      if (this.task.isAlive) {
        await this.checkpoint(barrier, start);
      }
    });
  }

  private takeSnapshot(
    barrier: CheckpointBarrier,
    { timing, recording }: CheckpointStart,
    began: number,
  ): void {
    const { checkpointId, timestamp } = barrier;
    this.lastTiming = timing;
    let streams: CheckpointStreamFactory;
    try {
      streams = this.services.checkpointStreams(barrier);
    } catch (error) {
      recording?.fail(error);
      this.decline(checkpointId, error);
      return;
    }
    const onward = withUnalignedSupported(barrier, this.services.clock.now());
    const outputs = this.sendOn(onward);
    const futures = this.task.chain.snapshotState(checkpointId, timestamp, streams);
    const operatorsFinished = this.task.isFinishing;
    const isLast = operatorsFinished || stopsJob(barrier.snapshotType);
    if (isLast && this.finalCheckpointId === undefined) {
      this.finalCheckpointId = checkpointId;
    }
    const syncDurationMs = this.services.clock.now() - began;
    const metrics = { ...timing, syncDurationMs, unalignedCheckpoint: isUnaligned(onward) };
    const channelState =
      recording === undefined && outputs.length === 0
        ? undefined
        : this.channelState(streams, recording, outputs);
    // The asynchronous part: not awaited, and its failures are declines.
    this.checkpoints
      .write(checkpointId, futures, { metrics, operatorsFinished, channelState })
      .catch((error: unknown) => this.task.fail(error));
  }

  private sendOn(barrier: CheckpointBarrier): OvertakenOutput[] {
    const { chain } = this.task;
    if (isUnaligned(barrier) || isTimeoutable(barrier)) {
      this.cancelTimersBefore(barrier.checkpointId);
    }
    const outputs = chain.broadcastBarrier(barrier);
    // Also where it has left all of them: behind them it may wait in what no receiver has looked at.
    this.atDeadline(barrier, () => chain.timeOutBarrier(barrier.checkpointId));
    return outputs;
  }

  private channelState(
    streams: CheckpointStreamFactory,
    input: InputRecording | undefined,
    outputs: readonly OvertakenOutput[],
  ): TaskChannelState {
    const { clock, snapshotSliceMs: sliceMs } = this.services;
    const { subtask } = this.deployment.address;
    return new TaskChannelState({ subtask, streams, input, outputs, slices: { clock, sliceMs } });
  }
}

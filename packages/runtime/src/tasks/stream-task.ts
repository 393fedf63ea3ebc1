/**
 * One subtask of a job vertex: its operators, its input and its mailbox, driven slice by slice.
 *
 * Invariants:
 * - One thing at a time: while a promise of an operator is pending, the task is suspended and takes
 *   neither mail nor input.
 * - What was waited for goes no further once the task has failed or was cancelled: a checkpoint
 *   never holds what is left of closed operators.
 * - A checkpoint that was aborted before it began here never begins.
 * - A barrier goes downstream before any record that the snapshot does not hold.
 * - With a savepoint that the job stops with, nothing goes downstream after its barrier, and the
 *   task ends when it completes.
 * - A task that has ended its data stays until a checkpoint holds that end, where checkpoints are
 *   taken, so that what it prepared is committed exactly once.
 *
 * Flink: StreamTask, OneInputStreamTask, TwoInputStreamTask, SourceOperatorStreamTask.
 */
import {
  AccumulatorRegistry,
  CheckpointError,
  invariant,
  PausableRelativeClock,
  TaskError,
} from '@millrace/core';
import type { CheckpointStreamFactory } from '@millrace/state';
import { BarrierAlignment } from '../checkpoint/barrier-alignment.ts';
import type { CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import { drainsJob, stopsJob } from '../checkpoint/savepoint-types.ts';
import { InputGate } from '../network/input-gate.ts';
import type { SourceStreamOperator } from '../operators/source-operator-contract.ts';
import type { Input } from '../operators/stream-operator.ts';
import { BatchTaskInput } from './batch-task-input.ts';
import { type CheckpointStartTiming, GateTaskInput } from './gate-task-input.ts';
import { headInputs } from './head-inputs.ts';
import { Mailbox } from './mailbox.ts';
import { OperatorChain, operatorMetricGroup } from './operator-chain.ts';
import { SourceTaskInput } from './source-task-input.ts';
import { SubtaskCheckpoints } from './subtask-checkpoints.ts';
import type { TaskDeployment, TaskServices } from './task-deployment.ts';
import type { TaskInput } from './task-input.ts';
import { TaskProcessingTimeService } from './task-processing-time-service.ts';

export type TaskStatus =
  | 'initializing'
  | 'running'
  /** All data has ended; a last checkpoint is awaited. */
  | 'finishing'
  | 'finished'
  | 'failed'
  | 'canceled';

export interface TaskListener {
  taskFinished(task: StreamTask): void;
  taskFailed(task: StreamTask, error: unknown): void;
  /** All input has ended and was processed; the end waits for a checkpoint. */
  taskReachedEndOfData(task: StreamTask): void;
}

export class StreamTask {
  readonly deployment: TaskDeployment;
  status: TaskStatus = 'initializing';
  private readonly services: TaskServices;
  private readonly listener: TaskListener;
  private readonly mailbox: Mailbox;
  private readonly timers: TaskProcessingTimeService;
  private readonly chain: OperatorChain;
  /** What its functions gather. */
  readonly accumulators: AccumulatorRegistry = new AccumulatorRegistry();
  private readonly input: TaskInput;
  private readonly checkpoints: SubtaskCheckpoints;
  private suspended = false;
  /** Resolves, never rejects, when what the task waits for is over. */
  private suspension: Promise<void> = Promise.resolve();
  private waitingForOperator = false;
  /** Stands still from a slice that met backpressure until one that does not. */
  private readonly inputActivityClock: PausableRelativeClock;
  private isBackpressured = false;
  /** Set while an operator yields: it waits, but operators' mail goes on. */
  private endYield: ((error: unknown) => void) | undefined;
  private readonly isSource: boolean;
  /** The first checkpoint that holds the end of the data, or the savepoint that the job stops with. */
  private finalCheckpointId: number | undefined;
  /** The savepoint that the job stops with, once it has begun here. */
  private stopSavepointId: number | undefined;
  /** Checkpoints that cannot begin yet, and how they will; by id. */
  private readonly heldBack = new Map<number, () => void>();

  constructor(deployment: TaskDeployment, services: TaskServices, listener: TaskListener) {
    this.deployment = deployment;
    this.services = services;
    this.listener = listener;
    this.mailbox = new Mailbox(services.wake);
    this.timers = new TaskProcessingTimeService(services.clock, this.mailbox);
    this.checkpoints = new SubtaskCheckpoints(deployment, services);
    const failTask = (error: unknown): void => this.fail(error);
    this.inputActivityClock = new PausableRelativeClock(services.clock);
    const hooks = {
      inputActivityClock: this.inputActivityClock,
      mailbox: this.mailbox,
      timers: this.timers,
      accumulators: this.accumulators,
      failTask,
      yieldUntil: (done: Promise<void>) => this.yieldUntil(done),
    };
    this.chain = new OperatorChain(deployment, services, hooks);
    this.isSource = deployment.vertex.operators[0]?.factory.kind === 'source';
    this.input = this.isSource
      ? new SourceTaskInput(this.chain.head as SourceStreamOperator<unknown>, {
          wake: services.wake,
          fail: failTask,
        })
      : this.channelsInput();
  }

  /** Restores and opens the operators; the task runs afterwards. */
  async initialize(): Promise<void> {
    await this.chain.initializeAndOpen();
    if (this.status === 'initializing') {
      this.status = 'running';
    }
  }

  /** True when `runSlice` would make progress. */
  get isRunnable(): boolean {
    if (!this.isAlive || this.status === 'initializing') {
      return false;
    }
    if (this.suspended) {
      return this.endYield !== undefined && this.mailbox.hasMailOfOperators;
    }
    return this.mailbox.hasMail || this.canTakeInput;
  }

  /** True while state of a checkpoint is on its way to the storage. */
  get isWritingCheckpoint(): boolean {
    return this.checkpoints.isWriting;
  }

  get currentWatermark(): number {
    return this.input.currentWatermark;
  }

  operatorCounter(operatorName: string, counter: 'numRecordsIn' | 'numRecordsOut'): number {
    const { metricGroup } = this.services;
    return operatorMetricGroup(metricGroup, this.deployment, operatorName).counter(counter).count;
  }

  /** Works off the mail, then at most `maxRecords` records. Errors fail the task. */
  runSlice(maxRecords: number): void {
    try {
      this.watchBackpressure();
      for (let action = this.nextMail(); action !== undefined; action = this.nextMail()) {
        action();
      }
      if (!this.suspended && this.isAlive && this.canTakeInput && !this.isHeldBackByOperator()) {
        if (this.input.processBatch(maxRecords) === 'end-of-data' && this.status === 'running') {
          this.endData();
        }
      }
      this.watchBackpressure();
    } catch (error) {
      this.fail(error);
    }
  }

  /** To source tasks, from the coordinator: the barrier begins here. */
  triggerCheckpoint(barrier: CheckpointBarrier): void {
    this.mailbox.put(() => {
      if (!this.isSource && this.status === 'running') {
        // All that feed it have ended, but it has not read to their end yet.
        this.heldBack.set(barrier.checkpointId, () => this.beginCheckpoint(barrier));
      } else {
        this.beginCheckpoint(barrier);
      }
    });
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.mailbox.put(() =>
      this.suspendFor(async () => {
        await this.chain.notifyCheckpointComplete(checkpointId);
        if (!this.isAlive) {
          return;
        }
        if (this.finalCheckpointId !== undefined && checkpointId >= this.finalCheckpointId) {
          await this.complete();
        }
      }),
    );
  }

  notifyCheckpointAborted(checkpointId: number): void {
    this.mailbox.put(() => {
      this.heldBack.delete(checkpointId);
      this.input.checkpointAborted(checkpointId);
      this.checkpoints.abort(checkpointId);
      this.chain.notifyCheckpointAborted(checkpointId);
      if (checkpointId === this.stopSavepointId) {
        // It reads no more, so it cannot go on as if nothing had been.
        const message = `savepoint ${checkpointId}, which the job was to stop with, failed`;
        this.fail(new TaskError('STOP_WITH_SAVEPOINT_FAILED', message));
      }
    });
  }

  /** From the enumerator, in order with checkpoint triggers. */
  addSplits(splits: readonly Uint8Array[], version: number): void {
    this.mailbox.put(() => this.sourceHead.handleAddSplits(splits, version));
  }

  alignWatermark(maxDesiredWatermark: number): void {
    this.mailbox.put(() => this.sourceHead.handleWatermarkAlignment(maxDesiredWatermark));
  }

  noMoreSplits(): void {
    this.mailbox.put(() => this.sourceHead.handleNoMoreSplits());
  }

  /**
   * Stops without finishing: waits for what an operator is in the middle of, a commit say, and for
   * state that is being written, then closes the operators.
   *
   * @throws the first error of closing
   */
  async cancel(): Promise<void> {
    if (this.status === 'finished') {
      return;
    }
    if (this.status !== 'failed') {
      this.status = 'canceled';
    }
    this.release();
    await this.suspension;
    await this.checkpoints.settled();
    await this.chain.close();
  }

  private watchBackpressure(): void {
    const isBackpressured = this.waitingForOperator || !this.chain.outputsAvailable;
    if (isBackpressured !== this.isBackpressured) {
      this.isBackpressured = isBackpressured;
      if (isBackpressured) {
        this.inputActivityClock.pause();
      } else {
        this.inputActivityClock.unPause();
      }
    }
  }

  private nextMail(): (() => void) | undefined {
    if (!this.isAlive) {
      return undefined;
    }
    if (this.suspended) {
      return this.endYield === undefined ? undefined : this.mailbox.takeOfOperator();
    }
    return this.mailbox.take();
  }

  private get isAlive(): boolean {
    return this.status === 'running' || this.status === 'finishing';
  }

  private get canTakeInput(): boolean {
    return (
      this.input.isAvailable &&
      !this.waitingForOperator &&
      ((this.status === 'running' && this.stopSavepointId === undefined) || !this.isSource) &&
      this.chain.outputsAvailable
    );
  }

  private get sourceHead(): SourceStreamOperator<unknown> {
    invariant(this.isSource, 'only a source task gets splits');
    return this.chain.head as SourceStreamOperator<unknown>;
  }

  private channelsInput(): TaskInput {
    const { vertex } = this.deployment;
    const { batchExecution } = this.services;
    const head = headInputs(this.chain.head, vertex);
    const { batchInputs } = vertex;
    return batchExecution === undefined || batchInputs === undefined
      ? this.gateInput(head)
      : new BatchTaskInput(this.deployment, {
          batchInputs,
          batchExecution,
          head,
          gateInput: (inputs) => this.gateInput(inputs),
        });
  }

  private gateInput(head: readonly Input<unknown>[]): GateTaskInput {
    const { inputs } = this.deployment;
    const mode = this.services.checkpointing?.mode ?? 'EXACTLY_ONCE';
    const alignment = new BarrierAlignment({ numberOfChannels: inputs.length, mode });
    const channels = inputs.map(({ channel }) => channel);
    return new GateTaskInput(new InputGate(channels, this.services.wake), head, {
      inputIndexes: inputs.map(({ inputIndex }) => inputIndex),
      alignment,
      hooks: {
        now: () => this.services.clock.now(),
        startCheckpoint: (barrier, timing) => this.performCheckpoint(barrier, timing),
        abortCheckpoint: (id, reason) => {
          const what = `checkpoint ${id} was ${reason} while aligning`;
          this.declineCheckpoint(id, new CheckpointError('CHECKPOINT_DECLINED', what));
        },
      },
    });
  }

  /** An operator that takes no more wakes the task when it does again. */
  private isHeldBackByOperator(): boolean {
    const waiting = this.chain.operatorBackpressure();
    if (waiting === undefined) {
      return false;
    }
    this.waitingForOperator = true;
    waiting.then(
      () => {
        this.waitingForOperator = false;
        this.services.wake();
      },
      (error: unknown) => this.fail(error),
    );
    return true;
  }

  /** Unless mail that has come before says that it was aborted. */
  private letBegin(checkpointId: number): void {
    this.mailbox.put(() => {
      const begin = this.heldBack.get(checkpointId);
      this.heldBack.delete(checkpointId);
      begin?.();
    });
  }

  private beginCheckpoint(barrier: CheckpointBarrier): void {
    const startDelayMs = this.services.clock.now() - barrier.timestamp;
    const timing = { alignmentDurationMs: 0, startDelayMs };
    if (this.isSource && this.status === 'running' && drainsJob(barrier.snapshotType)) {
      this.drain(barrier, timing);
    } else {
      this.performCheckpoint(barrier, timing);
    }
  }

  private performCheckpoint(barrier: CheckpointBarrier, timing: CheckpointStartTiming): void {
    if (this.suspended) {
      // A channel that ended closed two alignments at once (at least once): one after the other.
      this.heldBack.set(barrier.checkpointId, () => this.performCheckpoint(barrier, timing));
      this.letBegin(barrier.checkpointId);
      return;
    }
    this.suspendFor(() => this.checkpoint(barrier, timing));
  }

  private async checkpoint(
    barrier: CheckpointBarrier,
    timing: CheckpointStartTiming,
  ): Promise<void> {
    const began = this.services.clock.now();
    if (stopsJob(barrier.snapshotType)) {
      this.stopSavepointId = barrier.checkpointId;
      // What a timer or a late result emitted after the snapshot would be in no snapshot.
      this.timers.shutdown();
      this.mailbox.closeToOperators();
    }
    await this.chain.prepareSnapshotPreBarrier(barrier.checkpointId);
    if (this.isAlive) {
      this.takeSnapshot(barrier, { ...timing, began });
    } // Else it was closed meanwhile: what is left of its state is not what the checkpoint holds.
  }

  /** Event time comes to its end and all fires that waits for it; then the snapshot. */
  private drain(barrier: CheckpointBarrier, timing: CheckpointStartTiming): void {
    this.suspendFor(async () => {
      await this.finishOperators({ awaitsSavepoint: true });
      if (this.isAlive) {
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
      this.declineCheckpoint(checkpointId, error);
      return;
    }
    this.chain.broadcastEvent({ kind: 'barrier', barrier });
    const futures = this.chain.snapshotState(checkpointId, timestamp, streams);
    const operatorsFinished = this.status === 'finishing';
    const isLast = operatorsFinished || stopsJob(barrier.snapshotType);
    if (isLast && this.finalCheckpointId === undefined) {
      this.finalCheckpointId = checkpointId;
    }
    const syncDurationMs = this.services.clock.now() - began;
    const metrics = { alignmentDurationMs, startDelayMs, syncDurationMs };
    // The asynchronous part: not awaited, and its failures are declines.
    this.checkpoints
      .write(checkpointId, futures, { metrics, operatorsFinished })
      .catch((error: unknown) => this.fail(error));
  }

  /** Passes a marker on in the place of the barrier. */
  private declineCheckpoint(checkpointId: number, error: unknown): void {
    this.checkpoints.abort(checkpointId);
    this.chain.notifyCheckpointAborted(checkpointId);
    this.chain.broadcastEvent({ kind: 'cancel-checkpoint', checkpointId });
    this.services.responder.declineCheckpoint(this.deployment.address, checkpointId, error);
  }

  private endData(): void {
    const { awaitsSavepoint } = this.input;
    this.suspendFor(() => this.finishOperators({ awaitsSavepoint }));
  }

  private async finishOperators(end: { readonly awaitsSavepoint: boolean }): Promise<void> {
    if (this.isSource) {
      this.sourceHead.emitFinalWatermark();
    }
    await this.chain.finish();
    if (!this.isAlive) {
      return;
    }
    this.chain.broadcastEvent({ kind: 'end-of-data', ...end });
    if (!end.awaitsSavepoint && !this.services.checkpointing?.afterTasksFinish) {
      await this.complete();
      return;
    }
    this.status = 'finishing';
    this.listener.taskReachedEndOfData(this);
    for (const checkpointId of this.heldBack.keys()) {
      this.letBegin(checkpointId);
    }
  }

  private async complete(): Promise<void> {
    this.chain.broadcastEvent({ kind: 'end-of-partition' });
    // A later checkpoint may be under way: it is handed in, or its files would be nobody's.
    await this.checkpoints.settled();
    await this.chain.close();
    if (!this.isAlive) {
      return;
    }
    this.release();
    this.status = 'finished';
    this.listener.taskFinished(this);
  }

  /** Runs work that may wait; nothing else of this task runs until it is done. */
  private suspendFor(work: () => Promise<void>): void {
    invariant(!this.suspended, 'a task waits for one thing at a time');
    this.suspended = true;
    this.suspension = work().then(
      () => {
        this.suspended = false;
        this.services.wake();
      },
      (error: unknown) => this.fail(error),
    );
  }

  /** Within a suspension: operators' mail goes on until `done` resolves or the task ends. */
  private async yieldUntil(done: Promise<void>): Promise<void> {
    const ended = new Promise<never>((_resolve, reject) => {
      this.endYield = reject;
    });
    this.services.wake();
    try {
      await Promise.race([done, ended]);
    } finally {
      this.endYield = undefined;
    }
  }

  private fail(error: unknown): void {
    if (this.status === 'finished' || this.status === 'failed' || this.status === 'canceled') {
      return;
    }
    this.status = 'failed';
    this.listener.taskFailed(this, error);
  }

  private release(): void {
    this.input.close();
    this.timers.shutdown();
    this.mailbox.close();
    this.endYield?.(new TaskError('TASK_FAILED', 'the task ended while an operator was finishing'));
    this.checkpoints.abortAll();
  }
}

/**
 * One subtask of a job vertex: its operators, its input and its mailbox, driven slice by slice.
 *
 * Invariants:
 * - One thing at a time: while a promise of an operator is pending, the task is suspended and takes
 *   neither mail nor input (`task-suspension.ts`).
 * - With a savepoint that the job stops with, the task ends when it completes; the rules of
 *   checkpoints are in `task-checkpointing.ts`.
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
  type TaskMetrics,
} from '@millrace/core';
import { BarrierAlignment } from '../checkpoint/barrier-alignment.ts';
import type { CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import { LIVE_STATE_DEFAULTS, TaskStateQueries } from '../live-state/task-state-queries.ts';
import { InputGate } from '../network/input-gate.ts';
import type { SourceStreamOperator } from '../operators/source-operator-contract.ts';
import type { Input } from '../operators/stream-operator.ts';
import { Activity, ActivityTimes } from './activity-times.ts';
import { BatchTaskInput } from './batch-task-input.ts';
import { GateTaskInput } from './gate-task-input.ts';
import { headInputs } from './head-inputs.ts';
import { Mailbox } from './mailbox.ts';
import { OperatorChain } from './operator-chain.ts';
import { SourceTaskInput } from './source-task-input.ts';
import { TaskCheckpointing } from './task-checkpointing.ts';
import { describeSubtask, type TaskDeployment, type TaskServices } from './task-deployment.ts';
import type { TaskInput } from './task-input.ts';
import { type MeasuredTask, TaskIOMetrics, type TaskLoad } from './task-io-metrics.ts';
import { TaskProcessingTimeService } from './task-processing-time-service.ts';
import { TaskSuspension } from './task-suspension.ts';

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
  private readonly metrics: TaskMetrics;
  private readonly activity: ActivityTimes;
  private readonly io: TaskIOMetrics;
  /** What its functions gather. */
  readonly accumulators: AccumulatorRegistry = new AccumulatorRegistry();
  /** Of its state, from outside. */
  readonly stateQueries: TaskStateQueries;
  private readonly input: TaskInput;
  private readonly checkpointing: TaskCheckpointing;
  private readonly suspension: TaskSuspension;
  private waitingForOperator = false;
  /** Stands still from a slice that met backpressure until one that does not. */
  private readonly inputActivityClock: PausableRelativeClock;
  private isBackpressured = false;
  /** It reads for itself, and no channels. */
  readonly isSource: boolean;

  constructor(deployment: TaskDeployment, services: TaskServices, listener: TaskListener) {
    this.deployment = deployment;
    this.services = services;
    this.listener = listener;
    this.mailbox = new Mailbox(services.wake, services.clock);
    this.activity = new ActivityTimes(Activity.BUSY, services.clock.now());
    this.timers = new TaskProcessingTimeService(services.clock, this.mailbox);
    const failTask = (error: unknown): void => this.fail(error);
    this.suspension = new TaskSuspension({ wake: services.wake, fail: failTask });
    this.inputActivityClock = new PausableRelativeClock(services.clock);
    this.metrics = services.jobMetrics.task({
      taskId: deployment.address.vertexId,
      taskName: deployment.vertex.name,
      subtaskIndex: deployment.address.subtask,
      attemptNumber: deployment.attemptNumber,
    });
    const hooks = {
      metrics: this.metrics,
      inputActivityClock: this.inputActivityClock,
      mailbox: this.mailbox,
      timers: this.timers,
      accumulators: this.accumulators,
      failTask,
      yieldUntil: (done: Promise<void>) => this.suspension.yieldUntil(done),
    };
    this.chain = new OperatorChain(deployment, services, hooks);
    this.isSource = deployment.vertex.operators[0]?.factory.kind === 'source';
    this.checkpointing = this.createCheckpointing();
    this.stateQueries = new TaskStateQueries({
      operators: this.chain.queried,
      clock: services.clock,
      sliceMs: services.snapshotSliceMs,
      settings: services.liveState ?? LIVE_STATE_DEFAULTS,
      taskName: describeSubtask(deployment),
      parallelism: deployment.vertex.parallelism,
      put: (action) => this.mailbox.put(action),
    });
    this.input = this.isSource
      ? new SourceTaskInput(this.chain.head as SourceStreamOperator<unknown>, {
          wake: services.wake,
          fail: failTask,
        })
      : this.channelsInput();
    this.io = new TaskIOMetrics(this.metrics, deployment, this.measured());
  }

  /** Restores and opens the operators; the task runs afterwards. */
  async initialize(): Promise<void> {
    const { clock } = this.services;
    const began = clock.now();
    await this.chain.initializeAndOpen();
    this.metrics.group.counter('initializationTime').inc(clock.now() - began);
    if (this.status === 'initializing') {
      this.status = 'running';
      this.activity.switchTo(Activity.IDLE, clock.now());
    }
  }

  /** True when `runSlice` would make progress. */
  get isRunnable(): boolean {
    if (!this.isAlive || this.status === 'initializing') {
      return false;
    }
    if (this.suspension.isActive) {
      return this.suspension.isYielding && this.mailbox.hasMailOfOperators;
    }
    return this.mailbox.hasMail || this.canTakeInput;
  }

  /** True while its own slot sends it what is older, in event time, than what others do. */
  get isSlotBehind(): boolean {
    return this.input.isSlotBehind;
  }

  /** True while state of a checkpoint is on its way to the storage. */
  get isWritingCheckpoint(): boolean {
    return this.checkpointing.isWriting;
  }

  get currentWatermark(): number {
    return this.input.currentWatermark;
  }

  operatorCounter(operatorId: string, counter: 'numRecordsIn' | 'numRecordsOut'): number {
    const operator = this.deployment.vertex.operators.find(
      (each) => each.operatorId === operatorId,
    );
    invariant(operator !== undefined, 'an operator of the task has metrics');
    return this.metrics.operator(operatorId, operator.name).counter(counter).count;
  }

  /** Works off the mail, then at most `maxRecords` records. Errors fail the task. */
  runSlice(maxRecords: number): void {
    const { loopClock } = this.services;
    this.activity.switchTo(Activity.BUSY, loopClock.last);
    try {
      this.watchBackpressure();
      for (let action = this.nextMail(); action !== undefined; action = this.nextMail()) {
        action();
      }
      if (
        !this.suspension.isActive &&
        this.isAlive &&
        this.canTakeInput &&
        !this.isHeldBackByOperator()
      ) {
        if (this.input.processBatch(maxRecords) === 'end-of-data' && this.status === 'running') {
          this.endData();
        }
      }
      this.watchBackpressure();
    } catch (error) {
      this.fail(error);
    }
    this.activity.switchTo(this.activityBetweenSlices(), loopClock.now());
  }

  /** Where `isRunnable` is false: what it does meanwhile counts as that. */
  rest(): void {
    const activity = this.activityBetweenSlices();
    if (activity !== this.activity.current) {
      this.activity.switchTo(activity, this.services.loopClock.now());
    }
  }

  /** How it fares. */
  get load(): TaskLoad {
    return this.io.load(this.services.clock.now());
  }

  /** To source tasks, from the coordinator: the barrier begins here. */
  triggerCheckpoint(barrier: CheckpointBarrier): void {
    this.mailbox.put(() => this.checkpointing.trigger(barrier));
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.mailbox.put(() =>
      this.suspension.while(() => this.checkpointing.notifyComplete(checkpointId)),
    );
  }

  notifyCheckpointAborted(checkpointId: number): void {
    this.mailbox.put(() => this.checkpointing.notifyAborted(checkpointId));
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
    await this.suspension.settled;
    await this.checkpointing.settled();
    await this.chain.close();
  }

  private createCheckpointing(): TaskCheckpointing {
    const task = this;
    return new TaskCheckpointing(
      {
        chain: this.chain,
        mailbox: this.mailbox,
        timers: this.timers,
        suspension: this.suspension,
        isSource: this.isSource,
        get isAlive() {
          return task.isAlive;
        },
        get isRunning() {
          return task.status === 'running';
        },
        get isFinishing() {
          return task.status === 'finishing';
        },
        abortAlignment: (checkpointId) => this.input.checkpointAborted(checkpointId),
        overtakeAll: (barrier) => this.input.overtakeAll?.(barrier) ?? false,
        finishOperators: (end) => this.finishOperators(end),
        complete: () => this.complete(),
        fail: (error) => this.fail(error),
      },
      this.deployment,
      this.services,
    );
  }

  private measured(): MeasuredTask {
    const task = this;
    return {
      clock: this.services.clock,
      activity: this.activity,
      mailbox: this.mailbox,
      get isBackPressured() {
        return !task.chain.outputsAvailable;
      },
      get currentInputWatermark() {
        return task.currentWatermark;
      },
      get checkpointTiming() {
        return task.checkpointing.lastTiming;
      },
    };
  }

  private activityBetweenSlices(): Activity {
    if (!this.isAlive) {
      return Activity.IDLE;
    }
    if (this.suspension.isActive) {
      return Activity.BUSY;
    }
    if (this.mailbox.hasMail) {
      return Activity.WAITING;
    }
    if (!this.hasInput) {
      return Activity.IDLE;
    }
    if (this.waitingForOperator) {
      return Activity.BUSY;
    }
    return this.chain.outputsAvailable ? Activity.WAITING : Activity.BACK_PRESSURED;
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
    if (this.suspension.isActive) {
      return this.suspension.isYielding ? this.mailbox.takeOfOperator() : undefined;
    }
    return this.mailbox.take();
  }

  private get isAlive(): boolean {
    return this.status === 'running' || this.status === 'finishing';
  }

  private get canTakeInput(): boolean {
    return this.hasInput && !this.waitingForOperator && this.chain.outputsAvailable;
  }

  /** There is some, and it may be taken. */
  private get hasInput(): boolean {
    return (
      this.input.isAvailable &&
      ((this.status === 'running' && !this.checkpointing.isStopping) || !this.isSource)
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
      edgeIndexes: inputs.map(({ inputIndex, gateIndex = inputIndex }) => gateIndex),
      areOfSlot: inputs.map(({ isOfSlot = true }) => isOfSlot),
      inFlight: inputs.map(({ inFlight }) => inFlight),
      alignment,
      hooks: {
        now: () => this.services.clock.now(),
        startCheckpoint: (barrier, timing, recording) =>
          this.checkpointing.perform(barrier, { timing, recording }),
        abortCheckpoint: (id, reason) => {
          const what = `checkpoint ${id} was ${reason} while aligning`;
          this.checkpointing.decline(id, new CheckpointError('CHECKPOINT_DECLINED', what));
        },
        runSoon: (action) => this.mailbox.put(action),
        runAt: (timeMs, action) => {
          const { clock } = this.services;
          const put = (): void => this.mailbox.put(action);
          return clock.setTimer(Math.max(0, timeMs - clock.now()), put);
        },
        isSuspended: () => this.suspension.isActive,
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

  private endData(): void {
    const { awaitsSavepoint } = this.input;
    this.suspension.while(() => this.finishOperators({ awaitsSavepoint }));
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
    this.checkpointing.beginHeldBack();
  }

  private async complete(): Promise<void> {
    this.chain.broadcastEvent({ kind: 'end-of-partition' });
    // A later checkpoint may be under way: it is handed in, or its files would be nobody's.
    await this.checkpointing.settled();
    await this.chain.close();
    if (!this.isAlive) {
      return;
    }
    this.release();
    this.status = 'finished';
    this.listener.taskFinished(this);
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
    this.stateQueries.close();
    this.mailbox.close();
    const ended = 'the task ended while an operator was finishing';
    this.suspension.abortYield(new TaskError('TASK_FAILED', ended));
    this.checkpointing.abortAll();
  }
}

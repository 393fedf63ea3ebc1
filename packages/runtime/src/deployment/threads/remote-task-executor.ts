/**
 * The share of one slot of one attempt of a job, or of one of its regions, which a worker thread runs: what the JobManager says goes there
 * as messages, and what the thread says comes from it.
 *
 * Invariants:
 * - A worker that is lost fails the attempt unless its tasks had finished, and nothing waits for what it
 *   would have answered. All attempts that it runs hear of it, also when one of them ends it.
 * - Nothing is heard of the slot once it was cancelled.
 * - A worker that does not end its tasks in time is ended itself; the next attempt has a new one.
 * - The attempt is not over before the thread of a worker that was ended is: it may still be writing.
 */
import {
  type AccumulatorRegistry,
  type Clock,
  decodeError,
  errorCode,
  errorMessage,
  type MillraceError,
  type SinkCoordinator,
  TaskError,
  type Timer,
} from '@millrace/core';
import { reviveStateHandles } from '@millrace/state';
import type { SubtaskAddress } from '../../checkpoint/checkpoint-coordinator-gateway.ts';
import type { CheckpointBarrier } from '../../checkpoint/checkpoint-options.ts';
import type { StateAnswer, StateQuery } from '../../live-state/state-query.ts';
import type { KvStateLocation } from '../../operators/kv-state-location-registry.ts';
import { closeAll } from '../../taskmanager/orderly-close.ts';
import type {
  JobMasterGateway,
  TaskDetails,
  TaskExecutorGateway,
} from '../../taskmanager/task-executor-gateway.ts';
import { type AccumulatorPart, decodeAccumulators } from './accumulator-messages.ts';
import { AskedStates } from './asked-states.ts';
import type { ForeignAccumulators } from './foreign-accumulators.ts';
import type { SlotChannels } from './slot-channels.ts';
import { closingOfWorker } from './task-manager-pool.ts';
import type {
  MessageOfAttempt,
  TaskManagerListener,
  TaskManagerWorker,
} from './task-manager-worker.ts';
import type { Said, SlotReport, SlotShare, Tell } from './worker-messages.ts';

/** A worker tells itself what does not end in time, unless its loop is blocked. */
const GRACE_MS = 1000;

export interface RemoteTaskExecutorParts {
  readonly slot: number;
  readonly attempt: number;
  readonly share: SlotShare;
  readonly channels: SlotChannels;
  readonly clock: Clock;
  readonly jobMaster: JobMasterGateway;
  /** By operator id. */
  readonly sinkCoordinators: ReadonlyMap<string, SinkCoordinator>;
  readonly foreignAccumulators: ForeignAccumulators;
  /** 0: never. */
  readonly cancellationTimeoutMs: number;
  /** Of the slot: the one that lives, else a new one. */
  worker(): Promise<TaskManagerWorker>;
  /** Tells all slots where a savepoint goes, before its first barrier. */
  announce(barrier: CheckpointBarrier): void;
  /** All tasks of the slot have finished, and its last numbers are there. */
  ended(): Promise<void>;
  warn(message: string): void;
}

export class RemoteTaskExecutor implements TaskExecutorGateway, TaskManagerListener {
  private readonly parts: RemoteTaskExecutorParts;
  private worker: TaskManagerWorker | undefined;
  private report: SlotReport = {
    accumulators: [],
    taskDetails: [],
    queryableStates: [],
  };
  /** Of each task. */
  private gathered: readonly (readonly AccumulatorPart[])[] = [];
  private readonly initialized = new Answer();
  private readonly ran = new Answer();
  private readonly canceled = new Answer();
  private readonly askedStates = new AskedStates();
  private isStopped = false;
  private hasRun = false;
  private isOver = false;

  constructor(parts: RemoteTaskExecutorParts) {
    this.parts = parts;
  }

  async initialize(): Promise<void> {
    const { attempt, share, channels, jobMaster } = this.parts;
    try {
      const worker = await this.parts.worker();
      await worker.registered;
      if (this.isStopped) {
        return;
      }
      this.worker = worker;
      worker.attach(attempt, this);
      worker.send({ kind: 'deploy', attempt, share, channels });
      await this.initialized.promise;
    } catch (error) {
      if (errorCode(error) !== 'STATE_INCOMPATIBLE') {
        jobMaster.fail(error); // The others may wait for long.
      } // Else what does not fit in the others is told with it.
      throw error;
    }
  }

  async run(): Promise<void> {
    const { attempt } = this.parts;
    this.worker?.send({ kind: 'run', attempt });
    await this.ran.promise;
    if (this.worker?.isOver === false) {
      await this.parts.ended();
    }
  }

  stop(): void {
    if (!this.isStopped) {
      this.isStopped = true;
      this.worker?.send({ kind: 'stop', attempt: this.parts.attempt });
    }
  }

  async cancel(): Promise<void> {
    this.stop();
    const { worker } = this;
    const { clock, attempt, cancellationTimeoutMs, warn } = this.parts;
    if (worker === undefined || worker.isOver) {
      this.isOver = true;
      this.askedStates.end();
      await (worker && this.ended(worker));
      return;
    }
    worker.send({ kind: 'cancel', attempt });
    let timer: Timer | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      if (cancellationTimeoutMs > 0) {
        const error = new Error(`it did not answer within ${cancellationTimeoutMs} ms`);
        timer = clock.setTimer(cancellationTimeoutMs + GRACE_MS, () => reject(error));
      }
    });
    try {
      await Promise.race([this.canceled.promise, tooLate]);
    } catch (error) {
      const why = `${worker.name} is ended, as it could not be cancelled: ${errorMessage(error)}`;
      warn(why);
      this.isOver = true;
      void worker.expel(new TaskError('TASK_MANAGER_LOST', why));
      await this.ended(worker);
    } finally {
      timer?.cancel();
      this.isOver = true;
      worker.detach(attempt);
      this.askedStates.end();
    }
  }

  private async ended(worker: TaskManagerWorker): Promise<void> {
    const { clock, cancellationTimeoutMs: timeoutMs, warn } = this.parts;
    await closeAll([closingOfWorker(worker)], { clock, timeoutMs, warn });
  }

  triggerCheckpoint(...args: [task: SubtaskAddress, barrier: CheckpointBarrier]): void {
    this.parts.announce(args[1]);
    this.tell({ method: 'triggerCheckpoint', args });
  }

  notifyCheckpointComplete(...args: [task: SubtaskAddress, checkpointId: number]): void {
    this.tell({ method: 'notifyCheckpointComplete', args });
  }

  notifyCheckpointAborted(...args: [task: SubtaskAddress, checkpointId: number]): void {
    this.tell({ method: 'notifyCheckpointAborted', args });
  }

  addSplits(...args: [task: SubtaskAddress, splits: readonly Uint8Array[], version: number]): void {
    this.tell({ method: 'addSplits', args });
  }

  noMoreSplits(...args: [task: SubtaskAddress]): void {
    this.tell({ method: 'noMoreSplits', args });
  }

  alignWatermark(...args: [task: SubtaskAddress, maxDesiredWatermark: number]): void {
    this.tell({ method: 'alignWatermark', args });
  }

  /** The folder of a savepoint. */
  announceSavepoint(checkpointId: number, directory: string): void {
    this.worker?.send({ kind: 'savepoint', checkpointId, directory });
  }

  accumulators(): readonly AccumulatorRegistry[] {
    const { values } = this.parts.foreignAccumulators;
    return this.gathered.map((task) => decodeAccumulators(task, values));
  }

  taskDetails(): readonly TaskDetails[] {
    return this.report.taskDetails;
  }

  queryableStates(): readonly KvStateLocation[] {
    return this.report.queryableStates;
  }

  queryState<Q extends StateQuery>(task: SubtaskAddress, query: Q): Promise<StateAnswer<Q>> {
    const { attempt } = this.parts;
    const answer = this.askedStates.ask((request) =>
      this.worker?.send({ kind: 'query-state', attempt, request, task, query }),
    );
    return answer as Promise<StateAnswer<Q>>;
  }

  lost(error: MillraceError): void {
    this.askedStates.end();
    this.initialized.reject(error);
    this.ran.resolve();
    this.canceled.resolve();
    if (!this.isOver && !this.hasRun) {
      for (const { task } of this.report.taskDetails) {
        this.parts.jobMaster.updateTaskExecutionState(task, 'FAILED');
      }
      this.parts.jobMaster.fail(error);
    }
  }

  reported(report: SlotReport): void {
    if (!this.isOver) {
      this.take(report);
    }
  }

  handle(message: MessageOfAttempt): void {
    if (this.isOver) {
      return;
    }
    switch (message.kind) {
      case 'initialized':
      case 'ran':
      case 'canceled':
        this.take(message.report);
        this.hasRun ||= message.kind === 'ran' && message.error === undefined;
        this[message.kind].settle(
          message.error === undefined ? undefined : decodeError(message.error),
        );
        return;
      case 'state-answered':
        this.askedStates.answered(message.request, message.answer, message.error);
        return;
      case 'said':
        this.hear(message.said);
        return;
      case 'sink-event':
        this.parts.sinkCoordinators
          .get(message.operatorId)
          ?.handleWriterEvent(message.subtask, message.event);
        this.worker?.send({ kind: 'sink-event-taken', event: message.id });
    }
  }

  private take(report: SlotReport): void {
    this.report = report;
    if (report.accumulators !== undefined) {
      this.gathered = report.accumulators;
      const { foreignAccumulators, slot, attempt } = this.parts;
      foreignAccumulators.update({ slot, attempt }, report.accumulators);
    }
  }

  private hear(said: Said): void {
    const { jobMaster } = this.parts;
    switch (said.method) {
      case 'acknowledgeCheckpoint':
        jobMaster.acknowledgeCheckpoint({ ...said, states: reviveStateHandles(said.states) });
        return;
      case 'declineCheckpoint':
        jobMaster.declineCheckpoint(said.task, said.checkpointId, decodeError(said.error));
        return;
      case 'fail':
        jobMaster.fail(decodeError(said.error));
        return;
      default:
        // One union of methods and arguments that belong together; the compiler sees two.
        (jobMaster[said.method] as (...all: unknown[]) => void)(...said.args);
    }
  }

  private tell(tell: Tell): void {
    this.worker?.send({ kind: 'tell', attempt: this.parts.attempt, tell });
  }
}

/** What is answered once. */
class Answer {
  readonly promise: Promise<void>;
  resolve: () => void = () => {};
  reject: (error: unknown) => void = () => {};

  constructor() {
    this.promise = new Promise<void>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {}); // Whoever asks for it is told.
  }

  settle(error: Error | undefined): void {
    if (error === undefined) {
      this.resolve();
    } else {
      this.reject(error);
    }
  }
}

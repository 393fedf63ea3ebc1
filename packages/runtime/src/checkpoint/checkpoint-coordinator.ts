/**
 * Takes the checkpoints of one job: carries out what the checkpoint protocol decides.
 *
 * Invariants:
 * - Nothing is decided here: each event goes through `stepCheckpoint`, one at a time.
 * - A checkpoint that failed leaves no file, also when a task hands its state in afterwards.
 * - Tasks hear of a completion only after it is recorded where a restart finds it.
 *
 * Flink: CheckpointCoordinator.
 */
import {
  type CheckpointError,
  type Clock,
  errorCode,
  getLogger,
  type MillraceError,
  type Timer,
} from '@millrace/core';
import type { SnapshotType } from '@millrace/state';
import {
  type CheckpointAttempt,
  CheckpointAttempts,
  type CheckpointAttemptsOptions,
} from './checkpoint-attempts.ts';
import type {
  CheckpointAcknowledgement,
  CheckpointResponder,
  CheckpointTargets,
  SubtaskAddress,
} from './checkpoint-coordinator-gateway.ts';
import type { CheckpointFailureReason } from './checkpoint-failure-manager.ts';
import {
  describeFailure,
  endsWithoutTrouble,
  failureReason,
  finalizeFailureReason,
  notTaken,
  tooManyFailures,
} from './checkpoint-failure-reason.ts';
import { barrierOf } from './checkpoint-options.ts';
import { type CheckpointTask, subtaskKey } from './checkpoint-plan.ts';
import type { ExternalizedCheckpointRetention, JobEnd } from './checkpoint-properties.ts';
import { nextCheckpointDeadline, stepCheckpoint } from './checkpoint-protocol.ts';
import type { CheckpointDecision, CheckpointEvent } from './checkpoint-protocol-messages.ts';
import {
  type CheckpointProtocolConfig,
  type CheckpointProtocolState,
  initialCheckpointState,
} from './checkpoint-protocol-state.ts';
import type { CheckpointRequestKind } from './checkpoint-request-decider.ts';
import type { CheckpointStatsTracker } from './checkpoint-statistics.ts';
import { CHECKPOINT } from './checkpoint-types.ts';
import type { CompletedCheckpoint } from './completed-checkpoint.ts';
import { isPartOfJob } from './savepoint-types.ts';

const LOGGER = getLogger('checkpoint');

/** The side of an operator that lives beside the coordinator: a source's enumerator. */
export interface OperatorCoordinatorCheckpoints {
  readonly operatorId: string;
  /**
   * Synchronous, and the sources are triggered in the same turn: nothing that it sends to its
   * readers can come between its state and their barrier.
   */
  checkpointCoordinator(checkpointId: number): Uint8Array;
  notifyCheckpointComplete(checkpointId: number): void;
  notifyCheckpointAborted?(checkpointId: number): void;
}

export interface CheckpointCoordinatorOptions extends Omit<CheckpointAttemptsOptions, 'retention'> {
  readonly clock: Clock;
  /** In `[0, 1)`. */
  readonly random: () => number;
  readonly config: CheckpointProtocolConfig & {
    readonly retention: ExternalizedCheckpointRetention;
    /** After which barriers overtake, ms; never where it is left out. */
    readonly alignedTimeoutMs?: number | undefined;
  };
  readonly tasks: readonly CheckpointTask[];
  readonly targets: CheckpointTargets;
  /** Those of the attempt that runs. */
  readonly sourceCoordinators: () => readonly OperatorCoordinatorCheckpoints[];
  readonly statistics: CheckpointStatsTracker;
  /** Too many failures: the restart strategy decides what follows, unless the error is final. */
  readonly onFailJob: (error: MillraceError) => void;
}

interface Waiter {
  resolve(checkpoint: CompletedCheckpoint): void;
  reject(error: CheckpointError): void;
}

interface QueuedEvent {
  readonly event: CheckpointEvent;
  /** For who waits for what is given up at this event. */
  readonly jobFailure: unknown;
}

const FINAL_CHECKPOINT_RETRY_MS = 100;

export class CheckpointCoordinator implements CheckpointResponder {
  private readonly options: CheckpointCoordinatorOptions;
  private state: CheckpointProtocolState;
  private readonly attempts: CheckpointAttempts;
  private readonly waiters = new Map<number, Waiter>();
  private readonly background = new Set<Promise<void>>();
  /** Events that came while another one was carried out. */
  private readonly events: QueuedEvent[] = [];
  private isHandling = false;
  private timer: Timer | undefined;
  /** Ends the wait between two tries for the final checkpoint: the attempt is over. */
  private giveUpFinalCheckpoint: () => void = () => {};
  private nextRequestId = 1;

  constructor(options: CheckpointCoordinatorOptions) {
    this.options = options;
    const { config, tasks, idCounter } = options;
    this.attempts = new CheckpointAttempts({ ...options, retention: config.retention });
    this.state = initialCheckpointState({ config, tasks, nextCheckpointId: idCounter.next });
    options.completedStore.onDiscarded = (id) => options.statistics.reportDiscarded(id);
    options.completedStore.onCleaningChanged = (cleaningCheckpoints): void => {
      this.handle({ kind: 'cleaning-changed', cleaningCheckpoints, now: this.now() });
    };
  }

  get latestCheckpoint(): CompletedCheckpoint | undefined {
    return this.options.completedStore.latest;
  }

  get numberOfPendingCheckpoints(): number {
    return this.state.pending.length;
  }

  /**
   * Call when all tasks run.
   *
   * @param finishedTasks - those that the restored state says have ended
   * @param tasks - all, where the job runs at another parallelism than before
   */
  startCheckpointScheduler(
    finishedTasks: readonly SubtaskAddress[] = [],
    tasks?: readonly CheckpointTask[],
  ): void {
    const random = this.options.random();
    const finishedTaskKeys = finishedTasks.map(subtaskKey);
    const restoredUnclaimed = this.options.completedStore.mustTakeFullCheckpoint;
    const now = this.now();
    this.handle({ kind: 'job-running', finishedTaskKeys, tasks, random, restoredUnclaimed, now });
  }

  /**
   * Call when tasks fail: pending checkpoints are given up, except one that is being completed.
   * When the promise resolves, `latestCheckpoint` is the one to restore.
   *
   * @param jobFailure - why, for who waits for one that is given up
   */
  async stopCheckpointScheduler(jobFailure?: unknown): Promise<void> {
    this.giveUpFinalCheckpoint();
    this.handle({ kind: 'job-suspended', now: this.now() }, jobFailure);
    await this.settled();
  }

  /**
   * Call when some tasks fail and the others go on: what is pending is given up, and nothing is triggered
   * until all run again. Once `settled`, `latestCheckpoint` is the one to restore.
   */
  regionFailed(tasks: readonly SubtaskAddress[]): void {
    this.giveUpFinalCheckpoint();
    this.handle({ kind: 'region-failed', taskKeys: tasks.map(subtaskKey), now: this.now() });
  }

  /** The job is about to stop with a savepoint: whatever else is pending is given up. */
  pausePeriodicCheckpoints(): void {
    this.handle({ kind: 'periodic-paused', now: this.now() });
  }

  /** The job did not stop. */
  resumePeriodicCheckpoints(): void {
    this.handle({ kind: 'periodic-resumed', random: this.options.random(), now: this.now() });
  }

  /** The job has ended: checkpoints are kept or deleted as the retention says. */
  async shutdown(end: JobEnd): Promise<void> {
    this.handle({ kind: 'job-stopped', now: this.now() });
    await this.settled();
    await this.options.completedStore.shutdown(end);
  }

  /**
   * Takes one checkpoint out of turn.
   *
   * @throws CheckpointError with the reason when it was refused or aborted
   */
  triggerCheckpoint(
    options: {
      readonly kind?: CheckpointRequestKind;
      readonly snapshotType?: SnapshotType;
      /** Of a savepoint. */
      readonly targetDirectory?: string;
    } = {},
  ): Promise<CompletedCheckpoint> {
    const kind = options.kind ?? 'user';
    const snapshotType = options.snapshotType ?? CHECKPOINT;
    const requestId = this.nextRequestId++;
    const forced = kind === 'savepoint';
    return new Promise((resolve, reject) => {
      this.waiters.set(requestId, { resolve, reject });
      const now = this.now();
      const { targetDirectory } = options;
      const request = {
        ...{ requestId, kind, snapshotType, forced, requestedAt: now },
        ...(targetDirectory === undefined ? {} : { targetDirectory }),
      };
      this.handle({ kind: 'requested', request, now });
    });
  }

  /**
   * Takes checkpoints until one completes: when all input has ended, so that what the sinks hold
   * back is committed.
   *
   * @throws CheckpointError `CHECKPOINT_COORDINATOR_SHUTDOWN`, `NOT_ALL_REQUIRED_TASKS_RUNNING` when
   *   the job restarts or stops meanwhile
   */
  async awaitFinalCheckpoint(): Promise<CompletedCheckpoint> {
    for (;;) {
      try {
        return await this.triggerCheckpoint();
      } catch (error) {
        if (this.state.job !== 'running' || errorCode(error) === 'NOT_ALL_REQUIRED_TASKS_RUNNING') {
          throw error;
        }
        await new Promise<void>((resolve, reject) => {
          const timer = this.options.clock.setTimer(FINAL_CHECKPOINT_RETRY_MS, resolve);
          this.giveUpFinalCheckpoint = (): void => {
            timer.cancel();
            reject(error);
          };
        });
      }
    }
  }

  taskFinished(task: SubtaskAddress): void {
    this.handle({ kind: 'task-finished', taskKey: subtaskKey(task), now: this.now() });
  }

  acknowledgeCheckpoint(acknowledgement: CheckpointAcknowledgement): void {
    const { task, checkpointId, metrics, states, operatorsFinished } = acknowledgement;
    const now = this.now();
    const taskKey = subtaskKey(task);
    const report = { ...task, acknowledgedAt: now, metrics, states };
    const before = this.state.pending.find((p) => p.checkpointId === checkpointId);
    if (before?.notYetAcknowledged.has(taskKey)) {
      this.attempts.keepState(checkpointId, { taskKey, operatorsFinished }, states);
      this.options.statistics.reportAcknowledged(checkpointId, report);
    } else if (before === undefined) {
      this.inBackground(() => this.attempts.discardLateState(checkpointId, states));
    }
    this.handle({ kind: 'acknowledged', checkpointId, taskKey, operatorsFinished, now });
  }

  declineCheckpoint(task: SubtaskAddress, checkpointId: number, error: unknown): void {
    const attempt = this.attempts.get(checkpointId);
    if (attempt !== undefined) {
      attempt.failure ??= error;
    }
    const reason = failureReason(error, 'CHECKPOINT_DECLINED');
    const taskKey = subtaskKey(task);
    this.handle({ kind: 'declined', checkpointId, taskKey, reason, now: this.now() });
  }

  lateStateWritten(checkpointId: number): void {
    this.inBackground(() => this.attempts.discardLateState(checkpointId));
  }

  /** Resolves once nothing that this coordinator began goes on in the background. */
  async settled(): Promise<void> {
    while (this.background.size > 0) {
      await Promise.all(this.background);
    }
  }

  private now(): number {
    return this.options.clock.now();
  }

  private handle(event: CheckpointEvent, jobFailure?: unknown): void {
    this.events.push({ event, jobFailure });
    if (this.isHandling) {
      return; // A target called back: its event comes after the decisions at hand.
    }
    this.isHandling = true;
    try {
      for (let next = this.events.shift(); next !== undefined; next = this.events.shift()) {
        const { state, decisions } = stepCheckpoint(this.state, next.event);
        this.state = state;
        for (const decision of decisions) {
          this.carryOut(decision, next.jobFailure);
        }
      }
    } finally {
      this.isHandling = false;
    }
    this.armTimer();
  }

  private armTimer(): void {
    this.timer?.cancel();
    this.timer = undefined;
    const deadline = nextCheckpointDeadline(this.state);
    if (deadline !== undefined && Number.isFinite(deadline)) {
      this.timer = this.options.clock.setTimer(Math.max(0, deadline - this.now()), () => {
        this.timer = undefined;
        this.handle({ kind: 'time-reached', now: this.now() });
      });
    }
  }

  private carryOut(decision: CheckpointDecision, jobFailure: unknown): void {
    switch (decision.kind) {
      case 'prepare':
        this.prepare(decision);
        break;
      case 'trigger':
        this.trigger(decision);
        break;
      case 'keep-state':
      case 'discard-late-state':
        return; // Done when it was handed in.
      case 'finalize':
        this.finalize(decision.checkpointId);
        break;
      case 'complete':
        this.complete(decision);
        break;
      case 'abort':
        this.abort(decision);
        break;
      case 'refuse':
        this.refuse(decision, jobFailure);
        break;
      case 'fail-job':
        this.failJob(decision.checkpointId, decision.reason);
        break;
    }
  }

  private prepare(decision: Extract<CheckpointDecision, { kind: 'prepare' }>): void {
    const { checkpointId, request, plan, timestamp } = decision;
    const { statistics } = this.options;
    const attempt = this.attempts.begin(decision);
    statistics.reportTriggered({
      checkpointId,
      snapshotType: request.snapshotType,
      triggeredAt: timestamp,
      numSubtasks: plan.tasksToWaitFor.length,
      numSubtasksOf: countByVertex(plan.tasksToWaitFor),
    });
    this.inBackground(async () => {
      try {
        await attempt.location;
        if (this.attempts.get(checkpointId) === undefined) {
          return; // Aborted meanwhile.
        }
        for (const coordinator of this.options.sourceCoordinators()) {
          const state = coordinator.checkpointCoordinator(checkpointId);
          attempt.pending.putCoordinatorState(coordinator.operatorId, state);
        }
      } catch (error) {
        attempt.failure = error;
        const reason = failureReason(error, 'IO_EXCEPTION');
        this.handle({ kind: 'preparation-failed', checkpointId, reason, now: this.now() });
        return;
      }
      this.handle({ kind: 'prepared', checkpointId, now: this.now() });
    });
  }

  private trigger(decision: Extract<CheckpointDecision, { kind: 'trigger' }>): void {
    const { checkpointId, snapshotType, tasks } = decision;
    const { timestamp } = this.attempts.get(checkpointId)!.pending;
    const { alignedTimeoutMs } = this.options.config;
    const barrier = barrierOf({ checkpointId, timestamp, snapshotType }, alignedTimeoutMs);
    for (const { address } of tasks) {
      this.options.targets.triggerCheckpoint(address, barrier);
    }
  }

  private finalize(checkpointId: number): void {
    const attempt = this.attempts.get(checkpointId)!;
    this.inBackground(async () => {
      try {
        await this.attempts.finalize(attempt, () => this.now());
      } catch (error) {
        attempt.failure = error;
        const reason = finalizeFailureReason(error);
        this.handle({ kind: 'finalize-failed', checkpointId, reason, now: this.now() });
        return;
      }
      this.handle({ kind: 'finalized', checkpointId, now: this.now() });
    });
  }

  private complete(decision: Extract<CheckpointDecision, { kind: 'complete' }>): void {
    const { checkpointId, requestId, tasksToNotify } = decision;
    const completed = this.attempts.complete(checkpointId);
    const { externalPointer } = completed.location;
    this.options.statistics.reportCompleted(checkpointId, completed.completedAt, externalPointer);
    LOGGER.info(`completed checkpoint ${checkpointId}`, { checkpointId, path: externalPointer });
    // A savepoint's owner is told, the operators are not: the job may not depend on it.
    if (isPartOfJob(completed.properties.snapshotType)) {
      for (const { address } of tasksToNotify) {
        this.options.targets.notifyCheckpointComplete(address, checkpointId);
      }
      for (const coordinator of this.options.sourceCoordinators()) {
        coordinator.notifyCheckpointComplete(checkpointId);
      }
    }
    this.waiters.get(requestId)?.resolve(completed);
    this.waiters.delete(requestId);
  }

  private abort(decision: Extract<CheckpointDecision, { kind: 'abort' }>): void {
    const { checkpointId, reason, tasksToNotify } = decision;
    const attempt: CheckpointAttempt = this.attempts.abort(checkpointId);
    const message = describeFailure(checkpointId, reason, attempt.failure);
    this.options.statistics.reportFailed(checkpointId, this.now(), message);
    if (attempt.failure !== undefined || !endsWithoutTrouble(reason)) {
      this.options.warn(message);
    }
    for (const { address } of tasksToNotify) {
      this.options.targets.notifyCheckpointAborted(address, checkpointId);
    }
    for (const coordinator of this.options.sourceCoordinators()) {
      coordinator.notifyCheckpointAborted?.(checkpointId);
    }
    const states = attempt.pending.subtaskStates();
    this.inBackground(() => this.attempts.discard(checkpointId, states));
  }

  private refuse(
    decision: Extract<CheckpointDecision, { kind: 'refuse' }>,
    jobFailure: unknown,
  ): void {
    const { requestId, checkpointId, reason } = decision;
    const failure = checkpointId === undefined ? undefined : this.attempts.failureOf(checkpointId);
    this.waiters.get(requestId)?.reject(notTaken(reason, failure ?? jobFailure));
    this.waiters.delete(requestId);
  }

  private failJob(checkpointId: number, reason: CheckpointFailureReason): void {
    const { tolerableFailedCheckpoints } = this.options.config;
    const failure = this.attempts.failureOf(checkpointId);
    const last = { checkpointId, reason, failure, tolerableFailedCheckpoints };
    this.options.onFailJob(tooManyFailures(last));
  }

  private inBackground(work: () => Promise<void>): void {
    const tracked = work().finally(() => this.background.delete(tracked));
    this.background.add(tracked);
  }
}

function countByVertex(tasks: readonly CheckpointTask[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const {
    address: { vertexId },
  } of tasks) {
    counts[vertexId] = (counts[vertexId] ?? 0) + 1;
  }
  return counts;
}

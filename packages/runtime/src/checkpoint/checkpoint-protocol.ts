/**
 * The rules of checkpointing: facts in, decisions out.
 *
 * Invariants:
 * - Checkpoint ids grow by one; at most one checkpoint is being triggered at a time.
 * - A checkpoint completes only after every task of its plan acknowledged it and its metadata was
 *   written, and completes at most once.
 * - Once all tasks acknowledged, only a failing write can stop it; before, it may be aborted, and
 *   an aborted checkpoint never completes.
 * - Every request is answered once: with a checkpoint, or with a reason.
 * - Nothing is triggered while a task is on its way out, as it would be given up when that has finished.
 *
 * Pure: a state is never changed, time is a fact. Flink: CheckpointCoordinator.
 * Semantics: docs/architecture/checkpointing.md
 */
import {
  type CheckpointFailureReason,
  countCheckpointFailure,
  countCheckpointSuccess,
} from './checkpoint-failure-manager.ts';
import { type CheckpointTask, planCheckpoint, subtaskKey } from './checkpoint-plan.ts';
import type { CheckpointDecision, CheckpointEvent } from './checkpoint-protocol-messages.ts';
import type {
  CheckpointProtocolState,
  PendingCheckpointFacts,
} from './checkpoint-protocol-state.ts';
import {
  type CheckpointRequest,
  chooseRequest,
  enqueueRequest,
} from './checkpoint-request-decider.ts';
import { CHECKPOINT, FULL_CHECKPOINT } from './checkpoint-types.ts';
import { isPartOfJob, stopsJob } from './savepoint-types.ts';

export interface CheckpointStep {
  readonly state: CheckpointProtocolState;
  /** In the order in which the shell acts on them. */
  readonly decisions: readonly CheckpointDecision[];
}

export function stepCheckpoint(
  state: CheckpointProtocolState,
  event: CheckpointEvent,
): CheckpointStep {
  const step = new Step(state);
  step.apply(event);
  step.chooseNext(event.now);
  return step.result();
}

/** When the shell must come back with `time-reached`; `undefined`: not before another event. */
export function nextCheckpointDeadline(state: CheckpointProtocolState): number | undefined {
  const deadlines = state.pending
    .filter((pending) => pending.phase !== 'finalizing')
    .map((pending) => pending.expiresAt);
  if (state.nextPeriodicAt !== undefined) {
    deadlines.push(state.nextPeriodicAt);
  }
  return deadlines.length === 0 ? undefined : Math.min(...deadlines);
}

/** One event's way through the rules. Lives for one call, so the functions around it stay pure. */
class Step {
  private state: CheckpointProtocolState;
  private readonly decisions: CheckpointDecision[] = [];

  constructor(state: CheckpointProtocolState) {
    this.state = state;
  }

  result(): CheckpointStep {
    return { state: this.state, decisions: this.decisions };
  }

  apply(event: CheckpointEvent): void {
    switch (event.kind) {
      case 'time-reached':
        this.timeReached(event.now);
        break;
      case 'requested':
        this.requested(event.request);
        break;
      case 'prepared':
        this.prepared(event.checkpointId);
        break;
      case 'preparation-failed':
        this.failPhase(event.checkpointId, 'preparing', event.reason);
        break;
      case 'acknowledged':
        this.acknowledged(event);
        break;
      case 'declined':
        this.declined(event.checkpointId, event.taskKey, event.reason);
        break;
      case 'finalized':
        this.finalized(event.checkpointId, event.now);
        break;
      case 'finalize-failed':
        this.failPhase(event.checkpointId, 'finalizing', event.reason);
        break;
      case 'job-running':
        this.jobRunning(event);
        break;
      case 'job-suspended':
        this.jobLeft('waiting', 'CHECKPOINT_COORDINATOR_SUSPEND');
        break;
      case 'region-failed':
        this.regionFailed(event.taskKeys);
        break;
      case 'job-stopped':
        this.jobLeft('stopped', 'CHECKPOINT_COORDINATOR_SHUTDOWN');
        break;
      case 'periodic-paused':
        this.giveUpAll('CHECKPOINT_COORDINATOR_SUSPEND');
        break;
      case 'periodic-resumed':
        this.periodicResumed(event.now, event.random);
        break;
      case 'task-finished':
        this.taskFinished(event.taskKey);
        break;
      case 'cleaning-changed':
        this.set({ cleaningCheckpoints: event.cleaningCheckpoints });
        break;
    }
  }

  /** Starts what may start. Each choice takes one request out of the queue, so this ends. */
  chooseNext(now: number): void {
    const { state } = this;
    if (state.job !== 'running' || state.finishing.size > 0) {
      return;
    }
    const choice = chooseRequest(state.queue, {
      now,
      isTriggering: state.pending.some((pending) => pending.phase === 'preparing'),
      pendingCheckpoints: state.pending.length,
      cleaningCheckpoints: state.cleaningCheckpoints,
      maxConcurrentCheckpoints: state.config.maxConcurrentCheckpoints,
      minPauseMs: state.config.minPauseMs,
      lastCompletionAt: state.lastCompletionAt,
    });
    if (choice.kind === 'none') {
      return;
    }
    this.set({ queue: state.queue.slice(1) });
    if (choice.kind === 'too-early') {
      this.set({ nextPeriodicAt: choice.retryAt });
      this.refuse(choice.request, 'MINIMUM_TIME_BETWEEN_CHECKPOINTS');
    } else {
      this.start(choice.request, now);
    }
    this.chooseNext(now);
  }

  private start(request: CheckpointRequest, now: number): void {
    const { state } = this;
    const plan = planCheckpoint(state.tasks, state.finished);
    const allowed = state.config.checkpointsAfterTasksFinish || state.finished.size === 0;
    if (!allowed || plan.tasksToTrigger.length === 0) {
      this.refuse(request, 'NOT_ALL_REQUIRED_TASKS_RUNNING');
      return;
    }
    const checkpointId = state.nextCheckpointId;
    const pending: PendingCheckpointFacts = {
      checkpointId,
      request,
      plan,
      expiresAt: now + state.config.timeoutMs,
      phase: 'preparing',
      notYetAcknowledged: new Set(plan.tasksToWaitFor.map((task) => subtaskKey(task.address))),
      atTheirEnd: new Set(),
    };
    this.set({ nextCheckpointId: checkpointId + 1, pending: [...state.pending, pending] });
    this.decisions.push({ kind: 'prepare', checkpointId, request, plan, timestamp: now });
  }

  private timeReached(now: number): void {
    for (const pending of this.state.pending) {
      if (pending.phase !== 'finalizing' && pending.expiresAt <= now) {
        this.abort(pending, 'CHECKPOINT_EXPIRED');
      }
    }
    const { nextPeriodicAt, config, job } = this.state;
    if (job !== 'running' || nextPeriodicAt === undefined || nextPeriodicAt > now) {
      return;
    }
    const requestId = this.state.nextPeriodicRequestId;
    this.set({
      nextPeriodicAt: now + (config.intervalMs ?? Infinity),
      nextPeriodicRequestId: requestId - 1,
    });
    this.requested({
      requestId,
      kind: 'periodic',
      forced: false,
      requestedAt: now,
      snapshotType: CHECKPOINT,
    });
  }

  private requested(request: CheckpointRequest): void {
    if (this.state.job !== 'running') {
      const stopped = this.state.job === 'stopped';
      this.refuse(
        request,
        stopped ? 'CHECKPOINT_COORDINATOR_SHUTDOWN' : 'NOT_ALL_REQUIRED_TASKS_RUNNING',
      );
      return;
    }
    const { queue, refused } = enqueueRequest(this.state.queue, request);
    this.set({ queue });
    if (refused !== undefined) {
      this.refuse(refused, 'TOO_MANY_CHECKPOINT_REQUESTS');
    }
  }

  private prepared(checkpointId: number): void {
    const pending = this.find(checkpointId, 'preparing');
    if (pending === undefined) {
      return; // Aborted meanwhile; the abort has the shell discard what was prepared.
    }
    this.replace({ ...pending, phase: 'acknowledging' });
    const { plan, request } = pending;
    const forced = this.state.forceFullSnapshot && request.snapshotType.kind === 'checkpoint';
    const snapshotType = forced ? FULL_CHECKPOINT : request.snapshotType;
    this.decisions.push({
      kind: 'trigger',
      checkpointId,
      snapshotType,
      tasks: plan.tasksToTrigger,
    });
  }

  private acknowledged(event: Extract<CheckpointEvent, { kind: 'acknowledged' }>): void {
    const { checkpointId, taskKey, operatorsFinished } = event;
    const pending = this.state.pending.find((p) => p.checkpointId === checkpointId);
    if (pending === undefined) {
      this.decisions.push({ kind: 'discard-late-state', checkpointId, taskKey });
      return;
    }
    if (!pending.notYetAcknowledged.has(taskKey)) {
      return; // Said twice.
    }
    const notYetAcknowledged = withoutKeys(pending.notYetAcknowledged, [taskKey]);
    const complete = notYetAcknowledged.size === 0;
    this.replace({
      ...pending,
      notYetAcknowledged,
      atTheirEnd: operatorsFinished ? withKey(pending.atTheirEnd, taskKey) : pending.atTheirEnd,
      phase: complete ? 'finalizing' : pending.phase,
    });
    this.decisions.push({ kind: 'keep-state', checkpointId, taskKey });
    if (complete) {
      this.decisions.push({ kind: 'finalize', checkpointId });
    }
  }

  private declined(checkpointId: number, taskKey: string, reason: CheckpointFailureReason): void {
    const pending = this.state.pending.find((p) => p.checkpointId === checkpointId);
    // A task that acknowledged already cannot take it back.
    if (pending?.notYetAcknowledged.has(taskKey)) {
      this.abort(pending, reason);
    }
  }

  private finalized(checkpointId: number, now: number): void {
    const pending = this.find(checkpointId, 'finalizing');
    if (pending === undefined) {
      return;
    }
    this.remove(checkpointId);
    this.set({
      lastCompletionAt: now,
      failures: countCheckpointSuccess(this.state.failures, checkpointId),
    });
    this.decisions.push({
      kind: 'complete',
      checkpointId,
      requestId: pending.request.requestId,
      tasksToNotify: this.runningTasks(),
    });
    if (!isPartOfJob(pending.request.snapshotType)) {
      return;
    }
    const finishing = new Set([...this.state.finishing, ...pending.atTheirEnd]);
    this.set({ finishing: withoutKeys(finishing, this.state.finished) });
    if (pending.request.snapshotType.kind === 'checkpoint') {
      this.set({ forceFullSnapshot: false });
    }
    for (const older of this.state.pending) {
      const subsumable = older.phase !== 'finalizing' && older.request.kind !== 'savepoint';
      if (older.checkpointId < checkpointId && subsumable) {
        this.abort(older, 'CHECKPOINT_SUBSUMED');
      }
    }
  }

  private failPhase(
    checkpointId: number,
    phase: PendingCheckpointFacts['phase'],
    reason: CheckpointFailureReason,
  ): void {
    const pending = this.find(checkpointId, phase);
    if (pending !== undefined) {
      this.abort(pending, reason);
    }
  }

  private jobRunning(event: Extract<CheckpointEvent, { kind: 'job-running' }>): void {
    const { finishedTaskKeys, restoredUnclaimed, now, random } = event;
    if (this.state.job !== 'stopped') {
      const { tasks = this.state.tasks } = event;
      const finished = new Set(finishedTaskKeys);
      this.set({
        ...{ job: 'running', tasks, finished, failed: new Set() },
        finishing: withoutKeys(this.state.finishing, finished),
        forceFullSnapshot: restoredUnclaimed,
      });
      this.periodicResumed(now, random);
    }
  }

  private periodicResumed(now: number, random: number): void {
    const { intervalMs, minPauseMs } = this.state.config;
    if (this.state.job === 'running' && intervalMs !== undefined) {
      const delayMs = minPauseMs + Math.floor(random * (intervalMs - minPauseMs + 1));
      this.set({ nextPeriodicAt: now + delayMs });
    }
  }

  private regionFailed(taskKeys: readonly string[]): void {
    if (this.state.job === 'running' || this.state.job === 'failing-over') {
      this.set({ job: 'failing-over', failed: new Set([...this.state.failed, ...taskKeys]) });
      this.doNotFinish(taskKeys);
      this.giveUpAll('JOB_FAILOVER_REGION');
    }
  }

  /** They are no more. What was at its end in a checkpoint that is being written may run again. */
  private doNotFinish(taskKeys: readonly string[]): void {
    const { finishing, pending } = this.state;
    this.set({
      finishing: withoutKeys(finishing, taskKeys),
      pending: pending.map((each) => ({
        ...each,
        atTheirEnd: withoutKeys(each.atTheirEnd, taskKeys),
      })),
    });
  }

  private jobLeft(job: 'waiting' | 'stopped', reason: CheckpointFailureReason): void {
    this.set({ job: this.state.job === 'stopped' ? 'stopped' : job });
    this.doNotFinish(this.state.tasks.map(({ address }) => subtaskKey(address)));
    this.giveUpAll(reason);
  }

  private giveUpAll(reason: CheckpointFailureReason): void {
    const { queue, pending } = this.state;
    this.set({ nextPeriodicAt: undefined, queue: [] });
    for (const request of queue) {
      this.refuse(request, reason);
    }
    for (const checkpoint of pending) {
      if (checkpoint.phase !== 'finalizing') {
        this.abort(checkpoint, reason);
      }
    }
  }

  private taskFinished(taskKey: string): void {
    this.set({
      finished: withKey(this.state.finished, taskKey),
      finishing: withoutKeys(this.state.finishing, [taskKey]),
    });
    for (const pending of this.state.pending) {
      if (!pending.notYetAcknowledged.has(taskKey)) {
        continue;
      }
      if (mayBeTakenAgain(pending)) {
        this.withdraw(pending, 'CHECKPOINT_DECLINED_TASK_CLOSING');
        this.requested(pending.request);
      } else {
        this.abort(pending, 'CHECKPOINT_DECLINED_TASK_CLOSING');
      }
    }
  }

  private abort(pending: PendingCheckpointFacts, reason: CheckpointFailureReason): void {
    const { checkpointId, request } = pending;
    this.withdraw(pending, reason);
    this.refuse(request, reason, checkpointId);
    const { count, exceeded } = countCheckpointFailure(
      this.state.failures,
      { checkpointId, reason, isSavepoint: request.kind === 'savepoint' },
      this.state.config.tolerableFailedCheckpoints,
    );
    this.set({ failures: count });
    if (exceeded) {
      this.decisions.push({ kind: 'fail-job', checkpointId, reason });
    }
  }

  /** What asked for it is not answered by this, and it counts as no failure. */
  private withdraw(pending: PendingCheckpointFacts, reason: CheckpointFailureReason): void {
    const { checkpointId } = pending;
    this.remove(checkpointId);
    const tasksToNotify = pending.phase === 'preparing' ? [] : this.runningTasks();
    this.decisions.push({ kind: 'abort', checkpointId, reason, tasksToNotify });
  }

  private refuse(
    { requestId }: CheckpointRequest,
    reason: CheckpointFailureReason,
    checkpointId?: number,
  ): void {
    this.decisions.push({ kind: 'refuse', requestId, checkpointId, reason });
  }

  private runningTasks(): readonly CheckpointTask[] {
    const { job, tasks, finished, failed } = this.state;
    const runs = ({ address }: CheckpointTask): boolean =>
      !finished.has(subtaskKey(address)) && !failed.has(subtaskKey(address));
    return job === 'running' || job === 'failing-over' ? tasks.filter(runs) : [];
  }

  private find(
    checkpointId: number,
    phase: PendingCheckpointFacts['phase'],
  ): PendingCheckpointFacts | undefined {
    return this.state.pending.find((p) => p.checkpointId === checkpointId && p.phase === phase);
  }

  private replace(changed: PendingCheckpointFacts): void {
    const pending = this.state.pending.map((p) =>
      p.checkpointId === changed.checkpointId ? changed : p,
    );
    this.set({ pending });
  }

  private remove(checkpointId: number): void {
    this.set({ pending: this.state.pending.filter((p) => p.checkpointId !== checkpointId) });
  }

  private set(changes: Partial<CheckpointProtocolState>): void {
    this.state = { ...this.state, ...changes };
  }
}

/** By another checkpoint: somebody waits for it, and no task has stopped for it. */
function mayBeTakenAgain({ request, phase }: PendingCheckpointFacts): boolean {
  return request.kind !== 'periodic' && (phase === 'preparing' || !stopsJob(request.snapshotType));
}

function withKey(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  return new Set(keys).add(key);
}

function withoutKeys(keys: ReadonlySet<string>, left: Iterable<string>): ReadonlySet<string> {
  const kept = new Set(keys);
  for (const key of left) {
    kept.delete(key);
  }
  return kept;
}

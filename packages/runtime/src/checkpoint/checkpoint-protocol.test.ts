import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SubtaskAddress } from './checkpoint-coordinator-gateway.ts';
import type { CheckpointTask } from './checkpoint-plan.ts';
import { nextCheckpointDeadline, stepCheckpoint } from './checkpoint-protocol.ts';
import type { CheckpointDecision, CheckpointEvent } from './checkpoint-protocol-messages.ts';
import {
  type CheckpointProtocolConfig,
  initialCheckpointState,
} from './checkpoint-protocol-state.ts';
import { savepointType } from './savepoint-types.ts';

const SOURCE = { vertexId: 'source', subtask: 0 };
const MAP = { vertexId: 'map', subtask: 0 };

function task(address: SubtaskAddress, upstream: readonly SubtaskAddress[]): CheckpointTask {
  const operatorIds = [address.vertexId];
  return { address, upstream, operatorIds, parallelism: 1, maxParallelism: 128 };
}

/** A running job of a source and a map; `tell` gives the decisions as words. */
function job(
  config: Partial<CheckpointProtocolConfig> = {},
  options: { random?: number; restoredUnclaimed?: boolean } = {},
) {
  let state = initialCheckpointState({
    tasks: [task(SOURCE, []), task(MAP, [SOURCE])],
    nextCheckpointId: 1,
    config: {
      intervalMs: 100,
      minPauseMs: 0,
      timeoutMs: 1000,
      maxConcurrentCheckpoints: 1,
      tolerableFailedCheckpoints: 0,
      checkpointsAfterTasksFinish: true,
      ...config,
    },
  });
  const step = (now: number, event: EventBody): readonly CheckpointDecision[] => {
    const next = stepCheckpoint(state, { ...event, now } as CheckpointEvent);
    state = next.state;
    return next.decisions;
  };
  const tell = (now: number, event: EventBody): string[] => step(now, event).map(word);
  const { random = 0, restoredUnclaimed = false } = options;
  tell(0, { kind: 'job-running', finishedTaskKeys: [], random, restoredUnclaimed });
  return {
    step,
    tell,
    deadline: () => nextCheckpointDeadline(state),
    request: (now: number, requestId: number, kind: 'user' | 'savepoint' = 'user') =>
      tell(now, { kind: 'requested', request: requestOf(requestId, kind, now) }),
    /** Brings a checkpoint to its end. */
    complete: (now: number, checkpointId: number) => [
      ...tell(now, { kind: 'prepared', checkpointId }),
      ...tell(now, acknowledged('source/0', checkpointId)),
      ...tell(now, acknowledged('map/0', checkpointId)),
      ...tell(now, { kind: 'finalized', checkpointId }),
    ],
  };
}

type EventBody = CheckpointEvent extends infer E
  ? E extends unknown
    ? Omit<E, 'now'>
    : never
  : never;

function acknowledged(taskKey: string, checkpointId: number, operatorsFinished = false): EventBody {
  return { kind: 'acknowledged', checkpointId, taskKey, operatorsFinished };
}

function requestOf(requestId: number, kind: 'user' | 'savepoint', requestedAt: number) {
  const snapshotType = {
    kind: 'checkpoint',
    name: 'Checkpoint',
    sharingFilesStrategy: 'forward-backward',
  } as const;
  return { requestId, kind, forced: kind === 'savepoint', requestedAt, snapshotType };
}

function word(decision: CheckpointDecision): string {
  switch (decision.kind) {
    case 'trigger':
      return `trigger ${decision.checkpointId} at ${decision.tasks.map((t) => t.address.vertexId)}`;
    case 'abort':
      return `abort ${decision.checkpointId} ${decision.reason}`;
    case 'refuse':
      return `refuse ${decision.requestId} ${decision.reason}`;
    case 'keep-state':
    case 'discard-late-state':
      return `${decision.kind} ${decision.checkpointId} ${decision.taskKey}`;
    default:
      return `${decision.kind} ${decision.checkpointId}`;
  }
}

describe('checkpoint protocol', () => {
  it('takes the first checkpoint between minimum pause and interval after the start', () => {
    const first = job({ minPauseMs: 40 }, { random: 0 });
    const last = job({ minPauseMs: 40 }, { random: 0.999 });

    assert.deepEqual([first.deadline(), last.deadline()], [40, 100]);
  });

  it('prepares, triggers at the sources, waits for all tasks, writes, and tells the tasks', () => {
    const { tell } = job();

    assert.deepEqual(tell(0, { kind: 'time-reached' }), ['prepare 1']);
    assert.deepEqual(tell(1, { kind: 'prepared', checkpointId: 1 }), ['trigger 1 at source']);
    assert.deepEqual(tell(2, acknowledged('source/0', 1)), ['keep-state 1 source/0']);
    assert.deepEqual(tell(3, acknowledged('map/0', 1)), ['keep-state 1 map/0', 'finalize 1']);
    assert.deepEqual(tell(4, { kind: 'finalized', checkpointId: 1 }), ['complete 1']);
  });

  it('drops a periodic checkpoint within the minimum pause and comes back after it', () => {
    const { tell, complete, deadline } = job({ minPauseMs: 50 });
    tell(50, { kind: 'time-reached' });
    complete(120, 1);

    const decisions = tell(150, { kind: 'time-reached' });

    assert.deepEqual(decisions, ['refuse -2 MINIMUM_TIME_BETWEEN_CHECKPOINTS']);
    assert.equal(deadline(), 170);
    assert.deepEqual(tell(170, { kind: 'time-reached' }), ['prepare 2']);
  });

  it('lets a request of a user ignore the minimum pause', () => {
    const { tell, complete, request } = job({ minPauseMs: 50 });
    tell(50, { kind: 'time-reached' });
    complete(60, 1);

    assert.deepEqual(request(61, 1), ['prepare 2']);
  });

  it('holds a request back while the limit of pending checkpoints is reached', () => {
    const { request, complete } = job({ intervalMs: undefined });
    request(0, 1);

    const second = request(1, 2);

    assert.deepEqual(second, []);
    assert.deepEqual(complete(2, 1).slice(-2), ['complete 1', 'prepare 2']);
  });

  it('lets a savepoint go ahead of the limit of pending checkpoints', () => {
    const { request, tell } = job({ intervalMs: undefined });
    request(0, 1);
    tell(1, { kind: 'prepared', checkpointId: 1 });

    assert.deepEqual(request(2, 2, 'savepoint'), ['prepare 2']);
  });

  it('gives up an older pending checkpoint when a newer one completes', () => {
    const { request, tell, complete } = job({ intervalMs: undefined, maxConcurrentCheckpoints: 2 });
    request(0, 1);
    tell(0, { kind: 'prepared', checkpointId: 1 });
    request(0, 2);

    const decisions = complete(1, 2);

    assert.deepEqual(decisions.slice(-3), [
      'complete 2',
      'abort 1 CHECKPOINT_SUBSUMED',
      'refuse 1 CHECKPOINT_SUBSUMED',
    ]);
  });

  it('gives up a checkpoint at its timeout and fails the job when that is not tolerated', () => {
    const { request, tell, deadline } = job({ intervalMs: undefined });
    request(0, 1);

    assert.equal(deadline(), 1000);
    assert.deepEqual(tell(1000, { kind: 'time-reached' }), [
      'abort 1 CHECKPOINT_EXPIRED',
      'refuse 1 CHECKPOINT_EXPIRED',
      'fail-job 1',
    ]);
  });

  it('starts counting failures again after a completed checkpoint', () => {
    const { request, tell, complete } = job({
      intervalMs: undefined,
      tolerableFailedCheckpoints: 1,
    });
    const fail = (checkpointId: number) =>
      tell(0, { kind: 'declined', checkpointId, taskKey: 'map/0', reason: 'CHECKPOINT_DECLINED' });
    request(0, 1);
    const first = fail(1);
    request(0, 2);
    complete(0, 2);
    request(0, 3);
    const third = fail(3);
    request(0, 4);
    const fourth = fail(4);

    assert.equal(first.includes('fail-job 1'), false);
    assert.equal(third.includes('fail-job 3'), false);
    assert.equal(fourth.includes('fail-job 4'), true);
  });

  it('lets a savepoint that the job goes on after subsume nothing, one that it stops with all', () => {
    for (const [action, expected] of [
      ['none', ['complete 2']],
      ['suspend', ['complete 2', 'abort 1 CHECKPOINT_SUBSUMED', 'refuse 1 CHECKPOINT_SUBSUMED']],
    ] as const) {
      const { tell, request, complete } = job({ intervalMs: undefined });
      request(0, 1);
      tell(0, { kind: 'prepared', checkpointId: 1 });
      const snapshotType = savepointType('CANONICAL', action);
      const savepoint = { ...requestOf(2, 'savepoint', 0), snapshotType };
      tell(0, { kind: 'requested', request: savepoint });

      assert.deepEqual(complete(1, 2).slice(-expected.length), expected, action);
    }
  });

  it('gives up all that is pending when the job is to stop, and takes nothing periodic until resumed', () => {
    const { tell, request, deadline } = job({ intervalMs: 100 });
    request(0, 1);

    const decisions = tell(1, { kind: 'periodic-paused' });

    assert.deepEqual(decisions, [
      'abort 1 CHECKPOINT_COORDINATOR_SUSPEND',
      'refuse 1 CHECKPOINT_COORDINATOR_SUSPEND',
    ]);
    assert.equal(deadline(), undefined);
    assert.deepEqual(tell(500, { kind: 'time-reached' }), []);
    assert.deepEqual(request(500, 2, 'savepoint'), ['prepare 2']);
    tell(600, { kind: 'periodic-resumed', random: 0 });
    tell(600, { kind: 'preparation-failed', checkpointId: 2, reason: 'IO_EXCEPTION' });
    assert.deepEqual(tell(600, { kind: 'time-reached' }), ['prepare 3']);
  });

  it('never counts a failed savepoint', () => {
    const { request, tell } = job({ intervalMs: undefined });
    request(0, 1, 'savepoint');

    const decisions = tell(1000, { kind: 'time-reached' });

    assert.equal(decisions.includes('fail-job 1'), false);
  });

  it('discards what a task hands in after its checkpoint was given up', () => {
    const { request, tell } = job({ intervalMs: undefined });
    request(0, 1);
    tell(1000, { kind: 'time-reached' });

    const decisions = tell(1001, acknowledged('map/0', 1));

    assert.deepEqual(decisions, ['discard-late-state 1 map/0']);
  });

  it('refuses a request while the job does not run, and counts nothing', () => {
    const { request, tell } = job();
    tell(0, { kind: 'job-suspended' });

    assert.deepEqual(request(1, 1), ['refuse 1 NOT_ALL_REQUIRED_TASKS_RUNNING']);
  });

  it('gives up what is pending and waiting when tasks fail', () => {
    const { request, tell } = job({ intervalMs: undefined });
    request(0, 1);
    request(0, 2);

    assert.deepEqual(tell(1, { kind: 'job-suspended' }), [
      'refuse 2 CHECKPOINT_COORDINATOR_SUSPEND',
      'abort 1 CHECKPOINT_COORDINATOR_SUSPEND',
      'refuse 1 CHECKPOINT_COORDINATOR_SUSPEND',
    ]);
  });

  it('completes a checkpoint that all tasks acknowledged although the job fails meanwhile', () => {
    const { request, tell } = job({ intervalMs: undefined });
    request(0, 1);
    tell(0, acknowledged('source/0', 1));
    tell(0, acknowledged('map/0', 1));

    const suspended = tell(1, { kind: 'job-suspended' });

    assert.deepEqual(suspended, []);
    assert.deepEqual(tell(2, { kind: 'finalized', checkpointId: 1 }), ['complete 1']);
  });

  it('triggers at the tasks behind the sources once the sources have finished', () => {
    const { request, tell } = job({ intervalMs: undefined });
    tell(0, { kind: 'task-finished', taskKey: 'source/0' });
    request(0, 1);

    assert.deepEqual(tell(0, { kind: 'prepared', checkpointId: 1 }), ['trigger 1 at map']);
    assert.deepEqual(tell(0, acknowledged('map/0', 1)), ['keep-state 1 map/0', 'finalize 1']);
  });

  it('gives up a periodic one, uncounted, when a task finishes before it took part', () => {
    const { tell } = job();
    tell(0, { kind: 'time-reached' });

    assert.deepEqual(tell(0, { kind: 'task-finished', taskKey: 'source/0' }), [
      'abort 1 CHECKPOINT_DECLINED_TASK_CLOSING',
      'refuse -1 CHECKPOINT_DECLINED_TASK_CLOSING',
    ]);
  });

  it('takes the next one when tasks have finished that were at their end in one that completed', () => {
    const { request, tell } = job({ intervalMs: undefined });
    request(0, 1);
    tell(0, { kind: 'prepared', checkpointId: 1 });
    tell(0, acknowledged('source/0', 1, true));
    tell(0, acknowledged('map/0', 1));
    request(0, 2);

    const completed = tell(0, { kind: 'finalized', checkpointId: 1 });
    const finished = tell(0, { kind: 'task-finished', taskKey: 'source/0' });

    assert.deepEqual([completed, finished], [['complete 1'], ['prepare 2']]);
  });

  it('does not wait for what was at its end and failed', () => {
    const { request, tell } = job({ intervalMs: undefined });
    request(0, 1);
    tell(0, { kind: 'prepared', checkpointId: 1 });
    tell(0, acknowledged('source/0', 1, true));
    tell(0, acknowledged('map/0', 1));
    tell(0, { kind: 'finalized', checkpointId: 1 });
    tell(0, { kind: 'region-failed', taskKeys: ['source/0'] });
    tell(0, { kind: 'job-running', finishedTaskKeys: [], random: 0, restoredUnclaimed: false });

    assert.deepEqual(request(0, 2), ['prepare 2']);
  });

  it('gives up a checkpoint that somebody waits for when a task finishes, and takes another', () => {
    const { request, tell } = job({ intervalMs: undefined });
    request(0, 1);

    assert.deepEqual(tell(0, { kind: 'task-finished', taskKey: 'source/0' }), [
      'abort 1 CHECKPOINT_DECLINED_TASK_CLOSING',
      'prepare 2',
    ]);
  });

  it('takes no other savepoint to stop with, as tasks have stopped for the first', () => {
    const { step, tell } = job({ intervalMs: undefined });
    const snapshotType = savepointType('CANONICAL', 'suspend');
    step(0, { kind: 'requested', request: { ...requestOf(1, 'savepoint', 0), snapshotType } });
    tell(0, { kind: 'prepared', checkpointId: 1 });

    assert.deepEqual(tell(0, { kind: 'task-finished', taskKey: 'source/0' }), [
      'abort 1 CHECKPOINT_DECLINED_TASK_CLOSING',
      'refuse 1 CHECKPOINT_DECLINED_TASK_CLOSING',
    ]);
  });

  it('takes no checkpoint after a task finished when that is switched off', () => {
    const { request, tell } = job({ intervalMs: undefined, checkpointsAfterTasksFinish: false });
    tell(0, { kind: 'task-finished', taskKey: 'source/0' });

    assert.deepEqual(request(0, 1), ['refuse 1 NOT_ALL_REQUIRED_TASKS_RUNNING']);
  });

  it('refuses the last in line when more than 1000 requests wait', () => {
    const { request } = job({ intervalMs: undefined });
    for (let id = 1; id <= 1001; id++) {
      request(0, id);
    }

    assert.deepEqual(request(0, 1002), ['refuse 1002 TOO_MANY_CHECKPOINT_REQUESTS']);
  });

  it('has every checkpoint written in full until one completed, after a snapshot that is not the job’s', () => {
    const unclaimed = job({ maxConcurrentCheckpoints: 2 }, { restoredUnclaimed: true });
    const names = (decisions: readonly CheckpointDecision[]) =>
      decisions.flatMap((each) => (each.kind === 'trigger' ? [each.snapshotType.name] : []));
    const trigger = (requestId: number, checkpointId: number): string[] => {
      unclaimed.request(0, requestId);
      return names(unclaimed.step(0, { kind: 'prepared', checkpointId }));
    };

    const first = trigger(1, 1);
    const second = trigger(2, 2);
    unclaimed.complete(0, 1);
    const third = trigger(3, 3);

    assert.deepEqual(
      [first, second, third],
      [['Full Checkpoint'], ['Full Checkpoint'], ['Checkpoint']],
    );
  });

  it('leaves a savepoint as it is, and a completed savepoint changes nothing of that', () => {
    const unclaimed = job({}, { restoredUnclaimed: true });
    const savepoint = {
      ...requestOf(1, 'savepoint', 0),
      snapshotType: savepointType('NATIVE', 'none'),
    };
    const types = (decisions: readonly CheckpointDecision[]) =>
      decisions.flatMap((each) => (each.kind === 'trigger' ? [each.snapshotType.name] : []));

    unclaimed.tell(0, { kind: 'requested', request: savepoint });
    const ofSavepoint = types(unclaimed.step(0, { kind: 'prepared', checkpointId: 1 }));
    unclaimed.complete(0, 1);
    unclaimed.request(0, 2);
    const ofNext = types(unclaimed.step(0, { kind: 'prepared', checkpointId: 2 }));

    assert.deepEqual([ofSavepoint, ofNext], [['Savepoint'], ['Full Checkpoint']]);
  });
});

describe('checkpoints of a job of which a part fails', () => {
  const told = (decisions: readonly CheckpointDecision[]) =>
    decisions.flatMap((decision) =>
      'tasksToNotify' in decision
        ? [[decision.kind, ...decision.tasksToNotify.map(({ address }) => address.vertexId)]]
        : [],
    );

  it('are given up, and the tasks that go on hear of it', () => {
    const { request, step } = job({ intervalMs: undefined });
    request(0, 1);
    step(1, { kind: 'prepared', checkpointId: 1 });

    const decisions = step(2, { kind: 'region-failed', taskKeys: ['map/0'] });

    assert.deepEqual(told(decisions), [['abort', 'source']]);
    assert.ok(
      decisions.some((each) => each.kind === 'abort' && each.reason === 'JOB_FAILOVER_REGION'),
    );
  });

  it('complete when all had acknowledged, and the tasks that go on hear of it', () => {
    const { request, step } = job({ intervalMs: undefined });
    request(0, 1);
    step(1, { kind: 'prepared', checkpointId: 1 });
    for (const taskKey of ['source/0', 'map/0']) {
      step(2, acknowledged(taskKey, 1));
    }

    const failed = step(3, { kind: 'region-failed', taskKeys: ['map/0'] });
    const written = step(4, { kind: 'finalized', checkpointId: 1 });

    assert.deepEqual([told(failed), told(written)], [[], [['complete', 'source']]]);
  });

  it('begin again only when all tasks run', () => {
    const { request, tell, deadline } = job();

    tell(1, { kind: 'region-failed', taskKeys: ['map/0'] });
    const refused = request(2, 1);
    const next = deadline();
    tell(3, { kind: 'job-running', finishedTaskKeys: [], random: 0, restoredUnclaimed: false });
    const taken = request(4, 2);

    assert.match(refused.join(), /NOT_ALL_REQUIRED_TASKS_RUNNING/);
    assert.equal(next, undefined);
    assert.match(taken.join(), /prepare/);
  });
});

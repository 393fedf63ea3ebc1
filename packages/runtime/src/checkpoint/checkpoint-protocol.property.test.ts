import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type CheckpointTask, subtaskKey } from './checkpoint-plan.ts';
import { nextCheckpointDeadline, stepCheckpoint } from './checkpoint-protocol.ts';
import type { CheckpointDecision, CheckpointEvent } from './checkpoint-protocol-messages.ts';
import {
  type CheckpointProtocolConfig,
  type CheckpointProtocolState,
  initialCheckpointState,
} from './checkpoint-protocol-state.ts';
import type { CheckpointRequest } from './checkpoint-request-decider.ts';

type StepFunction = typeof stepCheckpoint;
type EventBody = CheckpointEvent extends infer E
  ? E extends unknown
    ? Omit<E, 'now'>
    : never
  : never;

const SOURCES = [0, 1].map((subtask) => ({ vertexId: 'source', subtask }));
const TASKS: readonly CheckpointTask[] = [
  ...SOURCES.map((address) => task(address, [])),
  ...[0, 1].map((subtask) => task({ vertexId: 'map', subtask }, SOURCES)),
];

function task(
  address: CheckpointTask['address'],
  upstream: CheckpointTask['upstream'],
): CheckpointTask {
  const operatorIds = [address.vertexId];
  return { address, parallelism: 2, maxParallelism: 128, operatorIds, upstream };
}

/** What the oracle knows of one checkpoint, from events and decisions alone. */
interface Observed {
  readonly request: CheckpointRequest;
  readonly needed: ReadonlySet<string>;
  readonly acknowledged: Set<string>;
  readonly atTheirEnd: Set<string>;
  triggered: boolean;
  finalizing: boolean;
  written: boolean;
  end: 'complete' | 'abort' | undefined;
}

/** A job around the protocol that does anything in any order, and an oracle that watches. */
class Simulation {
  private state: CheckpointProtocolState;
  private readonly step: StepFunction;
  private readonly config: CheckpointProtocolConfig;
  private readonly random: () => number;
  private now = 0;
  private nextRequest = 1;
  private readonly checkpoints = new Map<number, Observed>();
  private readonly answered = new Set<number>();
  private readonly finished = new Set<string>();
  /** Tasks that finish by themselves: they were told that what holds their end is complete. */
  private readonly finishing = new Set<string>();
  /** Tasks that do not run: nothing is said to them. */
  private failed = new Set<string>();
  private lastCompletionAt = -Infinity;
  private failuresInRow = new Set<number>();
  private lastSucceeded = 0;
  private expectFailJob = 0;
  /** What was restored is not the job's, and nothing has completed since. */
  private expectFull = false;

  constructor(config: CheckpointProtocolConfig, seed: number, step: StepFunction) {
    this.random = mulberry32(seed);
    this.step = step;
    this.config = config;
    this.state = initialCheckpointState({ config, tasks: TASKS, nextCheckpointId: 1 });
  }

  run(steps: number): void {
    this.startJob();
    for (let i = 0; i < steps; i++) {
      this.act();
    }
    this.requestWhenNothingElseGoesOn();
    this.send({ kind: 'job-stopped' });
    for (const [id, { finalizing, end }] of this.checkpoints) {
      assert.ok(end !== undefined || finalizing, `checkpoint ${id} ends with the job`);
    }
    for (let id = 1; id < this.nextRequest; id++) {
      const open = [...this.checkpoints.values()].some(
        (c) => c.request.requestId === id && c.finalizing && c.end === undefined,
      );
      assert.ok(this.answered.has(id) || open, `request ${id} is answered`);
    }
  }

  private act(): void {
    const dice = this.random();
    if (dice < 0.15) {
      this.now = Math.max(this.now, nextCheckpointDeadline(this.state) ?? this.now + 1);
      this.send({ kind: 'time-reached' });
    } else if (dice < 0.25) {
      this.now += Math.floor(this.random() * 50);
    } else if (dice < 0.31) {
      this.request(this.random() < 0.5 ? 'user' : 'savepoint');
    } else if (dice < 0.33) {
      this.finished.clear();
      this.doNotFinish(TASKS.map(({ address }) => subtaskKey(address)));
      this.send({ kind: 'job-suspended' });
      this.startJob();
    } else if (dice < 0.34) {
      this.finishTask(TASKS.map(({ address }) => subtaskKey(address)));
    } else if (dice < 0.5 && this.finishing.size > 0) {
      this.finishTask([...this.finishing]);
    } else if (dice < 0.36) {
      this.failRegion();
    } else {
      this.answerSome();
    }
  }

  /** Anything may happen until it runs again. */
  private failRegion(): void {
    this.failed = new Set(['source/0', 'map/1']);
    this.doNotFinish([...this.failed]);
    this.send({ kind: 'region-failed', taskKeys: [...this.failed] });
    for (let i = 0; i < 5; i++) {
      this.answerSome();
    }
    this.request('user');
    this.failed.clear();
    this.finished.clear();
    this.startJob();
  }

  /** Nothing holds it up. */
  private requestWhenNothingElseGoesOn(): void {
    while (this.finishing.size > 0) {
      this.finishTask([...this.finishing]);
    }
    if ([...this.checkpoints.values()].every(({ end }) => end !== undefined)) {
      const requestId = this.nextRequest;
      this.request('user');
      const isTaken = [...this.checkpoints.values()].some((c) => c.request.requestId === requestId);
      assert.ok(isTaken || this.answered.has(requestId), 'a request is not forgotten');
    }
  }

  private request(kind: 'user' | 'savepoint'): void {
    const requestId = this.nextRequest++;
    const requestedAt = this.now;
    const snapshotType = {
      kind: 'checkpoint',
      name: 'Checkpoint',
      sharingFilesStrategy: 'forward-backward',
    } as const;
    const forced = kind === 'savepoint';
    this.send({
      kind: 'requested',
      request: { requestId, kind, forced, requestedAt, snapshotType },
    });
  }

  private startJob(): void {
    this.expectFull = this.random() < 0.5;
    this.send({
      kind: 'job-running',
      finishedTaskKeys: [],
      random: this.random(),
      restoredUnclaimed: this.expectFull,
    });
  }

  private doNotFinish(keys: readonly string[]): void {
    for (const key of keys) {
      this.finishing.delete(key);
      for (const { atTheirEnd } of this.checkpoints.values()) {
        atTheirEnd.delete(key);
      }
    }
  }

  private finishTask(keys: readonly string[]): void {
    const taskKey = keys.find((key) => !this.finished.has(key));
    if (taskKey !== undefined) {
      this.finished.add(taskKey);
      this.finishing.delete(taskKey);
      this.send({ kind: 'task-finished', taskKey });
    }
  }

  /** A task or the storage answers on any checkpoint that ever was, also a dead one. */
  private answerSome(): void {
    const ids = [...this.checkpoints.keys()].slice(-3);
    if (ids.length === 0) {
      return;
    }
    const checkpointId = ids[Math.floor(this.random() * ids.length)]!;
    const observed = this.checkpoints.get(checkpointId)!;
    const taskKey = subtaskKey(TASKS[Math.floor(this.random() * TASKS.length)]!.address);
    const good = this.random() < 0.9;
    if (observed.finalizing && observed.end === undefined) {
      observed.written = good;
      this.send(
        good
          ? { kind: 'finalized', checkpointId }
          : { kind: 'finalize-failed', checkpointId, reason: 'FINALIZE_CHECKPOINT_FAILURE' },
      );
    } else if (!observed.triggered && observed.end === undefined) {
      this.send(
        good
          ? { kind: 'prepared', checkpointId }
          : { kind: 'preparation-failed', checkpointId, reason: 'IO_EXCEPTION' },
      );
    } else if (good) {
      const operatorsFinished = this.random() < 0.05;
      if (operatorsFinished && !observed.acknowledged.has(taskKey)) {
        observed.atTheirEnd.add(taskKey);
      }
      observed.acknowledged.add(taskKey);
      this.send({ kind: 'acknowledged', checkpointId, taskKey, operatorsFinished });
    } else {
      this.send({ kind: 'declined', checkpointId, taskKey, reason: 'CHECKPOINT_DECLINED' });
    }
  }

  private send(body: EventBody): void {
    const event = { ...body, now: this.now } as CheckpointEvent;
    const { state, decisions } = this.step(this.state, event);
    this.state = state;
    for (const decision of decisions) {
      this.watch(decision);
    }
    assert.equal(this.expectFailJob, 0, 'the job fails exactly when failures exceed the tolerable');
  }

  private watch(decision: CheckpointDecision): void {
    if ('tasksToNotify' in decision) {
      const told = decision.tasksToNotify.map(({ address }) => subtaskKey(address));
      assert.ok(
        !told.some((key) => this.failed.has(key)),
        'tasks that do not run are told nothing',
      );
    }
    switch (decision.kind) {
      case 'prepare':
        this.watchPrepare(decision);
        break;
      case 'trigger':
        this.checkpoints.get(decision.checkpointId)!.triggered = true;
        assert.equal(
          decision.snapshotType.name,
          this.expectFull ? 'Full Checkpoint' : 'Checkpoint',
          'nothing builds on what is not the job’s',
        );
        return;
      case 'finalize':
        this.watchFinalize(decision.checkpointId);
        break;
      case 'complete':
        this.watchComplete(decision.checkpointId, decision.requestId);
        break;
      case 'abort':
        this.watchAbort(decision.checkpointId, decision.reason);
        break;
      case 'refuse':
        this.watchAnswer(decision.requestId);
        break;
      case 'fail-job':
        this.expectFailJob--;
        return;
      case 'keep-state':
      case 'discard-late-state': {
        const kept = decision.kind === 'keep-state';
        const { end } = this.checkpoints.get(decision.checkpointId)!;
        assert.equal(end === undefined, kept, 'state of a dead checkpoint is discarded');
      }
    }
  }

  private watchPrepare(decision: Extract<CheckpointDecision, { kind: 'prepare' }>): void {
    const { checkpointId, request, plan } = decision;
    assert.equal(this.failed.size, 0, 'nothing begins while some tasks do not run');
    assert.equal(this.finishing.size, 0, 'nothing begins while some tasks are about to finish');
    const open = [...this.checkpoints.values()].filter((c) => c.end === undefined);
    assert.equal(checkpointId, this.checkpoints.size + 1, 'ids grow by one');
    assert.ok(!open.some((c) => !c.triggered), 'one checkpoint is triggered at a time');
    if (!request.forced) {
      assert.ok(open.length < this.config.maxConcurrentCheckpoints, 'the limit holds');
    }
    if (request.kind === 'periodic') {
      const pause = this.now - this.lastCompletionAt;
      assert.ok(pause >= this.config.minPauseMs, `paused ${pause} ms`);
    }
    const running = TASKS.map(({ address }) => subtaskKey(address)).filter(
      (key) => !this.finished.has(key),
    );
    const triggered = plan.tasksToTrigger.map(({ address }) => address.vertexId);
    assert.ok(triggered.length > 0, 'a barrier starts somewhere');
    this.checkpoints.set(checkpointId, {
      request,
      needed: new Set(running),
      acknowledged: new Set(),
      atTheirEnd: new Set(),
      triggered: false,
      finalizing: false,
      written: false,
      end: undefined,
    });
  }

  private watchFinalize(checkpointId: number): void {
    const observed = this.checkpoints.get(checkpointId)!;
    assert.ok(!observed.finalizing && observed.end === undefined, 'written once, and alive');
    for (const key of observed.needed) {
      assert.ok(observed.acknowledged.has(key), `${key} acknowledged checkpoint ${checkpointId}`);
    }
    observed.finalizing = true;
  }

  private watchComplete(checkpointId: number, requestId: number): void {
    const observed = this.checkpoints.get(checkpointId)!;
    assert.ok(observed.finalizing && observed.written, 'complete only when written');
    assert.equal(observed.end, undefined, 'completes once, and never after an abort');
    observed.end = 'complete';
    this.expectFull = false;
    this.lastCompletionAt = this.now;
    this.lastSucceeded = Math.max(this.lastSucceeded, checkpointId);
    this.failuresInRow.clear();
    for (const key of observed.atTheirEnd) {
      if (observed.needed.has(key) && !this.finished.has(key)) {
        this.finishing.add(key);
      }
    }
    this.watchAnswer(requestId);
  }

  private watchAbort(checkpointId: number, reason: string): void {
    const observed = this.checkpoints.get(checkpointId)!;
    assert.equal(observed.end, undefined, 'aborts once, and never after completion');
    assert.equal(observed.finalizing, reason === 'FINALIZE_CHECKPOINT_FAILURE');
    observed.end = 'abort';
    const counted = ['IO_EXCEPTION', 'CHECKPOINT_DECLINED', 'CHECKPOINT_EXPIRED'].includes(reason);
    const counts = counted || reason === 'FINALIZE_CHECKPOINT_FAILURE';
    if (counts && observed.request.kind !== 'savepoint' && checkpointId > this.lastSucceeded) {
      this.failuresInRow.add(checkpointId);
    }
    if (this.failuresInRow.size > this.config.tolerableFailedCheckpoints) {
      this.failuresInRow.clear();
      this.expectFailJob++;
    }
  }

  private watchAnswer(requestId: number): void {
    assert.ok(!this.answered.has(requestId), `request ${requestId} is answered once`);
    this.answered.add(requestId);
  }
}

const scenario = fc.record({
  config: fc.record({
    intervalMs: fc.constantFrom(undefined, 100, 300),
    minPauseMs: fc.constantFrom(0, 60),
    timeoutMs: fc.constantFrom(80, 1000),
    maxConcurrentCheckpoints: fc.integer({ min: 1, max: 3 }),
    tolerableFailedCheckpoints: fc.integer({ min: 0, max: 3 }),
    checkpointsAfterTasksFinish: fc.boolean(),
  }),
  seed: fc.integer(),
});

/** Even chances, which shrinkable arbitraries do not give. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function law(step: StepFunction) {
  return fc.property(scenario, ({ config, seed }) => {
    new Simulation(config, seed, step).run(120);
  });
}

describe('checkpoint protocol, whatever happens in whatever order', () => {
  it('keeps its promises', () => {
    fc.assert(law(stepCheckpoint), { numRuns: 3000 });
  });

  const canaries: Record<string, StepFunction> = {
    'a checkpoint completes without the last acknowledgement': (state, event) => {
      const first = stepCheckpoint(state, event);
      const almost = first.state.pending.find((p) => p.notYetAcknowledged.size === 1);
      if (event.kind !== 'acknowledged' || almost === undefined) {
        return first;
      }
      const [taskKey] = almost.notYetAcknowledged;
      const { checkpointId } = almost;
      const second = stepCheckpoint(first.state, { ...event, checkpointId, taskKey: taskKey! });
      return { state: second.state, decisions: [...first.decisions, ...second.decisions] };
    },
    'the minimum pause is forgotten': (state, event) => {
      const config = { ...state.config, minPauseMs: 0 };
      const { state: after, decisions } = stepCheckpoint({ ...state, config }, event);
      return { state: { ...after, config: state.config }, decisions };
    },
    'one failure more is tolerated': (state, event) => {
      const { tolerableFailedCheckpoints } = state.config;
      const config = {
        ...state.config,
        tolerableFailedCheckpoints: tolerableFailedCheckpoints + 1,
      };
      const { state: after, decisions } = stepCheckpoint({ ...state, config }, event);
      return { state: { ...after, config: state.config }, decisions };
    },
    'nobody waits for tasks that are about to finish': (state, event) => {
      const { state: after, decisions } = stepCheckpoint(state, event);
      return { state: { ...after, finishing: new Set() }, decisions };
    },
    'an id is used again after a failure': (state, event) => {
      const { state: after, decisions } = stepCheckpoint(state, event);
      const failed = decisions.some((d) => d.kind === 'abort');
      const nextCheckpointId = after.nextCheckpointId - (failed ? 1 : 0);
      return { state: { ...after, nextCheckpointId }, decisions };
    },
  };
  for (const [bug, step] of Object.entries(canaries)) {
    it(`is found broken when ${bug} (canary)`, () => {
      const result = fc.check(law(step), { numRuns: 3000 });

      assert.equal(result.failed, true);
    });
  }
});

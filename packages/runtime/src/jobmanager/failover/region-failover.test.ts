import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemClock, TaskError, type Timer } from '@millrace/core';
import type { CheckpointCoordinator } from '../../checkpoint/checkpoint-coordinator.ts';
import type { CheckpointResponder } from '../../checkpoint/checkpoint-coordinator-gateway.ts';
import type { JobGraph, JobVertex } from '../../graph/job-graph.ts';
import type {
  JobMasterGateway,
  TaskExecutorGateway,
} from '../../taskmanager/task-executor-gateway.ts';
import { ExecutionGraph } from '../execution-graph.ts';
import { RegionFailover } from './region-failover.ts';

/** Without inputs: each of its subtasks is a region. */
const VERTEX: JobVertex = {
  id: 'vertex',
  name: 'vertex',
  parallelism: 2,
  maxParallelism: 128,
  maxParallelismExplicit: false,
  slotSharingGroup: 'default',
  batchInputs: undefined,
  operators: [
    {
      operatorId: 'operator',
      userProvidedHash: undefined,
      uid: undefined,
      name: 'operator',
      factory: {
        kind: 'one-input',
        createOperator: () => assert.fail('no slot runs anything'),
      },
      chainedInput: -1,
      sideOutputId: undefined,
    },
  ],
  inputs: [],
};
const JOB: JobGraph = { jobName: 'job', batchExecution: false, vertices: [VERTEX] };

/** Its timers fire once the test says so. */
class StepClock extends SystemClock {
  readonly timers: (() => void)[] = [];

  override setTimer(_delayMs: number, callback: () => void): Timer {
    this.timers.push(callback);
    return { cancel: () => void this.timers.splice(this.timers.indexOf(callback), 1) };
  }
}

/** What goes wrong while the slot of an attempt opens. */
type Opening = (jobMaster: JobMasterGateway) => Promise<void>;

/** One attempt of a job of two regions; `log` has what happens to its slots, by its attempts. */
async function twoRegions(openings: ReadonlyMap<number, Opening> = new Map(), withoutSlots = 0) {
  const log: string[] = [];
  const failures: unknown[] = [];
  const gateways: JobMasterGateway[] = [];
  const clock = new StepClock();
  let deployments = 0;
  const slot = (name: string, open: () => Promise<void>): TaskExecutorGateway => {
    let end = (): void => {};
    return {
      ...({} as TaskExecutorGateway),
      initialize: open,
      queryableStates: () => [],
      accumulators: () => [],
      taskDetails: () => [],
      run: () => {
        log.push(`run ${name}`);
        return new Promise((resolve) => {
          end = resolve;
        });
      },
      cancel: async () => void log.push(`cancel ${name}`),
      stop: () => end(),
    };
  };
  const graph = new ExecutionGraph(
    {
      clock,
      startsSources: true,
      splitsRegions: true,
      cancellationTimeoutMs: 0,
      metrics: () => [],
      warn: () => {},
    },
    {
      jobInfo: { jobId: '0', jobName: 'job' },
      jobGraph: JOB,
      attemptNumber: 0,
      restored: undefined,
      responder: {} as CheckpointResponder,
      listener: {
        taskFinished: () => {},
        allDataEnded: () => log.push('all data has ended'),
        regionFailed: (region, error) => {
          log.push(`failure: ${(error as Error).message}`);
          failover.regionFailed(region, error, graph);
        },
      },
    },
    (jobMaster, { tasks, attemptNumber }) => {
      const { subtask } = tasks![0]!;
      const deployment = ++deployments;
      if (deployment === withoutSlots) {
        throw new TaskError('TASK_FAILED', 'second');
      }
      const name = `${subtask}.${attemptNumber}`;
      gateways[subtask] = jobMaster;
      log.push(`deploy ${name}`);
      const opening = openings.get(deployment) ?? (async () => {});
      const executor = slot(name, () => opening(jobMaster));
      return { executors: [executor], executorOf: () => executor };
    },
  );
  let attempt = 0;
  const failover = new RegionFailover({
    jobName: 'job',
    clock,
    random: () => 0,
    coordinator: {
      regionFailed: () => {},
      settled: async () => {},
      startCheckpointScheduler: () => log.push('checkpoints'),
    } as unknown as CheckpointCoordinator,
    restartStrategy: {
      notifyFailure: () => failures.push('counted'),
      canRestart: () => true,
      backoffTimeMs: () => 10,
    } as never,
    exceptions: { restarts: () => {} },
    nextAttempt: () => ({ attemptNumber: ++attempt, restored: undefined }),
    onChanged: () => {},
    warn: () => {},
  });
  await graph.initialize();
  const run = graph.run();
  run.catch(() => {});
  log.length = 0;
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) {
      await Promise.resolve();
    }
  };
  return {
    graph,
    log,
    failures,
    /** Until all restarts that were under way have ended, with what failed in them. */
    restartAll: async (): Promise<void> => {
      await settle();
      while (clock.timers.length > 0) {
        clock.timers.shift()!();
        await settle();
      }
    },
    fail: (subtask: number, message: string) =>
      gateways[subtask]!.fail(new TaskError('TASK_FAILED', message)),
    endData: (subtask: number) =>
      gateways[subtask]!.taskReachedEndOfData({ vertexId: VERTEX.id, subtask }),
  };
}

/** The third deployment is the first restart. */
const FIRST_RESTART = 3;

describe('a region that fails while it reopens', () => {
  const fails = (jobMaster: JobMasterGateway): void =>
    jobMaster.fail(new TaskError('TASK_FAILED', 'second'));
  const ONCE_MORE = [
    'failure: first',
    'cancel 0.0',
    'deploy 0.1',
    'failure: second',
    'cancel 0.1',
    'deploy 0.2',
    'run 0.2',
    'checkpoints',
  ];

  it('by telling so and by not opening restarts once: each copy ends before the next is deployed', async () => {
    const { log, failures, fail, restartAll } = await twoRegions(
      new Map([
        [
          FIRST_RESTART,
          async (jobMaster) => {
            fails(jobMaster);
            throw new Error('it cannot be opened');
          },
        ],
      ]),
    );

    fail(0, 'first');
    await restartAll();

    assert.deepEqual(log, ONCE_MORE);
    assert.equal(failures.length, 2);
  });

  it('by not opening restarts once, and its failure is counted', async () => {
    const { log, failures, fail, restartAll } = await twoRegions(
      new Map([[FIRST_RESTART, () => Promise.reject(new TaskError('TASK_FAILED', 'second'))]]),
    );

    fail(0, 'first');
    await restartAll();

    assert.deepEqual(log, ONCE_MORE);
    assert.equal(failures.length, 2);
  });

  it('by telling so does not run, although it was opened', async () => {
    const { log, fail, restartAll } = await twoRegions(
      new Map([[FIRST_RESTART, async (jobMaster) => fails(jobMaster)]]),
    );

    fail(0, 'first');
    await restartAll();

    assert.deepEqual(log, ONCE_MORE);
  });

  it('goes on when the opening of its former copy ends late', async () => {
    let openFirst!: () => void;
    const { log, fail, restartAll } = await twoRegions(
      new Map([
        [
          FIRST_RESTART,
          (jobMaster) => {
            fails(jobMaster);
            return new Promise<void>((resolve) => {
              openFirst = resolve;
            });
          },
        ],
      ]),
    );

    fail(0, 'first');
    await restartAll();
    openFirst();
    await restartAll();

    assert.deepEqual(log, ONCE_MORE);
  });

  it('because no slot can be had stands in no slot, and tries again', async () => {
    const { log, fail, restartAll } = await twoRegions(new Map(), FIRST_RESTART);

    fail(0, 'first');
    await restartAll();

    assert.deepEqual(log, [
      'failure: first',
      'cancel 0.0',
      'failure: second',
      'deploy 0.2',
      'run 0.2',
      'checkpoints',
    ]);
  });
});

describe('two regions that fail at once', () => {
  it('restart each on its own, and checkpoints are taken once both run', async () => {
    const { log, failures, fail, restartAll } = await twoRegions();

    fail(0, 'a');
    fail(1, 'b');
    await restartAll();

    assert.deepEqual(log, [
      'failure: a',
      'cancel 0.0',
      'failure: b',
      'cancel 1.0',
      'deploy 0.1',
      'run 0.1',
      'deploy 1.1',
      'run 1.1',
      'checkpoints',
    ]);
    assert.equal(failures.length, 2);
  });
});

describe('the end of all data', () => {
  it('is told once checkpoints are taken again, where the rest ended while a region was down', async () => {
    const { log, fail, endData, restartAll } = await twoRegions();

    endData(0);
    fail(0, 'first');
    endData(1);
    await restartAll();
    const whileItReads = [...log];
    endData(0);

    assert.deepEqual(whileItReads, [
      'failure: first',
      'cancel 0.0',
      'deploy 0.1',
      'run 0.1',
      'checkpoints',
    ]);
    assert.deepEqual(log.slice(whileItReads.length), ['all data has ended']);
  });

  it('waits for the other regions that are down, although those that run have ended', async () => {
    const { log, fail, endData, restartAll } = await twoRegions(
      new Map([
        [
          FIRST_RESTART,
          async (jobMaster) =>
            // As it opens it has nothing to read.
            jobMaster.taskReachedEndOfData({ vertexId: VERTEX.id, subtask: 0 }),
        ],
      ]),
    );

    endData(1);
    fail(0, 'first');
    await restartAll();

    assert.deepEqual(log.slice(-2), ['checkpoints', 'all data has ended']);
  });
});

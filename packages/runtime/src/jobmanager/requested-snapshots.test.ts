import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Configuration, LocalFileSystem, SystemClock, TaskError } from '@millrace/core';
import { JobManagerCheckpointStorage } from '@millrace/state';
import type { CheckpointTargets } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import type { CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import { CheckpointingServices } from './checkpointing-services.ts';
import { RequestedSnapshots } from './requested-snapshots.ts';
import { splitSource } from './source-fixture.ts';

const JOB: JobGraph = {
  jobName: 'job',
  batchExecution: false,
  vertices: [
    {
      id: 'source',
      name: 'source',
      parallelism: 1,
      maxParallelism: 128,
      maxParallelismExplicit: false,
      slotSharingGroup: 'default',
      batchInputs: undefined,
      operators: [
        {
          operatorId: 'c27dcf7b54ef6bfd6cff02ca8870b681',
          userProvidedHash: undefined,
          uid: undefined,
          name: 'source',
          factory: {
            kind: 'source',
            source: splitSource([]),
            createOperator: () => assert.fail('nothing runs'),
          },
          chainedInput: -1,
          sideOutputId: undefined,
        },
      ],
      inputs: [],
    },
  ],
};
const METRICS = { alignmentDurationMs: 0, syncDurationMs: 0, asyncDurationMs: 0, startDelayMs: 0 };
const JOB_ID = '0123456789abcdef0123456789abcdef';

const folders: string[] = [];
after(() => {
  for (const folder of folders) {
    rmSync(folder, { recursive: true });
  }
});

/** A job of one task that runs and answers barriers when the test says so. */
async function runningJob() {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-requested-'));
  folders.push(folder);
  const fileSystem = new LocalFileSystem();
  const checkpointing = await CheckpointingServices.open({
    clock: new SystemClock(),
    random: () => 0.5,
    configuration: new Configuration({ 'execution.checkpointing.savepoint-dir': folder }),
    storage: new JobManagerCheckpointStorage(fileSystem, { jobId: JOB_ID }),
    fileSystemOf: () => fileSystem,
    jobId: JOB_ID,
    jobName: 'job',
    lockOwner: { id: 'test', isAlive: () => true },
    hasFinished: async () => false,
    warn: () => {},
  });
  const barriers: CheckpointBarrier[] = [];
  let isTriggered = (): void => {};
  const targets: CheckpointTargets = {
    triggerCheckpoint: (_task, barrier) => {
      barriers.push(barrier);
      isTriggered();
    },
    notifyCheckpointComplete: () => {},
    notifyCheckpointAborted: () => {},
  };
  const coordinator = checkpointing.createCoordinator(JOB, {
    targets: () => targets,
    sourceCoordinators: () => [],
    failJob: assert.fail,
  });
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const snapshots = new RequestedSnapshots({
    facts: { jobName: 'job' },
    takesCheckpoints: true,
    coordinator,
    checkpointing,
    checkRunning: () => {},
    ended: () => ended,
  });
  coordinator.startCheckpointScheduler();
  const task = { vertexId: 'source', subtask: 0 };
  return {
    snapshots,
    coordinator,
    end,
    numberOfCheckpoints: () => checkpointing.statistics.counts.total,
    /** The next barrier that the task gets. */
    async barrier(): Promise<CheckpointBarrier> {
      if (barriers.length === 0) {
        await new Promise<void>((resolve) => {
          isTriggered = resolve;
        });
      }
      return barriers.shift() as CheckpointBarrier;
    },
    acknowledge: ({ checkpointId }: CheckpointBarrier) =>
      coordinator.acknowledgeCheckpoint({
        task,
        checkpointId,
        metrics: METRICS,
        states: new Map(),
        operatorsFinished: false,
      }),
    decline: ({ checkpointId }: CheckpointBarrier) =>
      coordinator.declineCheckpoint(task, checkpointId, new TaskError('TASK_FAILED', 'no room')),
  };
}

describe('an attempt whose data has all ended', () => {
  it('takes a final checkpoint', async () => {
    const { snapshots, coordinator, barrier, acknowledge } = await runningJob();

    snapshots.allDataEnded();
    const final = await barrier();
    acknowledge(final);

    assert.equal(final.snapshotType.kind, 'checkpoint');
    await coordinator.shutdown('FINISHED');
  });

  it('asks for none when it is stopped with a savepoint', async () => {
    const { snapshots, coordinator, barrier, acknowledge, end, ...job } = await runningJob();
    const stopped = snapshots.stopWithSavepoint({}, end);
    const savepoint = await barrier();

    snapshots.allDataEnded();
    acknowledge(savepoint);
    await stopped;
    await coordinator.settled();

    assert.equal(job.numberOfCheckpoints(), 1);
    await coordinator.shutdown('FINISHED');
  });

  it('takes one when that is given up', async () => {
    const { snapshots, coordinator, barrier, acknowledge, decline } = await runningJob();
    const stopped = snapshots.stopWithSavepoint({}, () => {});
    const savepoint = await barrier();

    snapshots.allDataEnded();
    decline(savepoint);
    await assert.rejects(stopped, { code: 'CHECKPOINT_DECLINED' });
    const final = await barrier();
    acknowledge(final);

    const kinds = [savepoint, final].map(({ snapshotType }) => snapshotType.kind);
    assert.deepEqual(kinds, ['savepoint', 'checkpoint']);
    await coordinator.shutdown('FINISHED');
  });
});

describe('a stop with a savepoint', () => {
  it('tells the path, and ends with the job', async () => {
    const { snapshots, coordinator, barrier, acknowledge, end } = await runningJob();
    const told: string[] = [];
    const stopped = snapshots.stopWithSavepoint({}, (path) => {
      told.push(path);
      end();
    });
    acknowledge(await barrier());

    const path = await stopped;

    assert.deepEqual(told, [path]);
    await coordinator.shutdown('FINISHED');
  });

  it('fails with what the job goes on from when the attempt fails after it, which ends it', async () => {
    const { snapshots, coordinator, barrier, acknowledge } = await runningJob();
    let path = '';
    let isTaken = (): void => {};
    const taken = new Promise<void>((resolve) => {
      isTaken = resolve;
    });
    const stopped = snapshots.stopWithSavepoint({}, (savepoint) => {
      path = savepoint;
      isTaken();
    });
    acknowledge(await barrier());
    await taken;
    const before = [snapshots.hasStop, snapshots.isStopUnderWay];

    await coordinator.stopCheckpointScheduler();
    await snapshots.attemptEnded(new TaskError('TASK_FAILED', 'the sink is gone'));

    await assert.rejects(stopped, (error: Error & { code?: string }) => {
      assert.equal(error.code, 'STOP_WITH_SAVEPOINT_FAILED');
      assert.match(error.message, /the sink is gone/);
      return error.message.includes(`goes on from ${path}`);
    });
    assert.deepEqual(before, [true, true]);
    assert.deepEqual([snapshots.hasStop, snapshots.isStopUnderWay], [false, false]);
    await coordinator.shutdown('FAILED');
  });
});

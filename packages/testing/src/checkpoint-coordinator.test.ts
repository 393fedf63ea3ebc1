/** The shell of `@millrace/runtime`'s checkpoint room, on a manual clock and a crashing disk. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FileSystem, MillraceError } from '@millrace/core';
import {
  CheckpointCoordinator,
  CheckpointIdCounter,
  type CheckpointMetrics,
  CheckpointStatsTracker,
  type CheckpointTargets,
  CompletedCheckpointStore,
  FileSystemHighAvailability,
  type SubtaskAddress,
  savepointType,
} from '@millrace/runtime';
import {
  FileSystemCheckpointStorage,
  initializeLocationForSavepoint,
  removeEmptyDirectory,
} from '@millrace/state';
import { crashAtStep, FaultyFileSystem } from './faulty-file-system.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryFileSystem } from './memory-file-system.ts';

const SOURCE = { vertexId: 'source', subtask: 0 };
const MAP = { vertexId: 'map', subtask: 0 };
const METRICS: CheckpointMetrics = {
  alignmentDurationMs: 1,
  syncDurationMs: 2,
  asyncDurationMs: 3,
  startDelayMs: 4,
};

interface Settings {
  readonly fileSystem?: FileSystem;
  readonly intervalMs?: number;
  readonly tolerableFailedCheckpoints?: number;
  readonly maxRetained?: number;
  readonly retention?: 'RETAIN_ON_CANCELLATION' | 'DELETE_ON_CANCELLATION';
  /** What tasks do when they are triggered. */
  readonly onTrigger?: 'acknowledge' | 'nothing';
}

function operatorIdOf({ vertexId }: SubtaskAddress): string {
  return Buffer.from(vertexId).toString('hex').padEnd(32, '0');
}

async function startJob(settings: Settings = {}) {
  const clock = new ManualClock({ startMs: 1_000_000 });
  const fileSystem = settings.fileSystem ?? new MemoryFileSystem();
  const storage = new FileSystemCheckpointStorage(fileSystem, {
    checkpointDirectory: 'memory:/',
    jobId: 'job',
    createSubdirectory: false,
  });
  const heard: string[] = [];
  const warnings: string[] = [];
  const failures: MillraceError[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const highAvailability = new FileSystemHighAvailability({
    fileSystem,
    storageDir: '/ha/',
    clusterId: '/default',
    jobId: 'job',
  });
  const recovered = await highAvailability.recoverCompletedCheckpoints(storage);
  const completedStore = new CompletedCheckpointStore({
    maxRetained: settings.maxRetained ?? 1,
    persistence: highAvailability,
    recovered,
    files: {
      deleteFile: async (path) => void (await fileSystem.delete(path, { recursive: false })),
      removeEmptyFolder: (path) => removeEmptyDirectory(fileSystem, path),
    },
    warn,
  });
  const statistics = new CheckpointStatsTracker(10);
  const targets: CheckpointTargets = {
    triggerCheckpoint: ({ vertexId }, { checkpointId }) => {
      heard.push(`trigger ${checkpointId} ${vertexId}`);
      if (settings.onTrigger !== 'nothing') {
        acknowledge(SOURCE, checkpointId);
        acknowledge(MAP, checkpointId);
      }
    },
    notifyCheckpointComplete: ({ vertexId }, id) => void heard.push(`complete ${id} ${vertexId}`),
    notifyCheckpointAborted: ({ vertexId }, id) => void heard.push(`aborted ${id} ${vertexId}`),
  };
  const task = (address: SubtaskAddress, upstream: readonly SubtaskAddress[]) => {
    const operatorIds = [operatorIdOf(address)];
    return { address, upstream, operatorIds, parallelism: 1, maxParallelism: 128 };
  };
  const coordinator = new CheckpointCoordinator({
    clock,
    random: () => 0,
    storage,
    initializeLocationForSavepoint: (_id, { targetDirectory }) =>
      initializeLocationForSavepoint({
        fileSystem,
        targetDirectory: targetDirectory ?? '',
        jobId: 'abcdef0123',
        keyedStateFormat: 'canonical',
        inlineThresholdBytes: 0,
        writeBufferSizeBytes: 0,
        createSuffix: () => '0123456789ab',
      }),
    config: {
      intervalMs: settings.intervalMs,
      minPauseMs: 0,
      timeoutMs: 500,
      maxConcurrentCheckpoints: 1,
      tolerableFailedCheckpoints: settings.tolerableFailedCheckpoints ?? 0,
      checkpointsAfterTasksFinish: true,
      retention: settings.retention ?? 'RETAIN_ON_CANCELLATION',
    },
    tasks: [task(SOURCE, []), task(MAP, [SOURCE])],
    targets,
    sourceCoordinators: () => [
      {
        operatorId: operatorIdOf(SOURCE),
        checkpointCoordinator: (id) => new Uint8Array([id]),
        notifyCheckpointComplete: () => {},
      },
    ],
    completedStore,
    idCounter: new CheckpointIdCounter(await highAvailability.nextCheckpointId(), (next) =>
      highAvailability.saveNextCheckpointId(next),
    ),
    statistics,
    onFailJob: (error) => {
      failures.push(error);
      // As a job does: the attempt fails before the coordinator has done what it decided.
      void coordinator.stopCheckpointScheduler(error);
    },
    warn,
  });
  const acknowledge = (task: SubtaskAddress, checkpointId: number): void => {
    const [metrics, states] = [METRICS, new Map()];
    const operatorsFinished = false;
    coordinator.acknowledgeCheckpoint({ task, checkpointId, metrics, states, operatorsFinished });
  };
  coordinator.startCheckpointScheduler();
  return {
    clock,
    storage,
    coordinator,
    heard,
    warnings,
    failures,
    statistics,
    acknowledge,
    fileSystem,
    highAvailability,
  };
}

function chkFiles(fileSystem: MemoryFileSystem): string[] {
  return fileSystem.paths.filter((path) => path.startsWith('memory:/chk-'));
}

describe('checkpoint coordinator', () => {
  it('completes a checkpoint, records it, and tells every task', async () => {
    const { coordinator, heard, statistics } = await startJob();

    const checkpoint = await coordinator.triggerCheckpoint();

    assert.equal(checkpoint.checkpointId, 1);
    assert.deepEqual(heard, ['trigger 1 source', 'complete 1 source', 'complete 1 map']);
    assert.equal(coordinator.latestCheckpoint, checkpoint);
    assert.equal(statistics.counts.completed, 1);
    const [source, map] = checkpoint.location.metadata.operatorStates;
    assert.deepEqual(source!.coordinatorState!.data, new Uint8Array([1]));
    assert.equal(map!.coordinatorState, undefined);
  });

  it('takes checkpoints each interval by itself', async () => {
    const { clock, coordinator, heard } = await startJob({ intervalMs: 100 });

    await clock.advanceAsync(250);

    assert.deepEqual(heard.filter((word) => word.startsWith('trigger')).length, 3);
    assert.equal(coordinator.latestCheckpoint?.checkpointId, 3);
  });

  it('keeps the newest checkpoints and deletes older ones', async () => {
    const fileSystem = new MemoryFileSystem();
    const { coordinator } = await startJob({ fileSystem, maxRetained: 2 });

    for (let i = 0; i < 4; i++) {
      await coordinator.triggerCheckpoint();
    }
    await coordinator.shutdown('CANCELED');

    assert.deepEqual(chkFiles(fileSystem), ['memory:/chk-3/_metadata', 'memory:/chk-4/_metadata']);
  });

  it('leaves no file of an expired checkpoint, and fails the job when it tolerates none', async () => {
    const fileSystem = new MemoryFileSystem();
    const job = await startJob({ fileSystem, onTrigger: 'nothing' });
    const refused = assert.rejects(job.coordinator.triggerCheckpoint(), {
      code: 'CHECKPOINT_EXPIRED',
    });

    await job.clock.advanceAsync(500);
    await refused;
    await job.coordinator.settled();

    assert.equal(await fileSystem.getFileStatus('memory:/chk-1'), undefined);
    assert.deepEqual(job.heard, ['trigger 1 source', 'aborted 1 source', 'aborted 1 map']);
    assert.equal(job.failures[0]?.code, 'TOO_MANY_CHECKPOINT_FAILURES');
    assert.match(job.failures[0]!.message, /more than 0 .* CHECKPOINT_EXPIRED; raise execution/);
  });

  it('discards state that a task hands in too late', async () => {
    const fileSystem = new MemoryFileSystem();
    const job = await startJob({ fileSystem, onTrigger: 'nothing' });
    const refused = job.coordinator.triggerCheckpoint().catch(() => {});
    await job.clock.advanceAsync(500);
    await refused;
    await (await fileSystem.create('memory:/chk-1/late-state', { overwrite: false })).close();

    job.acknowledge(SOURCE, 1);
    await job.coordinator.settled();

    assert.deepEqual(chkFiles(fileSystem), []);
  });

  it('discards what a task was still writing when its checkpoint was given up', async () => {
    const fileSystem = new MemoryFileSystem();
    const job = await startJob({ fileSystem, onTrigger: 'nothing' });
    const refused = job.coordinator.triggerCheckpoint().catch(() => {});
    await job.clock.advanceAsync(500);
    await refused;
    await (await fileSystem.create('memory:/chk-1/late-state', { overwrite: false })).close();

    job.coordinator.lateStateWritten(1);
    await job.coordinator.settled();

    assert.deepEqual(chkFiles(fileSystem), []);
  });

  it('tells a task that fails from a checkpoint that the disk refuses', async () => {
    const fileSystem = new FaultyFileSystem(new MemoryFileSystem());
    const job = await startJob({ fileSystem, tolerableFailedCheckpoints: 1 });
    fileSystem.plan = ({ path, operation }) =>
      operation === 'create' && path.startsWith('memory:/chk-1/')
        ? { kind: 'fail', code: 'DISK_FULL' }
        : undefined;

    await assert.rejects(job.coordinator.triggerCheckpoint(), {
      code: 'FINALIZE_CHECKPOINT_FAILURE',
    });

    assert.deepEqual(job.failures, []);
    assert.equal(job.warnings.length, 1);
    assert.match(
      job.warnings[0]!,
      /^checkpoint 1 failed with FINALIZE_CHECKPOINT_FAILURE: .*chk-1.*create failed as planned$/,
    );
    assert.equal((await job.coordinator.triggerCheckpoint()).checkpointId, 2);
  });

  it('tries again until the final checkpoint completes', async () => {
    const fileSystem = new FaultyFileSystem(new MemoryFileSystem());
    const job = await startJob({ fileSystem, tolerableFailedCheckpoints: 1 });
    fileSystem.plan = ({ path }) =>
      path === 'memory:/chk-1/_metadata.inprogress'
        ? { kind: 'fail', code: 'IO_EXCEPTION' }
        : undefined;

    const final = job.coordinator.awaitFinalCheckpoint();
    await job.clock.advanceAsync(1000);

    assert.equal((await final).checkpointId, 2);
  });

  it('deletes its checkpoints and its pointers when the job has finished', async () => {
    const fileSystem = new MemoryFileSystem();
    const { coordinator } = await startJob({ fileSystem });
    await coordinator.triggerCheckpoint();

    await coordinator.shutdown('FINISHED');

    assert.deepEqual(fileSystem.paths, []);
  });

  it('tells all who wait, also in line, of the checkpoint that the job failed with', async () => {
    const { coordinator, failures } = await startJob();
    const requests = [
      coordinator.triggerCheckpoint(),
      coordinator.triggerCheckpoint({
        kind: 'savepoint',
        snapshotType: savepointType('CANONICAL', 'none'),
        targetDirectory: 'memory:/savepoints',
      }),
      coordinator.triggerCheckpoint(),
    ];
    const outcomes = Promise.allSettled(requests);
    const failure = new Error('map cannot write its state');

    coordinator.declineCheckpoint(MAP, 1, failure);

    const reasons = (await outcomes).map((outcome) => {
      assert.equal(outcome.status, 'rejected');
      return outcome.reason as MillraceError;
    });
    assert.deepEqual(
      reasons.map(({ code }) => code),
      ['CHECKPOINT_DECLINED', 'CHECKPOINT_COORDINATOR_SUSPEND', 'CHECKPOINT_COORDINATOR_SUSPEND'],
    );
    assert.deepEqual(
      reasons.map(({ cause }) => cause),
      [failure, failures[0], failures[0]],
    );
    for (const { message } of reasons) {
      assert.match(message, /map cannot write its state/);
    }
  });

  it('refuses requests after the shutdown', async () => {
    const { coordinator } = await startJob();
    await coordinator.shutdown('FINISHED');

    await assert.rejects(coordinator.triggerCheckpoint(), {
      code: 'CHECKPOINT_COORDINATOR_SHUTDOWN',
    });
  });
});

describe('high availability on a file system', () => {
  it('finds after a crash at any step the last checkpoint that tasks were told of', async () => {
    const dry = new FaultyFileSystem(new MemoryFileSystem());
    const rehearsal = await startJob({ fileSystem: dry });
    for (let i = 0; i < 3; i++) {
      await rehearsal.coordinator.triggerCheckpoint();
    }
    await rehearsal.coordinator.settled();
    assert.ok(dry.steps > 20);

    for (let step = 1; step <= dry.steps; step++) {
      const memory = new MemoryFileSystem();
      const fileSystem = new FaultyFileSystem(memory, crashAtStep(step));
      let told = 0;
      try {
        const { coordinator } = await startJob({ fileSystem });
        for (let i = 0; i < 3; i++) {
          told = (await coordinator.triggerCheckpoint()).checkpointId;
        }
      } catch (error) {
        assert.ok(fileSystem.crashed, `${error}`);
      }
      memory.crash();

      const again = await startJob({ fileSystem: memory });
      const restored = again.coordinator.latestCheckpoint?.checkpointId ?? 0;
      const next = await again.coordinator.triggerCheckpoint();

      assert.ok(restored >= told, `crash at step ${step}: told of ${told}, found ${restored}`);
      assert.ok(next.checkpointId > restored, 'ids go on growing');
      assert.deepEqual(again.warnings, []);
    }
  });

  it('keeps the files of a checkpoint whose recording failed in doubt', async () => {
    const memory = new MemoryFileSystem();
    const fileSystem = new FaultyFileSystem(memory);
    const job = await startJob({ fileSystem });
    let renames = 0;
    fileSystem.plan = ({ operation, path }) =>
      operation === 'rename' && path.startsWith('/ha/') && ++renames > 1
        ? { kind: 'fail', code: 'IO_EXCEPTION' }
        : undefined;

    await assert.rejects(job.coordinator.triggerCheckpoint(), {
      code: 'FINALIZE_CHECKPOINT_FAILURE',
    });
    await job.coordinator.settled();

    assert.deepEqual(chkFiles(memory), ['memory:/chk-1/_metadata']);
    assert.match(job.warnings[0]!, /checkpoint 1 at memory:\/chk-1 are kept, since the list/);
  });

  it('passes over no checkpoint that it cannot read, and says how to start from an older one', async () => {
    const fileSystem = new MemoryFileSystem();
    const job = await startJob({ fileSystem, maxRetained: 2 });
    await job.coordinator.triggerCheckpoint();
    await job.coordinator.triggerCheckpoint();
    await fileSystem.delete('memory:/chk-2/_metadata', { recursive: false });

    await assert.rejects(startJob({ fileSystem, maxRetained: 2 }), {
      code: 'SNAPSHOT_NOT_FOUND',
      message:
        /checkpoint 2 .*chk-2.*remove .*checkpoints\.json.*execution\.state-recovery\.path to .*chk-1/s,
    });
  });

  it('refuses to begin anew when every checkpoint it knows is lost', async () => {
    const fileSystem = new MemoryFileSystem();
    const job = await startJob({ fileSystem });
    await job.coordinator.triggerCheckpoint();
    await fileSystem.delete('memory:/chk-1', { recursive: true });

    await assert.rejects(startJob({ fileSystem }), { code: 'SNAPSHOT_NOT_FOUND' });
  });

  it('refuses a list of checkpoints that it cannot read, and names the remedy', async () => {
    const fileSystem = new MemoryFileSystem();
    const writer = await fileSystem.create('/ha/default/job/checkpoints.json', {
      overwrite: false,
    });
    await writer.write(new TextEncoder().encode('{"version": 1'));
    await writer.close();

    await assert.rejects(startJob({ fileSystem }), {
      code: 'SNAPSHOT_CORRUPT',
      message:
        '/ha/default/job/checkpoints.json is not JSON; remove it and name a checkpoint with execution.state-recovery.path',
    });
  });
});

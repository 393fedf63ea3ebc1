/**
 * Files of the snapshot that a job starts from, of its own checkpoints and of both, on a disk in memory:
 * the scene that real Flink was seen to play with RocksDB's incremental checkpoints.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration, type FileSystem, KeyGroupRange, type RestoreMode } from '@millrace/core';
import {
  CompletedCheckpointStore,
  checkpointProperties,
  FileSystemHighAvailability,
  snapshotToRestore,
} from '@millrace/runtime';
import {
  type CheckpointMetadata,
  EMPTY_SUBTASK_STATE,
  type FileStateHandle,
  FileSystemCheckpointStorage,
  type HandleAndLocalPath,
  removeEmptyDirectory,
  type StreamStateHandle,
} from '@millrace/state';
import { crashAtStep, FaultyFileSystem } from './faulty-file-system.ts';
import { MemoryFileSystem } from './memory-file-system.ts';

const OLD = 'memory:/old';
const NEW = 'memory:/new';
const SSTS = 49;
const PRIVATE_FILES = 6;
const EXCLUSIVE_FILES = 4;
const CHECKPOINT = {
  kind: 'checkpoint',
  name: 'Checkpoint',
  sharingFilesStrategy: 'forward-backward',
} as const;
const PROPERTIES = checkpointProperties(CHECKPOINT, 'RETAIN_ON_CANCELLATION');

async function write(fileSystem: FileSystem, path: string): Promise<FileStateHandle> {
  const writer = await fileSystem.create(path, { overwrite: false });
  await writer.write(new Uint8Array(3));
  await writer.close();
  return { kind: 'file', path, sizeBytes: 3 };
}

async function writeAll(
  fileSystem: FileSystem,
  paths: readonly string[],
): Promise<HandleAndLocalPath[]> {
  const handles: HandleAndLocalPath[] = [];
  for (const path of paths) {
    handles.push({ localPath: path, handle: await write(fileSystem, path) });
  }
  return handles;
}

function named(count: number, prefix: string): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

/** As RocksDB hands it in; operator state lies beside `_metadata`. */
function metadataOf(
  checkpointId: number,
  files: {
    readonly shared: readonly HandleAndLocalPath[];
    readonly private: readonly HandleAndLocalPath[];
    readonly own: readonly StreamStateHandle[];
  },
): CheckpointMetadata {
  const keyed = {
    kind: 'incremental-remote' as const,
    checkpointId,
    backendId: 'backend',
    keyGroupRange: new KeyGroupRange(0, 31), // Of the first of four subtasks.
    checkpointedSizeBytes: -1,
    meta: { kind: 'byte-stream' as const, handleName: 'meta', data: new Uint8Array(1) },
    shared: files.shared,
    private: files.private,
    stateHandleId: 'id',
  };
  return {
    checkpointId,
    masterStates: [],
    properties: PROPERTIES,
    operatorStates: [
      {
        operatorId: 'ab'.repeat(16),
        parallelism: files.own.length,
        maxParallelism: 128,
        coordinatorState: undefined,
        fullyFinished: false,
        subtaskStates: new Map(
          files.own.map((delegate, index) => [
            index,
            {
              ...EMPTY_SUBTASK_STATE,
              managedOperatorState: { stateNameToPartitionOffsets: new Map(), delegate },
              managedKeyedState: index === 0 ? keyed : undefined,
            },
          ]),
        ),
      },
    ],
  };
}

function storageIn(fileSystem: FileSystem, directory: string): FileSystemCheckpointStorage {
  return new FileSystemCheckpointStorage(fileSystem, {
    checkpointDirectory: directory,
    jobId: 'job',
    createSubdirectory: false,
    inlineThresholdBytes: 0,
  });
}

/** A checkpoint that is complete, with files of its own and those that it is given. */
async function checkpointOf(
  fileSystem: FileSystem,
  directory: string,
  checkpointId: number,
  keyed: Pick<Parameters<typeof metadataOf>[1], 'shared' | 'private'>,
) {
  const location = await storageIn(fileSystem, directory).initializeLocationForCheckpoint(
    checkpointId,
  );
  const own: StreamStateHandle[] = [];
  for (let i = 0; i < EXCLUSIVE_FILES; i++) {
    const stream = location.createCheckpointStateOutputStream('exclusive');
    await stream.write(new Uint8Array(5));
    own.push((await stream.closeAndGetHandle())!);
  }
  const completed = await location.writeMetadata(metadataOf(checkpointId, { ...keyed, own }));
  return {
    checkpointId,
    timestamp: 0,
    completedAt: 0,
    properties: PROPERTIES,
    location: completed,
  };
}

/** chk-2 of a job that is over: 5 files of its own, 55 in `shared/`. */
async function retainedCheckpoint(fileSystem: FileSystem, checkpointId = 2) {
  const shared = await writeAll(fileSystem, named(SSTS, `${OLD}/shared/sst-${checkpointId}-`));
  const rest = await writeAll(
    fileSystem,
    named(PRIVATE_FILES, `${OLD}/shared/rest-${checkpointId}-`),
  );
  await checkpointOf(fileSystem, OLD, checkpointId, { shared, private: rest });
  return shared;
}

function filesBelow(fileSystem: MemoryFileSystem, prefix: string): string[] {
  return fileSystem.paths.filter((path) => path.startsWith(`${prefix}/`));
}

/** A job that has started from the snapshot, with high availability. */
async function started(
  fileSystem: FileSystem,
  options: { mode?: RestoreMode; path?: string; rebase?: string; maxRetained?: number } = {},
) {
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const storage = storageIn(fileSystem, NEW);
  const highAvailability = new FileSystemHighAvailability({
    fileSystem,
    storageDir: '/ha',
    clusterId: 'cluster',
    jobId: 'job',
  });
  const recovered = await highAvailability.recoverCompletedCheckpoints(storage);
  const store = new CompletedCheckpointStore({
    maxRetained: options.maxRetained ?? 1,
    persistence: highAvailability,
    recovered,
    notOwned: await highAvailability.notOwned(),
    files: {
      deleteFile: async (path) => void (await fileSystem.delete(path, { recursive: false })),
      removeEmptyFolder: (path) => removeEmptyDirectory(fileSystem, path),
    },
    warn,
  });
  if (options.mode !== undefined) {
    const configuration = new Configuration({
      'execution.state-recovery.claim-mode': options.mode,
      ...(options.rebase === undefined
        ? {}
        : { 'execution.state-recovery.path-rebase': options.rebase }),
    });
    const { checkpoint, notOwned } = await snapshotToRestore(options.path ?? `${OLD}/chk-2`, {
      configuration,
      storage,
      retention: 'RETAIN_ON_CANCELLATION',
      fileSystemOf: () => fileSystem,
      now: 0,
      warn,
    });
    await store.restore(checkpoint, notOwned);
  }
  /** As RocksDB would: the private files anew each time. */
  const complete = async (checkpointId: number, shared: readonly HandleAndLocalPath[]) => {
    const rest = named(PRIVATE_FILES, `${NEW}/shared/rest-${checkpointId}-`);
    const keyed = { shared, private: await writeAll(fileSystem, rest) };
    await store.add(await checkpointOf(fileSystem, NEW, checkpointId, keyed));
    await store.cleaned();
  };
  const upload = (checkpointId: number) =>
    writeAll(fileSystem, named(SSTS, `${NEW}/shared/sst-${checkpointId}-`));
  return { store, complete, upload, warnings };
}

const FILES_OF_CHECKPOINT = 1 + EXCLUSIVE_FILES + PRIVATE_FILES;

describe('a retained incremental checkpoint, restored, and three checkpoints later', () => {
  it('with NO_CLAIM has all its 60 files, and nothing refers to them', async () => {
    const fileSystem = new MemoryFileSystem();
    await retainedCheckpoint(fileSystem);
    const before = filesBelow(fileSystem, OLD);
    const job = await started(fileSystem, { mode: 'NO_CLAIM' });
    const forced = job.store.mustTakeFullCheckpoint;

    const own = await job.upload(3); // The first is full.
    for (const checkpointId of [3, 4, 5]) {
      await job.complete(checkpointId, own);
    }

    assert.deepEqual([before.length, forced, job.store.mustTakeFullCheckpoint], [60, true, false]);
    assert.deepEqual(filesBelow(fileSystem, OLD), before);
    assert.equal(filesBelow(fileSystem, NEW).length, FILES_OF_CHECKPOINT + SSTS);
  });

  it('with LEGACY has all its 60 files, though 49 of them are those of the job too', async () => {
    const fileSystem = new MemoryFileSystem();
    const ssts = await retainedCheckpoint(fileSystem);
    const job = await started(fileSystem, { mode: 'LEGACY' });

    for (const checkpointId of [3, 4, 5]) {
      await job.complete(checkpointId, ssts);
    }
    const own = await job.upload(6);
    await job.complete(6, own);
    await job.store.shutdown('FINISHED');

    assert.equal(filesBelow(fileSystem, OLD).length, 60);
    assert.deepEqual(filesBelow(fileSystem, NEW), []);
  });

  it('with CLAIM has the 49 files that the job refers to, and none when it does not any more', async () => {
    const fileSystem = new MemoryFileSystem();
    const ssts = await retainedCheckpoint(fileSystem);
    const job = await started(fileSystem, { mode: 'CLAIM' });
    const claimed = filesBelow(fileSystem, OLD).length;

    for (const checkpointId of [3, 4, 5]) {
      await job.complete(checkpointId, ssts);
    }
    const used = filesBelow(fileSystem, OLD);
    await job.complete(6, ssts.slice(9));
    const usedLess = filesBelow(fileSystem, OLD);
    await job.complete(7, await job.upload(7));

    assert.equal(claimed, 60);
    assert.deepEqual(used, ssts.map(({ localPath }) => localPath).sort());
    assert.equal(usedLess.length, 40);
    assert.deepEqual(filesBelow(fileSystem, OLD), []);
    assert.equal(await fileSystem.getFileStatus(`${OLD}/chk-2`), undefined);
  });
});

describe('a checkpoint that cannot be recorded', () => {
  it('fails for that reason, also when its files cannot be deleted', async () => {
    const disk = new MemoryFileSystem();
    const faulty = new FaultyFileSystem(disk);
    const job = await started(faulty);
    await job.complete(1, []);
    let isListBroken = true;
    faulty.plan = ({ operation, path }) => {
      if (operation === 'rename' && path.includes('/ha/') && isListBroken) {
        isListBroken = false;
        return { kind: 'fail', code: 'DISK_FULL' };
      }
      const isDeletion = operation === 'delete' && path.startsWith(`${NEW}/chk-2/`);
      return isDeletion ? { kind: 'fail', code: 'IO_EXCEPTION' } : undefined;
    };

    await assert.rejects(job.complete(2, []), { code: 'DISK_FULL' });

    assert.equal(job.store.latest?.checkpointId, 1);
    assert.match(job.warnings.join(), /checkpoint 2 at memory:\/new\/chk-2 .*delete it by hand/);
  });
});

describe('a process that is started again', () => {
  for (const mode of ['CLAIM', 'LEGACY'] as const) {
    it(`knows whose the files are that its checkpoints name: ${mode}`, async () => {
      const fileSystem = new MemoryFileSystem();
      const ssts = await retainedCheckpoint(fileSystem);
      const first = await started(fileSystem, { mode });
      await first.complete(3, ssts);

      const second = await started(fileSystem);
      await second.complete(4, await second.upload(4));

      assert.equal(filesBelow(fileSystem, OLD).length, mode === 'CLAIM' ? 0 : 60);
    });

    it(`goes on from the snapshot, and knows whose it is: ${mode}`, async () => {
      const fileSystem = new MemoryFileSystem();
      await retainedCheckpoint(fileSystem);
      await started(fileSystem, { mode });

      const second = await started(fileSystem);
      const restored = second.store.latest?.restored;
      await second.complete(3, await second.upload(3));

      assert.deepEqual(restored, { mode, pathRebase: [] });
      assert.equal(filesBelow(fileSystem, OLD).length, mode === 'CLAIM' ? 0 : 60);
    });
  }

  it('takes a full checkpoint first when the last process came to none after NO_CLAIM', async () => {
    const fileSystem = new MemoryFileSystem();
    await retainedCheckpoint(fileSystem);
    await started(fileSystem, { mode: 'NO_CLAIM' });

    const second = await started(fileSystem);

    assert.equal(second.store.mustTakeFullCheckpoint, true);
  });

  it('at any step of a crash finds all files of what its list names', async () => {
    for (let step = 1; step < 1000; step++) {
      const disk = new MemoryFileSystem();
      const ssts = await retainedCheckpoint(disk);
      const crash = crashAtStep(step);
      const faulty = new FaultyFileSystem(disk, crash);
      let died = false;
      try {
        const job = await started(faulty, { mode: 'CLAIM' });
        await job.complete(3, ssts.slice(5));
        await job.complete(4, await job.upload(4));
        died = job.warnings.length > 0; // It could not delete: the disk is gone.
      } catch {
        died = true;
      }

      const next = await started(disk);
      for (const { location } of next.store.checkpoints) {
        for (const operator of location.metadata.operatorStates) {
          for (const { managedKeyedState } of operator.subtaskStates.values()) {
            if (managedKeyedState?.kind === 'incremental-remote') {
              for (const { localPath } of managedKeyedState.shared) {
                assert.ok(await disk.getFileStatus(localPath), `${localPath} at step ${step}`);
              }
            }
          }
        }
      }
      const whole = (await disk.getFileStatus(`${OLD}/chk-2/_metadata`)) !== undefined;
      assert.ok(!whole || filesBelow(disk, OLD).length === 60, `whole or none at step ${step}`);
      if (!died) {
        assert.ok(step > 50, `${step} steps`);
        return;
      }
    }
    assert.fail('it never went through');
  });
});

describe('a claimed checkpoint', () => {
  it('that was retained beside others leaves them whole', async () => {
    const fileSystem = new MemoryFileSystem();
    const ssts = await retainedCheckpoint(fileSystem);
    const rest = await writeAll(fileSystem, [`${OLD}/shared/rest-1-0`]);
    await checkpointOf(fileSystem, OLD, 1, { shared: ssts.slice(0, 10), private: rest });
    const job = await started(fileSystem, { mode: 'CLAIM' });

    await job.complete(3, await job.upload(3));

    const left = filesBelow(fileSystem, OLD);
    assert.equal(left.filter((path) => path.includes('/chk-1/')).length, 1 + EXCLUSIVE_FILES);
    assert.deepEqual(
      left.filter((path) => path.includes('/shared/')),
      [...ssts.slice(0, 10).map(({ localPath }) => localPath), `${OLD}/shared/rest-1-0`].sort(),
    );
  });

  it('beside one that cannot be read leaves what they may share, and a warning says so', async () => {
    const disk = new MemoryFileSystem();
    const ssts = await retainedCheckpoint(disk);
    await checkpointOf(disk, OLD, 1, { shared: ssts.slice(0, 10), private: [] });
    const unreadable = `${OLD}/chk-1/_metadata`;
    const faulty = new FaultyFileSystem(disk, ({ operation, path }) =>
      operation === 'open' && path === unreadable
        ? { kind: 'fail', code: 'IO_EXCEPTION' }
        : undefined,
    );
    const job = await started(faulty, { mode: 'CLAIM' });

    await job.complete(3, ssts);
    await job.complete(4, await job.upload(4));

    const shared = filesBelow(disk, OLD).filter((path) => path.includes('/shared/'));
    assert.deepEqual(shared, ssts.map(({ localPath }) => localPath).sort());
    assert.equal(await disk.getFileStatus(`${OLD}/chk-2`), undefined);
    assert.match(job.warnings.join(), /chk-1 .*cannot be read.*49 files.*stay.*failed as planned/);
  });

  it('whose _metadata cannot be deleted keeps all its files, and a warning names it', async () => {
    class Sealed extends MemoryFileSystem {
      override async delete(path: string, options: { recursive: boolean }): Promise<boolean> {
        if (path === `${OLD}/chk-2/_metadata`) {
          throw new Error('sealed');
        }
        return super.delete(path, options);
      }
    }
    const fileSystem = new Sealed();
    await retainedCheckpoint(fileSystem);
    const job = await started(fileSystem, { mode: 'CLAIM' });

    await job.complete(3, await job.upload(3));

    assert.equal(filesBelow(fileSystem, OLD).length, 60);
    assert.match(job.warnings.join(), /checkpoint 2 at memory:\/old\/chk-2 could not be deleted/);
  });

  it('that was moved is deleted where it is now', async () => {
    const fileSystem = new MemoryFileSystem();
    await retainedCheckpoint(fileSystem);
    for (const path of filesBelow(fileSystem, OLD)) {
      await fileSystem.rename(path, path.replace(OLD, 'memory:/moved'));
    }
    const decoy = `${OLD}/shared/sst-2-0`;
    await write(fileSystem, decoy);
    const job = await started(fileSystem, {
      mode: 'CLAIM',
      path: 'memory:/moved/chk-2',
      rebase: `${OLD}=memory:/moved`,
    });

    await job.complete(3, await job.upload(3));

    assert.deepEqual(filesBelow(fileSystem, 'memory:/moved'), []);
    assert.deepEqual(filesBelow(fileSystem, OLD), [decoy]);
  });
});

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { FileSystems, LocalFileSystem, TaskError } from '@millrace/core';
import {
  type CheckpointMetadata,
  EMPTY_SUBTASK_STATE,
  type OperatorSubtaskState,
} from '../snapshot/operator-state.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import type { CheckpointStreamFactory } from './checkpoint-storage.ts';
import { FileSystemCheckpointStorage } from './filesystem-checkpoint-storage.ts';
import {
  checkAcknowledgeSize,
  inlineStateSizeBytes,
  JobManagerCheckpointStorage,
} from './jobmanager-checkpoint-storage.ts';
import { listCompletedCheckpoints, loadCheckpointMetadata } from './load-checkpoint.ts';
import { rebasePath } from './path-rebase.ts';
import { createStateHandleOpener } from './state-handle-opener.ts';

const JOB = '0123456789abcdef0123456789abcdef';
const fileSystem = new LocalFileSystem();
const fileSystems = new FileSystems();
const openStateHandle = createStateHandleOpener(fileSystems);
let root = '';
let folder = '';

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-checkpoints-'));
});

beforeEach(async () => {
  folder = await mkdtemp(join(root, 'dir-'));
});

after(async () => {
  await rm(root, { recursive: true });
});

function subtaskWith(stream: StreamStateHandle): OperatorSubtaskState {
  return {
    ...EMPTY_SUBTASK_STATE,
    managedOperatorState: { stateNameToPartitionOffsets: new Map(), delegate: stream },
  };
}

function metadataOf(checkpointId: number, ...streams: StreamStateHandle[]): CheckpointMetadata {
  return {
    checkpointId,
    masterStates: [],
    operatorStates: [
      {
        operatorId: 'ab'.repeat(16),
        parallelism: 10,
        maxParallelism: 128,
        coordinatorState: undefined,
        fullyFinished: false,
        subtaskStates: new Map(streams.map((stream, i) => [i, subtaskWith(stream)])),
      },
    ],
    properties: {
      snapshotType: {
        kind: 'checkpoint',
        name: 'Checkpoint',
        sharingFilesStrategy: 'forward-backward',
      },
      forced: false,
      unclaimed: false,
      discardSubsumed: true,
      discardFinished: true,
      discardCancelled: false,
      discardFailed: false,
      discardSuspended: false,
    },
  };
}

async function writeState(
  streams: CheckpointStreamFactory,
  sizeBytes: number,
  scope: 'exclusive' | 'shared' = 'exclusive',
): Promise<StreamStateHandle | undefined> {
  const stream = streams.createCheckpointStateOutputStream(scope);
  const bytes = Uint8Array.from({ length: sizeBytes }, (_, i) => i % 251);
  // Uneven pieces, so that buffers are crossed.
  for (let at = 0; at < sizeBytes; at += 777) {
    await stream.write(bytes.subarray(at, at + 777));
  }
  return stream.closeAndGetHandle();
}

async function readAll(handle: StreamStateHandle): Promise<Uint8Array> {
  const reader = await openStateHandle(handle);
  try {
    return await reader.read(0, reader.sizeBytes);
  } finally {
    await reader.close();
  }
}

function storage(options: { inlineThresholdBytes?: number; createSubdirectory?: boolean } = {}) {
  return new FileSystemCheckpointStorage(fileSystem, {
    checkpointDirectory: folder,
    jobId: JOB,
    ...options,
  });
}

/** A disk that is full after some bytes. */
class FullFileSystem extends LocalFileSystem {
  override async create(path: string, options: { overwrite: boolean }) {
    const writer = await super.create(path, options);
    writer.write = async () => {
      throw new TaskError('DISK_FULL', `cannot write ${path}: the disk is full`);
    };
    return writer;
  }
}

describe('FileSystemCheckpointStorage', () => {
  it('makes the folders of Flink, with and without a level for the job', async () => {
    await storage().initializeBaseLocations();
    await storage({ createSubdirectory: false }).initializeBaseLocations();

    assert.deepEqual((await readdir(folder)).sort(), [JOB, 'shared', 'taskowned']);
    assert.deepEqual((await readdir(join(folder, JOB))).sort(), ['shared', 'taskowned']);
  });

  it('keeps state up to the threshold inline and makes no file for it', async () => {
    const location = await storage().initializeLocationForCheckpoint(1);

    const handle = await writeState(location, 20 * 1024);

    assert.equal(handle?.kind, 'byte-stream');
    assert.deepEqual(await readdir(join(folder, JOB, 'chk-1')), []);
  });

  it('writes larger exclusive state beside the metadata, by a relative name', async () => {
    const location = await storage().initializeLocationForCheckpoint(1);

    const handle = await writeState(location, 20 * 1024 + 1);

    assert.ok(handle?.kind === 'relative-file');
    assert.match(handle.relativePath, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    assert.equal(handle.path, `file:${folder}/${JOB}/chk-1/${handle.relativePath}`);
    assert.equal((await readAll(handle)).length, 20 * 1024 + 1);
  });

  it('writes shared state by its absolute path', async () => {
    const location = await storage().initializeLocationForCheckpoint(1);

    const handle = await writeState(location, 50_000, 'shared');

    assert.ok(handle?.kind === 'file');
    assert.ok(handle.path.startsWith(`file:${folder}/${JOB}/shared/`));
    assert.equal((await readAll(handle))[49_999], 49_999 % 251);
  });

  it('gives no handle for a stream without bytes', async () => {
    const location = await storage({ inlineThresholdBytes: 0 }).initializeLocationForCheckpoint(1);

    assert.equal(await writeState(location, 0), undefined);
    assert.equal((await writeState(location, 1))?.kind, 'relative-file');
  });

  it('leaves no file of an aborted stream', async () => {
    const location = await storage().initializeLocationForCheckpoint(1);
    const stream = location.createCheckpointStateOutputStream('exclusive');
    await stream.write(new Uint8Array(100_000));

    await stream.abort();

    assert.deepEqual(await readdir(join(folder, JOB, 'chk-1')), []);
  });

  it('is complete with its metadata, which is found by the folder and by the file', async () => {
    const location = await storage().initializeLocationForCheckpoint(7);
    const handle = await writeState(location, 30_000);
    assert.ok(handle !== undefined);

    const completed = await location.writeMetadata(metadataOf(7, handle));

    assert.equal(completed.externalPointer, `file:${folder}/${JOB}/chk-7`);
    const paths = [completed.externalPointer, join(folder, JOB, 'chk-7', '_metadata')];
    for (const path of paths) {
      const loaded = await loadCheckpointMetadata(fileSystems, path);
      assert.deepEqual(loaded.metadata, metadataOf(7, handle));
      assert.equal(loaded.metadataSizeBytes, completed.metadataSizeBytes);
    }
  });

  it('can be moved as a folder when all its state is exclusive', async () => {
    const location = await storage().initializeLocationForCheckpoint(7);
    const handle = await writeState(location, 30_000);
    assert.ok(handle !== undefined);
    await location.writeMetadata(metadataOf(7, handle));

    await fileSystem.rename(join(folder, JOB), join(folder, 'moved'));

    const moved = await loadCheckpointMetadata(fileSystems, join(folder, 'moved/chk-7'));
    const subtask = moved.metadata.operatorStates[0]?.subtaskStates.get(0);
    assert.ok(subtask?.managedOperatorState !== undefined);
    assert.equal((await readAll(subtask.managedOperatorState.delegate)).length, 30_000);
  });

  it('leaves nothing of a failed checkpoint', async () => {
    const location = await storage().initializeLocationForCheckpoint(3);
    await writeState(location, 30_000);

    await location.disposeOnFailure();

    assert.deepEqual(await readdir(join(folder, JOB)), []);
  });

  it('removes only its own files when it is disposed, twice without an error', async () => {
    const location = await storage().initializeLocationForCheckpoint(3);
    const own = await writeState(location, 30_000);
    const shared = await writeState(location, 30_000, 'shared');
    assert.ok(own !== undefined && shared !== undefined);
    const completed = await location.writeMetadata(metadataOf(3, own, shared));

    await completed.dispose();
    await completed.dispose();

    assert.deepEqual(await readdir(join(folder, JOB)), ['shared']);
    assert.equal((await readAll(shared)).length, 30_000);
  });

  it('does not take a folder without metadata for a checkpoint, and empties it', async () => {
    const died = await storage().initializeLocationForCheckpoint(4);
    await writeState(died, 30_000);
    await writeFile(join(folder, JOB, 'chk-4', '_metadata.inprogress'), 'half');

    await assert.rejects(loadCheckpointMetadata(fileSystems, join(folder, JOB, 'chk-4')), {
      code: 'SNAPSHOT_NOT_FOUND',
    });
    await storage().initializeLocationForCheckpoint(4);

    assert.deepEqual(await readdir(join(folder, JOB, 'chk-4')), []);
  });

  it('refuses to write over a completed checkpoint', async () => {
    const location = await storage().initializeLocationForCheckpoint(4);
    await location.writeMetadata(metadataOf(4));

    await assert.rejects(storage().initializeLocationForCheckpoint(4), {
      code: 'FILE_EXISTS',
      message: /chk-4 is a completed checkpoint already/,
    });

    assert.deepEqual(await readdir(join(folder, JOB, 'chk-4')), ['_metadata']);
  });

  it('fails a checkpoint with the cause when the disk is full, and keeps the one before', async () => {
    const before = await storage().initializeLocationForCheckpoint(1);
    await before.writeMetadata(metadataOf(1));
    const full = new FileSystemCheckpointStorage(new FullFileSystem(), {
      checkpointDirectory: folder,
      jobId: JOB,
    });
    const location = await full.initializeLocationForCheckpoint(2);

    await assert.rejects(writeState(location, 100_000), { code: 'DISK_FULL', message: /full/ });
    await assert.rejects(location.writeMetadata(metadataOf(2)), {
      code: 'DISK_FULL',
      message: /cannot write the metadata of checkpoint .*chk-2/,
    });

    assert.deepEqual(await readdir(join(folder, JOB, 'chk-2')), []);
    const kept = await listCompletedCheckpoints(fileSystem, join(folder, JOB));
    assert.deepEqual(
      kept.map((checkpoint) => checkpoint.checkpointId),
      [1],
    );
  });

  it('says that the directory cannot be made where a file is in the way', async () => {
    await writeFile(join(folder, JOB), 'in the way');

    await assert.rejects(storage().initializeBaseLocations(), {
      code: 'FILE_EXISTS',
      message: /cannot make the checkpoint directory/,
    });
  });

  it('refuses a threshold out of range', () => {
    assert.throws(() => storage({ inlineThresholdBytes: 1024 * 1024 + 1 }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /data-inline-threshold is 1048577 bytes; use a whole number from 0 to 1048576/,
    });
  });
});

describe('finding a checkpoint', () => {
  it('names the newest complete checkpoint when a folder is given that holds several', async () => {
    for (const id of [2, 9, 10]) {
      const location = await storage().initializeLocationForCheckpoint(id);
      await location.writeMetadata(metadataOf(id));
    }
    await storage().initializeLocationForCheckpoint(11);

    const newest = /no snapshot is at .*; the newest checkpoint there is .*\/chk-10$/;
    for (const pointer of [folder, join(folder, JOB), join(folder, JOB, 'chk-12')]) {
      await assert.rejects(loadCheckpointMetadata(fileSystems, pointer), {
        code: 'SNAPSHOT_NOT_FOUND',
        message: newest,
      });
    }
  });

  it('names the newest of each job when a folder of several jobs is given', async () => {
    for (const [job, id] of [
      [JOB, 3],
      ['ef'.repeat(16), 7],
    ] as const) {
      const directory = join(folder, job, `chk-${id}`);
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, '_metadata'), '');
    }

    await assert.rejects(loadCheckpointMetadata(fileSystems, folder), (error: Error) => {
      assert.match(error.message, /the newest checkpoints of the jobs there are /);
      assert.ok(error.message.includes(join(JOB, 'chk-3')));
      assert.ok(error.message.includes(join('ef'.repeat(16), 'chk-7')));
      return true;
    });
  });

  it('names the path when nothing is near', async () => {
    await assert.rejects(loadCheckpointMetadata(fileSystems, join(folder, 'none/at/all')), {
      code: 'SNAPSHOT_NOT_FOUND',
      message: /none\/at\/all; give the folder that holds _metadata/,
    });
  });

  it('names file, offset and field of truncated metadata', async () => {
    const location = await storage().initializeLocationForCheckpoint(5);
    await location.writeMetadata(metadataOf(5));
    await truncate(join(folder, JOB, 'chk-5', '_metadata'), 18);

    await assert.rejects(loadCheckpointMetadata(fileSystems, join(folder, JOB, 'chk-5')), {
      code: 'SNAPSHOT_CORRUPT',
      message: /chk-5\/_metadata is corrupt at byte 16, in number of master states: wanted 4 bytes/,
    });
  });

  it('says which file of a checkpoint is gone, and which was truncated', async () => {
    const location = await storage().initializeLocationForCheckpoint(5);
    const handle = await writeState(location, 30_000);
    assert.ok(handle?.kind === 'relative-file');
    const path = join(folder, JOB, 'chk-5', handle.relativePath);

    await truncate(path, 10);
    await assert.rejects(openStateHandle(handle), {
      code: 'SNAPSHOT_CORRUPT',
      message: new RegExp(`${handle.relativePath} was truncated: it has 10 bytes.*30000`),
    });
    await rm(path);
    await assert.rejects(openStateHandle(handle), {
      code: 'SNAPSHOT_NOT_FOUND',
      message: new RegExp(handle.relativePath),
    });
  });

  it('reads a segment of a file that several handles share', async () => {
    const path = join(folder, 'merged');
    await writeFile(path, 'abcdefgh');
    const segment: StreamStateHandle = {
      kind: 'segment-file',
      path,
      startPosition: 2,
      sizeBytes: 3,
      scope: 'exclusive',
      logicalFileId: 'id',
    };

    const bytes = await readAll(segment);

    assert.equal(new TextDecoder().decode(bytes), 'cde');
  });

  it('finds the files of a moved checkpoint below their new place', () => {
    const rebases = [
      { from: 'file:/old/dir', to: '/new' },
      { from: '/old', to: '/other' },
    ].sort((a, b) => b.from.length - a.from.length);

    assert.equal(rebasePath('file:/old/dir/shared/x', rebases), 'file:/new/shared/x');
    assert.equal(rebasePath('file:/old/directory/x', rebases), 'file:/other/directory/x');
    assert.equal(rebasePath('file:/elsewhere', rebases), 'file:/elsewhere');
  });
});

describe('JobManagerCheckpointStorage', () => {
  it('keeps state and metadata in memory, and finds them by their pointer', async () => {
    const inMemory = new JobManagerCheckpointStorage(fileSystem, { jobId: JOB });
    const location = await inMemory.initializeLocationForCheckpoint(1);
    const handle = await writeState(location, 100_000);
    assert.ok(handle?.kind === 'byte-stream');

    const completed = await location.writeMetadata(metadataOf(1, handle));

    const found = await inMemory.resolveCheckpoint(completed.externalPointer);
    assert.deepEqual(found.metadata, metadataOf(1, handle));
    await completed.dispose();
    await assert.rejects(inMemory.resolveCheckpoint(completed.externalPointer));
    assert.equal(inMemory.supportsHighlyAvailableStorage, false);
  });

  it('writes state inside the metadata when it has a directory', async () => {
    const options = { jobId: JOB, checkpointDirectory: folder };
    const withDirectory = new JobManagerCheckpointStorage(fileSystem, options);
    const location = await withDirectory.initializeLocationForCheckpoint(1);
    const handle = await writeState(location, 100_000);
    assert.ok(handle !== undefined);

    const completed = await location.writeMetadata(metadataOf(1, handle));

    assert.deepEqual(await readdir(join(folder, JOB, 'chk-1')), ['_metadata']);
    const bytes = await readFile(join(folder, JOB, 'chk-1', '_metadata'));
    assert.equal(bytes.length, completed.metadataSizeBytes);
    assert.equal(withDirectory.supportsHighlyAvailableStorage, true);
  });

  it('names each inline state differently, since Flink takes equal names for one state', async () => {
    const inMemory = new JobManagerCheckpointStorage(fileSystem, { jobId: JOB });
    const location = await inMemory.initializeLocationForCheckpoint(1);

    const handles = [await writeState(location, 100), await writeState(location, 100)];

    const names = handles.map((handle) => handle?.kind === 'byte-stream' && handle.handleName);
    assert.equal(new Set(names).size, 2);
  });

  it('takes 5 MiB a state and no byte more, and names the remedy', async () => {
    const inMemory = new JobManagerCheckpointStorage(fileSystem, { jobId: JOB });
    const location = await inMemory.initializeLocationForCheckpoint(1);
    const limit = 5 * 1024 * 1024;

    assert.equal((await writeState(location, limit))?.kind, 'byte-stream');
    await assert.rejects(writeState(location, limit + 1), {
      code: 'STATE_TOO_LARGE_FOR_JOBMANAGER',
      message: /5242881 bytes.* 5242880 a state: .*execution\.checkpointing\.dir/,
    });
  });

  it('takes as much in one acknowledgement as fits a frame', () => {
    const state = subtaskWith({ kind: 'byte-stream', handleName: 'x', data: new Uint8Array(60) });

    assert.equal(inlineStateSizeBytes([state, state]), 120);
    checkAcknowledgeSize([state, state], 120);
    assert.throws(() => checkAcknowledgeSize([state, state], 119), {
      code: 'STATE_TOO_LARGE_FOR_JOBMANAGER',
      message: /120 bytes; one acknowledgement takes 119 \(pekko\.framesize\)/,
    });
  });
});

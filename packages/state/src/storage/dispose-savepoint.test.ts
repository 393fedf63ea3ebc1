import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { FileSystems, LocalFileSystem, TaskError } from '@millrace/core';
import {
  type CheckpointMetadata,
  EMPTY_SUBTASK_STATE,
  type SnapshotType,
} from '../snapshot/operator-state.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import { disposeSavepoint } from './dispose-savepoint.ts';
import { writeMetadataFile } from './metadata-file.ts';

const SAVEPOINT: SnapshotType = {
  kind: 'savepoint',
  name: 'Savepoint',
  formatType: 'canonical',
  postCheckpointAction: 'none',
};
const CHECKPOINT: SnapshotType = {
  kind: 'checkpoint',
  name: 'Checkpoint',
  sharingFilesStrategy: 'forward-backward',
};
let root = '';
let folder = '';

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-dispose-'));
});
beforeEach(async () => {
  folder = join(await mkdtemp(join(root, 'dir-')), 'savepoint-0123456789ab');
  await mkdir(folder);
});
after(() => rm(root, { recursive: true }));

async function written(snapshotType: SnapshotType, delegates: readonly StreamStateHandle[]) {
  const metadata: CheckpointMetadata = {
    checkpointId: 1,
    masterStates: [],
    operatorStates: [
      {
        operatorId: 'ab'.repeat(16),
        name: 'counts',
        parallelism: 4,
        maxParallelism: 128,
        coordinatorState: undefined,
        fullyFinished: false,
        subtaskStates: new Map(
          delegates.map((delegate, index) => [
            index,
            {
              ...EMPTY_SUBTASK_STATE,
              managedOperatorState: { stateNameToPartitionOffsets: new Map(), delegate },
            },
          ]),
        ),
      },
    ],
    properties: {
      snapshotType,
      forced: true,
      unclaimed: false,
      discardSubsumed: false,
      discardFinished: false,
      discardCancelled: false,
      discardFailed: false,
      discardSuspended: false,
    },
  };
  await writeMetadataFile(new LocalFileSystem(), folder, metadata);
}

async function relativeFile(relativePath: string): Promise<StreamStateHandle> {
  const path = join(folder, relativePath);
  await writeFile(path, 'state');
  return { kind: 'relative-file', relativePath, path: `file:${path}`, sizeBytes: 5 };
}

describe('disposing a savepoint', () => {
  it('removes its files and its folder, by the folder or by its _metadata', async () => {
    for (const pointer of [folder, join(folder, '_metadata')]) {
      await mkdir(folder, { recursive: true });
      await written(SAVEPOINT, [await relativeFile('one'), await relativeFile('two')]);

      await disposeSavepoint(new FileSystems(), pointer);

      await assert.rejects(readdir(folder), { code: 'ENOENT' });
    }
  });

  it('leaves files of others: in its folder, and those that it names elsewhere', async () => {
    const elsewhere = join(folder, '..', 'elsewhere');
    await writeFile(elsewhere, 'not its own');
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await written(SAVEPOINT, [
      await relativeFile('one'),
      { kind: 'file', path: `file:${elsewhere}`, sizeBytes: 11 },
    ]);

    await disposeSavepoint(new FileSystems(), folder);

    assert.deepEqual(await readdir(folder), ['notes.txt']);
    assert.deepEqual((await readdir(join(folder, '..'))).sort(), [
      'elsewhere',
      'savepoint-0123456789ab',
    ]);
  });

  it('refuses a checkpoint, and deletes nothing of it', async () => {
    await written(CHECKPOINT, [await relativeFile('one')]);
    const before = await readdir(folder);

    await assert.rejects(disposeSavepoint(new FileSystems(), folder), {
      code: 'SNAPSHOT_NOT_A_SAVEPOINT',
      message: /is a checkpoint, not a savepoint: nothing was deleted/,
    });

    assert.deepEqual(await readdir(folder), before);
  });

  it('refuses a folder that holds no snapshot, and one whose _metadata is damaged', async () => {
    await writeFile(join(folder, 'letters.txt'), 'mine');
    await assert.rejects(disposeSavepoint(new FileSystems(), folder), {
      code: 'SNAPSHOT_NOT_FOUND',
    });

    await writeFile(join(folder, '_metadata'), 'no metadata');
    await assert.rejects(disposeSavepoint(new FileSystems(), folder), {
      code: 'SNAPSHOT_CORRUPT',
    });

    assert.deepEqual((await readdir(folder)).sort(), ['_metadata', 'letters.txt']);
    assert.equal(await readFile(join(folder, 'letters.txt'), 'utf8'), 'mine');
  });

  it('that is cut short leaves what is no snapshot any more', async () => {
    class Cut extends LocalFileSystem {
      private left = 2;
      override async delete(path: string, options: { recursive: boolean }): Promise<boolean> {
        if (this.left-- <= 0) {
          throw new TaskError('IO_EXCEPTION', `cannot delete ${path}`);
        }
        return super.delete(path, options);
      }
    }
    await written(SAVEPOINT, [await relativeFile('one'), await relativeFile('two')]);

    await assert.rejects(disposeSavepoint({ getFileSystem: () => new Cut() }, folder), {
      code: 'IO_EXCEPTION',
    });

    assert.deepEqual((await readdir(folder)).sort(), ['one', 'two']);
    await assert.rejects(disposeSavepoint(new FileSystems(), folder), {
      code: 'SNAPSHOT_NOT_FOUND',
    });
  });
});

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { FileSystems, LocalFileSystem, TaskError } from '@millrace/core';
import type { CheckpointMetadata } from '../snapshot/operator-state.ts';
import { FileSystemCheckpointStorage } from './filesystem-checkpoint-storage.ts';
import { loadCheckpointMetadata } from './load-checkpoint.ts';

const COUNT_ID = 'ab'.repeat(16);
const MAP_ID = 'cd'.repeat(16);
const operator = { parallelism: 2, maxParallelism: 128, coordinatorState: undefined } as const;
const METADATA: CheckpointMetadata = {
  checkpointId: 1,
  masterStates: [],
  operatorStates: [
    {
      ...operator,
      operatorId: COUNT_ID,
      name: 'Count "all"',
      uid: 'zähler',
      fullyFinished: false,
      subtaskStates: new Map(),
    },
    {
      ...operator,
      operatorId: MAP_ID,
      name: 'Map',
      fullyFinished: false,
      subtaskStates: new Map(),
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

const fileSystems = new FileSystems();
let root = '';
let folder = '';

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-names-'));
});
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'dir-'));
});
after(() => rm(root, { recursive: true }));

async function written(fileSystem = new LocalFileSystem(), metadata = METADATA) {
  const storage = new FileSystemCheckpointStorage(fileSystem, {
    checkpointDirectory: folder,
    jobId: 'job',
  });
  const location = await storage.initializeLocationForCheckpoint(1);
  const completed = await location.writeMetadata(metadata);
  return { completed, directory: join(folder, 'job', 'chk-1') };
}

async function namesOf(directory: string) {
  const { metadata } = await loadCheckpointMetadata(fileSystems, directory);
  return metadata.operatorStates.map(({ operatorId, name, uid }) => [operatorId, name, uid]);
}

const NAMELESS = [
  [COUNT_ID, undefined, undefined],
  [MAP_ID, undefined, undefined],
];

describe('the names of operators beside a snapshot', () => {
  it('are read with it, and move with its folder', async () => {
    const { directory } = await written();
    const moved = join(folder, 'elsewhere');
    await rename(directory, moved);

    assert.deepEqual(await namesOf(moved), [
      [COUNT_ID, 'Count "all"', 'zähler'],
      [MAP_ID, 'Map', undefined],
    ]);
  });

  it('leave _metadata as it is without them', async () => {
    const { directory } = await written();
    const named = await readFile(join(directory, '_metadata'));
    await rm(directory, { recursive: true });
    const nameless = METADATA.operatorStates.map(({ name: _name, uid: _uid, ...rest }) => rest);
    await written(new LocalFileSystem(), { ...METADATA, operatorStates: nameless });

    assert.deepEqual(await readFile(join(directory, '_metadata')), named);
    assert.deepEqual(await readdir(directory), ['_metadata']);
  });

  it('are gone when the snapshot is disposed', async () => {
    const { completed } = await written();

    await completed.dispose();

    assert.deepEqual(await readdir(join(folder, 'job')), []);
  });

  for (const [what, text] of [
    ['no JSON', '{"version": 1, "operators": [{"id'],
    ['another shape', '{"operators": {"id": 1}}'],
    ['null', 'null'],
    ['entries of other types', '{"operators": [null]}'],
  ] as const) {
    it(`are passed over when the file is ${what}`, async () => {
      const { directory } = await written();
      await writeFile(join(directory, '_operators.json'), text);

      assert.deepEqual(await namesOf(directory), NAMELESS);
    });
  }

  it('are passed over when the file is missing', async () => {
    const { directory } = await written();
    await rm(join(directory, '_operators.json'));

    assert.deepEqual(await namesOf(directory), NAMELESS);
  });

  it('that cannot be written do not fail the checkpoint and leave nothing', async () => {
    class NoNames extends LocalFileSystem {
      override async create(path: string, options: { overwrite: boolean }) {
        const writer = await super.create(path, options);
        if (path.endsWith('_operators.json')) {
          writer.write = async () => {
            throw new TaskError('IO_EXCEPTION', 'refused');
          };
        }
        return writer;
      }
    }

    const { directory } = await written(new NoNames());

    assert.deepEqual(await readdir(directory), ['_metadata']);
  });

  it('are on disk before the snapshot is complete', async () => {
    const created: string[] = [];
    class Recording extends LocalFileSystem {
      override create(path: string, options: { overwrite: boolean }) {
        created.push(path.slice(path.lastIndexOf('/') + 1));
        return super.create(path, options);
      }
    }

    await written(new Recording());

    assert.deepEqual(created, ['_operators.json', '_metadata.inprogress']);
  });
});

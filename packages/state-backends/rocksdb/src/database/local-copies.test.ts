import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type CopiedState, LocalCopies } from './local-copies.ts';

let directory: string;
let takenFolders: number;
let copies: LocalCopies;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-local-'));
  takenFolders = 0;
  await mkdir(join(directory, 'process', 'op'), { recursive: true });
  copies = new LocalCopies({
    take: async (taken) => {
      assert.equal(taken, directory);
      takenFolders++;
      return join(directory, 'process');
    },
    leave: () => {
      takenFolders--;
    },
  });
});

afterEach(() => rm(directory, { recursive: true }));

async function kept(checkpointId: number, backendId = 'a'): Promise<CopiedState> {
  const folder = join(directory, 'process', 'op', `chk-${backendId}-${checkpointId}`);
  await mkdir(folder);
  await writeFile(join(folder, '1.sst'), `${backendId} ${checkpointId}`);
  const state = { backendId, checkpointId };
  await copies.keep(state, folder);
  return state;
}

function find(backendId: string, checkpointId: number): Promise<string | undefined> {
  return copies.find({ backendId, checkpointId });
}

/** Names of the folders of checkpoints that are on the disk. */
async function onDisk(backendId = 'a'): Promise<string[]> {
  const folder = join(directory, 'process');
  const [root] = (await readdir(folder)).filter((name) => name.startsWith('localState-'));
  return root === undefined ? [] : (await readdir(join(folder, root, backendId))).sort();
}

describe('local copies of checkpoints', () => {
  it('are found by backend and checkpoint', async () => {
    await kept(1);
    await kept(1, 'b');

    const found = (await find('a', 1)) ?? '';

    assert.equal(basename(found), 'chk-1');
    assert.deepEqual(await readdir(found), ['1.sst']);
    assert.equal(await find('a', 2), undefined);
    assert.equal(await find('c', 1), undefined);
  });

  it('are given out once: the next restore of the same checkpoint goes by the storage', async () => {
    await kept(1);

    const found = [await find('a', 1), await find('a', 1)];

    assert.deepEqual(
      found.map((each) => each !== undefined),
      [true, false],
    );
  });

  it('go when a newer checkpoint of the same backend has completed', async () => {
    await kept(1);
    await kept(1, 'b');
    await kept(2);

    await copies.complete('a', 2);

    assert.deepEqual(await onDisk('a'), ['chk-2']);
    assert.deepEqual(await onDisk('b'), ['chk-1']);
    assert.equal(await find('a', 1), undefined);
  });

  it('go when their checkpoint is aborted', async () => {
    await kept(1);

    await copies.abort('a', 1);

    assert.equal(await find('a', 1), undefined);
    assert.deepEqual(await onDisk(), []);
  });

  it('are few, though nobody says which checkpoints are over', async () => {
    for (let checkpointId = 1; checkpointId <= 9; checkpointId++) {
      await kept(checkpointId);
    }

    assert.deepEqual(await onDisk(), ['chk-7', 'chk-8', 'chk-9']);
  });

  it('are not there when they cannot be kept', async () => {
    copies = new LocalCopies({
      take: () => Promise.reject(new Error('read-only')),
      leave: () => assert.fail('nothing was taken'),
    });

    await kept(1);
    await copies.clear();

    assert.equal(await find('a', 1), undefined);
  });

  it('leave nothing on the disk when the job is over, and the folder of the process', async () => {
    await kept(1);
    await kept(1, 'b');

    await copies.clear();

    assert.deepEqual(await onDisk(), []);
    assert.equal(takenFolders, 0);
    assert.equal(await find('a', 1), undefined);
  });
});

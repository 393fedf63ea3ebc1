import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { HandleAndLocalPath } from '@millrace/state';
import { type CopiedState, LocalCopies } from './local-copies.ts';

let root: string;
let copies: LocalCopies;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-local-'));
  copies = new LocalCopies(join(root, 'localState'));
});

afterEach(() => rm(root, { recursive: true }));

/** A checkpoint's copy in a folder, and its state. */
async function copyOf(checkpointId: number, backendId = 'a'): Promise<[CopiedState, string]> {
  const folder = join(root, `copy-${backendId}-${checkpointId}`);
  await mkdir(folder);
  await writeFile(join(folder, '1.sst'), 'abc');
  await writeFile(join(folder, 'MANIFEST-1'), 'ab');
  const state = {
    backendId,
    checkpointId,
    shared: [file('1.sst', 3)],
    private: [file('MANIFEST-1', 2)],
  };
  return [state, folder];
}

function file(localPath: string, sizeBytes: number): HandleAndLocalPath {
  return { localPath, handle: { kind: 'file', path: `file:/far/${localPath}`, sizeBytes } };
}

async function kept(checkpointId: number, backendId?: string): Promise<CopiedState> {
  const [state, folder] = await copyOf(checkpointId, backendId);
  await copies.keep(state, folder);
  return state;
}

describe('local copies of checkpoints', () => {
  it('are found by backend and checkpoint', async () => {
    const state = await kept(1);
    await kept(1, 'b');

    const found = await copies.find(state);

    assert.deepEqual((await readdir(found ?? '')).sort(), ['1.sst', 'MANIFEST-1']);
    assert.equal(await copies.find({ ...state, checkpointId: 2 }), undefined);
  });

  it('are given out once: the next restore of the same checkpoint goes by the storage', async () => {
    const state = await kept(1);

    const found = [await copies.find(state), await copies.find(state)];

    assert.deepEqual(
      found.map((each) => each !== undefined),
      [true, false],
    );
  });

  it('go when a newer checkpoint of the same backend has completed', async () => {
    const states = [await kept(1), await kept(1, 'b'), await kept(2)];

    await copies.complete('a', 2);

    const found = await Promise.all(states.map((state) => copies.find(state)));
    assert.deepEqual(
      found.map((each) => each !== undefined),
      [false, true, true],
    );
    assert.deepEqual(await readdir(join(root, 'localState', 'a')), ['chk-2']);
  });

  it('go when their checkpoint is aborted', async () => {
    const state = await kept(1);

    await copies.abort('a', 1);

    assert.equal(await copies.find(state), undefined);
    assert.deepEqual(await readdir(join(root, 'localState', 'a')), []);
  });

  it('are few, though nobody says which checkpoints are over', async () => {
    for (let checkpointId = 1; checkpointId <= 9; checkpointId++) {
      await kept(checkpointId);
    }

    assert.deepEqual(await readdir(join(root, 'localState', 'a')), ['chk-7', 'chk-8', 'chk-9']);
  });

  it('are not used when a file is missing or cut', async () => {
    const states = [await kept(1), await kept(1, 'b')];
    await rm(join(root, 'localState', 'a', 'chk-1', '1.sst'));
    await writeFile(join(root, 'localState', 'b', 'chk-1', 'MANIFEST-1'), 'a');

    const found = await Promise.all(states.map((state) => copies.find(state)));

    assert.deepEqual(found, [undefined, undefined]);
  });

  it('are not there when they cannot be kept', async () => {
    await writeFile(join(root, 'localState'), 'a file where the folder should be');

    const state = await kept(1);

    assert.equal(await copies.find(state), undefined);
  });

  it('leave nothing on the disk in the end', async () => {
    await kept(1);

    await copies.close();
    await kept(2);

    assert.equal((await readdir(root)).includes('localState'), false);
  });
});

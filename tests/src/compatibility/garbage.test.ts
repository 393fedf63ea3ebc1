import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { toLocalPath } from '@millrace/core';
import {
  deleteGarbage,
  type GarbageOptions,
  openSnapshot,
  planGarbageCollection,
  verifySnapshot,
} from '@millrace/state-processor';
import { FIXTURE_REBASE, FIXTURES } from './flink-fixtures.ts';

const FIXTURE = 'rocksdb-incremental-chk';
const JOB = '7786acb0a80a3604220e6b45b25244cc';
const ORPHAN = '01234567-89ab-cdef-0123-456789abcdef';

let root = '';
/** Of the job: two incremental checkpoints of Flink, which share files. */
let job = '';
let options: GarbageOptions = {};

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-garbage-'));
});
beforeEach(async () => {
  const copy = await mkdtemp(join(root, 'copy-'));
  await cp(join(FIXTURES, FIXTURE), copy, { recursive: true });
  job = join(copy, JOB);
  options = {
    pathRebase: [{ from: join(FIXTURE_REBASE.from, FIXTURE), to: copy }],
    minAgeMs: 0,
  };
});
after(() => rm(root, { recursive: true }));

async function orphan(folder: string, name = ORPHAN): Promise<string> {
  await mkdir(join(job, folder), { recursive: true });
  await writeFile(join(job, folder, name), 'orphan');
  return join(job, folder, name);
}

function paths(files: readonly { readonly path: string }[]): string[] {
  return files.map(({ path }) => toLocalPath(path)).sort();
}

describe('the files of two incremental checkpoints', () => {
  it('are all needed, and each is known with the snapshots that refer to it', async () => {
    const plan = await planGarbageCollection(job, options);

    assert.deepEqual(plan.garbage, []);
    assert.deepEqual(plan.young, []);
    assert.deepEqual(
      plan.snapshots.map(({ checkpointId }) => checkpointId),
      [1, 2],
    );
    const first = plan.snapshots[0]?.path ?? '';
    const ofFirst = plan.referenced.filter(({ snapshots }) => snapshots.includes(first));
    assert.equal(ofFirst.length, plan.snapshots[0]?.files);
    assert.ok(ofFirst.length < plan.referenced.length);
  });

  it('are garbage when only the other checkpoint was deleted that had them', async () => {
    const first = await openSnapshot(join(job, 'chk-1'), options as { pathRebase: [] });
    const second = await openSnapshot(join(job, 'chk-2'), options as { pathRebase: [] });
    await rm(join(job, 'chk-1'), { recursive: true });

    const plan = await planGarbageCollection(job, options);

    const kept = new Set(second.files.map(({ path }) => path));
    const lost = first.files.filter(({ path }) => !kept.has(path));
    assert.ok(lost.length > 0);
    assert.deepEqual(paths(plan.garbage), paths(lost));
  });

  it('leave a sound snapshot when the garbage is deleted', async () => {
    await rm(join(job, 'chk-1'), { recursive: true });
    const lost = await orphan('chk-7');

    const plan = await planGarbageCollection(job, options);
    const { deleted, bytes, failed } = await deleteGarbage(plan);

    assert.equal(deleted.length, plan.garbage.length);
    assert.equal(bytes, plan.garbageBytes);
    assert.deepEqual(failed, []);
    assert.ok(!existsSync(join(lost, '..')), 'the folder of the lost checkpoint is gone');
    const { problems } = await verifySnapshot(join(job, 'chk-2'), options as { pathRebase: [] });
    assert.deepEqual(problems, []);
    assert.deepEqual((await planGarbageCollection(job, options)).garbage, []);
  });
});

describe('garbage', () => {
  it('is only shown until its deletion is asked for', async () => {
    const path = await orphan('shared');

    const plan = await planGarbageCollection(job, options);

    assert.deepEqual(paths(plan.garbage), [path]);
    assert.equal(plan.garbageBytes, 6);
    assert.ok(existsSync(path));
  });

  it('is no file that is younger than a day, unless told otherwise', async () => {
    const path = await orphan('shared');
    const { minAgeMs: _, ...withoutAge } = options;

    const plan = await planGarbageCollection(job, withoutAge);

    assert.deepEqual(plan.garbage, []);
    assert.deepEqual(paths(plan.young), [path]);
    assert.ok((plan.young[0]?.ageMs ?? -1) >= 0);
  });

  it('is no file of somebody else, whatever its age', async () => {
    const notes = await orphan('shared', 'notes.txt');
    const elsewhere = await orphan('mine');

    const plan = await planGarbageCollection(job, options);
    await deleteGarbage(plan);

    assert.deepEqual(plan.garbage, []);
    assert.deepEqual(paths(plan.foreign), [elsewhere, notes].sort());
    assert.ok(existsSync(notes) && existsSync(elsewhere));
  });

  it('is nothing that a savepoint elsewhere refers to', async () => {
    const moved = join(root, `elsewhere-${basename(job)}`);
    await cp(join(job, 'chk-1'), moved, { recursive: true });
    await rm(join(job, 'chk-1'), { recursive: true });

    const plan = await planGarbageCollection(job, { ...options, snapshots: [moved] });

    assert.deepEqual(plan.garbage, []);
    assert.equal(plan.snapshots.length, 2);
  });

  it('is nothing in the folder of a job without a snapshot, beside another that has one', async () => {
    const other = join(job, '..', 'ab'.repeat(16));
    await mkdir(join(other, 'shared'), { recursive: true });
    const unjudged = join(other, 'shared', ORPHAN);
    await writeFile(unjudged, 'claimed by a job elsewhere');
    const path = await orphan('shared');

    const plan = await planGarbageCollection(join(job, '..'), options);
    await deleteGarbage(plan);

    assert.deepEqual(paths(plan.garbage), [path]);
    assert.deepEqual(paths(plan.unjudged), [unjudged]);
    assert.ok(existsSync(unjudged));
  });

  it('is what remains of a claimed job when the snapshot that claimed it is given', async () => {
    const claiming = join(root, `claiming-${basename(join(job, '..'))}`);
    await cp(join(job, 'chk-2'), claiming, { recursive: true });
    await rm(join(job, 'chk-1'), { recursive: true });
    await rm(join(job, 'chk-2'), { recursive: true });
    const path = await orphan('shared');

    const plan = await planGarbageCollection(job, { ...options, snapshots: [claiming] });

    assert.ok(paths(plan.garbage).includes(path));
    const referenced = new Set(paths(plan.referenced));
    assert.ok(referenced.size > 0);
    assert.ok(paths(plan.garbage).every((each) => !referenced.has(each)));
  });

  it('is nothing that a checkpoint refers to by the time of the deletion', async () => {
    const [kept, away] = [join(job, 'chk-1'), join(root, `away-${basename(job)}`)];
    await cp(kept, away, { recursive: true });
    await rm(kept, { recursive: true });
    const plan = await planGarbageCollection(job, options);
    assert.ok(plan.garbage.length > 0);
    await cp(away, kept, { recursive: true });

    const { deleted } = await deleteGarbage(plan);

    assert.deepEqual(deleted, []);
  });
});

describe('a directory that is not wholly understood', () => {
  it('is refused, with the snapshot that cannot be read', async () => {
    await orphan('shared');
    await truncate(join(job, 'chk-1', '_metadata'), 100);

    await assert.rejects(planGarbageCollection(job, options), {
      code: 'SNAPSHOT_CORRUPT',
      message: /nothing is garbage while the snapshot .*chk-1 cannot be understood/,
    });
  });

  it('is gone through without that snapshot when this is asked for', async () => {
    const path = await orphan('shared');
    await truncate(join(job, 'chk-1', '_metadata'), 100);

    const plan = await planGarbageCollection(job, { ...options, ignoreUnreadable: true });

    assert.ok(paths(plan.garbage).includes(path));
    assert.match(plan.unreadable[0]?.path ?? '', /chk-1$/);
    assert.ok(plan.garbage.every((file) => !file.path.endsWith('_metadata')));
  });

  it('is refused when checkpoints name files where they were before', async () => {
    await orphan('shared');
    const { pathRebase: _, ...notMoved } = options;

    await assert.rejects(planGarbageCollection(job, notMoved), {
      code: 'SNAPSHOT_NOT_FOUND',
      message: /if checkpoints were moved, say from where/,
    });
  });

  for (const part of [
    'shared',
    'chk-1',
    'taskowned',
    'dstl',
    'chk-2/',
    'savepoint-abcdef-0123456789ab',
  ]) {
    it(`is refused when it is only the ${part} of a job: what refers to it lies beside`, async () => {
      await orphan(part);

      await assert.rejects(planGarbageCollection(`${job}/${part}`, options), {
        code: 'CONFIG_VALUE_INVALID',
        message: new RegExp(`is a part of a job's directory.*; give file:${job}$`),
      });
    });
  }

  it('is refused when no snapshot is in it, since a job elsewhere may have claimed its files', async () => {
    await rm(join(job, 'chk-1'), { recursive: true });
    await rm(join(job, 'chk-2'), { recursive: true });

    for (const directory of [job, join(job, '..')]) {
      await assert.rejects(planGarbageCollection(directory, options), {
        code: 'SNAPSHOT_NOT_FOUND',
        message:
          /no snapshot that can be read lies below .*; give the directory of the checkpoints, or/,
      });
    }
  });

  it('is refused when no snapshot in it can be read, although those may be ignored', async () => {
    await truncate(join(job, 'chk-1', '_metadata'), 100);
    await truncate(join(job, 'chk-2', '_metadata'), 100);

    await assert.rejects(planGarbageCollection(job, { ...options, ignoreUnreadable: true }), {
      code: 'SNAPSHOT_NOT_FOUND',
    });
  });

  it('is refused when a link leads to the shared files alone', async () => {
    const link = join(root, `link-${basename(join(job, '..'))}`);
    await symlink(join(job, 'shared'), link);

    await assert.rejects(planGarbageCollection(link, options), { code: 'SNAPSHOT_NOT_FOUND' });
  });

  it('is refused when it is not there', async () => {
    await assert.rejects(planGarbageCollection(join(job, 'nothing'), options), {
      code: 'FILE_NOT_FOUND',
    });
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { Configuration, LocalFileSystem } from '@millrace/core';
import { FileSystemJobResultStore, openJobResultStore } from './file-system-job-result-store.ts';

const JOB_ID = '0123456789abcdef0123456789abcdef';
const root = mkdtempSync(join(tmpdir(), 'millrace-job-results-'));
after(() => rmSync(root, { recursive: true, force: true }));

describe('the marks of finished jobs', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(root, 'marks-'));
  });
  const store = (deleteOnCommit = true): FileSystemJobResultStore =>
    new FileSystemJobResultStore({
      fileSystem: new LocalFileSystem(),
      directory,
      jobId: JOB_ID,
      jobName: 'flights',
      deleteOnCommit,
    });

  it('are not there before a job has finished', async () => {
    assert.equal(await store().finishedMark(), undefined);
  });

  it('are found by the next process until the job is cleaned up', async () => {
    await store().markFinished();
    const mark = await store().finishedMark();
    const { result } = JSON.parse(readFileSync(join(directory, `${JOB_ID}_DIRTY.json`), 'utf8'));
    await store().markCleanedUp();

    assert.equal(mark, join(directory, `${JOB_ID}_DIRTY.json`));
    assert.equal(result['job-name'], 'flights');
    assert.equal(await store().finishedMark(), undefined);
    assert.deepEqual(readdirSync(directory), []);
  });

  it('are kept when told so, and marking again changes nothing', async () => {
    await store(false).markFinished();
    await store(false).markCleanedUp();
    await store(false).markFinished();
    await store(false).markCleanedUp();

    assert.deepEqual(readdirSync(directory), [`${JOB_ID}.json`]);
    assert.equal(await store(false).finishedMark(), join(directory, `${JOB_ID}.json`));
  });

  it('are kept only under high availability', async () => {
    const job = {
      jobId: JOB_ID,
      jobName: 'flights',
      fileSystemOf: () => new LocalFileSystem(),
    };
    const available = Configuration.fromMap({
      'high-availability.type': 'filesystem',
      'high-availability.storageDir': directory,
    });

    await (await openJobResultStore(available, job))?.markFinished();

    assert.equal(await openJobResultStore(Configuration.fromMap({}), job), undefined);
    assert.deepEqual(readdirSync(join(directory, 'job-result-store', 'default')), [
      `${JOB_ID}_DIRTY.json`,
    ]);
  });
});

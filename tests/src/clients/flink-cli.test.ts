/** Flink's own command line against a job of ours. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildFlinkProject, flinkCommandLine, whyNoFlink } from '../interop/flink.ts';
import { type ServedJob, startServedJob } from './served-job.ts';

const skip = whyNoFlink();

describe("Flink's command line", { skip: skip ?? false }, () => {
  let job: ServedJob;
  before(async () => {
    await buildFlinkProject();
  });
  afterEach(() => job?.close());

  /** @returns what it prints on both streams */
  async function flink(
    ...args: string[]
  ): Promise<{ readonly code: number; readonly text: string }> {
    const [action, ...rest] = args;
    return flinkCommandLine([action!, '-m', job.address, ...rest]);
  }

  it('lists, checkpoints, saves, disposes of, and stops a job', async () => {
    job = await startServedJob();
    const { jobId, folder } = job;

    const list = await flink('list');
    assert.equal(list.code, 0, list.text);
    assert.match(list.text, new RegExp(`${jobId} : served job \\(RUNNING\\)`));

    const checkpoint = await flink('checkpoint', jobId);
    assert.equal(checkpoint.code, 0, checkpoint.text);
    assert.match(checkpoint.text, /Checkpoint \d+ for job [0-9a-f]{32} completed/);

    const savepoint = await flink('savepoint', jobId, `${folder}/savepoints`);
    assert.equal(savepoint.code, 0, savepoint.text);
    const path = savepointIn(savepoint.text);
    assert.ok(existsSync(`${fileURLToPath(path)}/_metadata`), path);

    const disposal = await flink('savepoint', '-d', path);
    assert.equal(disposal.code, 0, disposal.text);
    assert.match(disposal.text, /disposed/);
    assert.deepEqual(readdirSync(`${folder}/savepoints`), []);

    const stop = await flink('stop', '-p', `${folder}/stopped`, jobId);
    assert.equal(stop.code, 0, stop.text);
    assert.ok(existsSync(`${fileURLToPath(savepointIn(stop.text))}/_metadata`), stop.text);
    assert.equal(await job.status(), 'FINISHED');

    const all = await flink('list', '-a');
    assert.match(all.text, new RegExp(`${jobId} : served job \\(FINISHED\\)`));
  });

  it('cancels a job', async () => {
    job = await startServedJob();

    const cancel = await flink('cancel', job.jobId);

    assert.equal(cancel.code, 0, cancel.text);
    assert.equal(await job.status(), 'CANCELED');
  });

  it('cancels a job with a savepoint', async () => {
    job = await startServedJob();

    const cancel = await flink('cancel', '-s', `${job.folder}/cancelled`, job.jobId);

    assert.equal(cancel.code, 0, cancel.text);
    assert.match(cancel.text, /Savepoint stored in/);
    assert.equal(await job.status(), 'CANCELED');
  });

  it('is told of a job that is not there', async () => {
    job = await startServedJob();

    const cancel = await flink('cancel', 'f'.repeat(32));

    assert.notEqual(cancel.code, 0);
    assert.match(cancel.text, /Job f{32} not found/);
  });

  it('is told why a savepoint failed', async () => {
    job = await startServedJob();

    const savepoint = await flink('savepoint', job.jobId, '/dev/null/savepoints');

    assert.notEqual(savepoint.code, 0);
    assert.match(savepoint.text, /IO_EXCEPTION|Failed to (trigger|create)/);
  });
});

function savepointIn(text: string): string {
  const path = /(file:\S+)/.exec(text)?.[1];
  assert.ok(path !== undefined, text);
  return path.startsWith('file:///') ? path : path.replace('file:/', 'file:///');
}

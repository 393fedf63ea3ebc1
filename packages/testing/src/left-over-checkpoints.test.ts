import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { MiniCluster } from './mini-cluster.ts';

describe('a highly available job that begins without a checkpoint', () => {
  let cluster = new MiniCluster();
  beforeEach(() => {
    cluster = new MiniCluster({
      configuration: {
        'high-availability.type': 'filesystem',
        'high-availability.storageDir': 'memory:///ha',
      },
    });
  });
  afterEach(() => cluster.close());

  const run = async (): Promise<void> => {
    const env = cluster.environment();
    env.enableCheckpointing('1 h');
    env
      .fromSequence(1, Number.MAX_SAFE_INTEGER)
      .filter(() => false)
      .print();
    const job = await cluster.start(env, 'sums');
    await cluster.until(() => job.jobStatus() === 'RUNNING');
    await job.cancel();
  };

  const leave = async (file: string): Promise<void> => {
    // A first run makes the job's folder known.
    await run();
    const lists = cluster.fileSystem.paths.filter((path) => path.includes('/ha/'));
    for (const path of lists) {
      await cluster.fileSystem.delete(path, { recursive: true });
    }
    const folder = cluster.warnings.splice(0);
    assert.deepEqual(folder, []);
    const jobId = await jobFolder();
    await (await cluster.fileSystem.create(`${jobId}/${file}`, { overwrite: false })).close();
  };

  const jobFolder = async (): Promise<string> => {
    const [job] = await cluster.fileSystem.listStatus('memory:/checkpoints');
    assert.ok(job !== undefined);
    return job.path;
  };

  it('is told which complete one its directory holds, even below an incomplete one', async () => {
    await leave('chk-7/_metadata');
    const folder = await jobFolder();
    await (await cluster.fileSystem.create(`${folder}/chk-11/x`, { overwrite: false })).close();

    await run();

    assert.equal(cluster.warnings.length, 1);
    assert.match(
      cluster.warnings[0]!,
      /^job sums begins without a checkpoint, although \S+\/chk-7 is one: .*set execution\.state-recovery\.path to it$/,
    );
  });

  it('hears nothing of a folder without _metadata, which is no checkpoint', async () => {
    await leave('chk-11/0a1b');

    await run();

    assert.deepEqual(cluster.warnings, []);
  });
});

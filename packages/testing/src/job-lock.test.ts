import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JobLock, type LockOwner, thisProcess } from '@millrace/runtime';
import { MemoryFileSystem } from './memory-file-system.ts';

const PATH = '/ha/job.lock';

function owner(id: string, alive: readonly string[] = []): LockOwner {
  return { id, isAlive: (other) => alive.includes(other) };
}

describe('the lock of a job', () => {
  it('is refused to a second process while the first one lives, and names it', async () => {
    const fileSystem = new MemoryFileSystem();
    await JobLock.acquire({ fileSystem, path: PATH, owner: owner('a:1:'), jobName: 'sums' });

    const second = { fileSystem, path: PATH, owner: owner('a:2:', ['a:1:']), jobName: 'sums' };

    await assert.rejects(JobLock.acquire(second), {
      code: 'JOB_ALREADY_RUNS',
      message: /job sums is run by a:1: already.*remove \/ha\/job\.lock/s,
    });
  });

  it('is taken over from a process that died', async () => {
    const fileSystem = new MemoryFileSystem();
    await JobLock.acquire({ fileSystem, path: PATH, owner: owner('a:3:'), jobName: 'sums' });

    const second = await JobLock.acquire({
      fileSystem,
      path: PATH,
      owner: owner('a:4:'),
      jobName: 'sums',
    });

    await second.release();
    assert.deepEqual(fileSystem.paths, []);
  });

  it('is taken over when its holder died before it was written whole', async () => {
    const fileSystem = new MemoryFileSystem();
    await (await fileSystem.create(PATH, { overwrite: false })).close();

    const lock = { fileSystem, path: PATH, owner: owner('a:5:'), jobName: 'sums' };

    await assert.doesNotReject(JobLock.acquire(lock));
  });

  it('is refused to a second job of the same process until the first one has ended', async () => {
    const fileSystem = new MemoryFileSystem();
    const options = { fileSystem, path: PATH, owner: owner('a:6:'), jobName: 'sums' };
    const first = await JobLock.acquire(options);

    await assert.rejects(JobLock.acquire(options), { code: 'JOB_ALREADY_RUNS' });
    await first.release();

    await assert.doesNotReject(JobLock.acquire(options));
  });

  it('knows that this process lives, and that one which never was does not', () => {
    const self = thisProcess();
    const [host] = self.id.split(':');

    assert.equal(self.isAlive(self.id), true);
    assert.equal(self.isAlive(`${host}:999999999:`), false);
    assert.equal(self.isAlive('another-host:1:'), true, 'nobody here can tell');
  });
});

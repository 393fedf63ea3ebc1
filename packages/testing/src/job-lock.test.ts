import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
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

  it('knows that a killed process is dead although its parent has not waited for it yet', {
    skip: !existsSync('/proc/self/stat'),
  }, async () => {
    const self = thisProcess();
    const [host] = self.id.split(':');
    // The shell becomes a program that never waits for the child that the shell started.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const status = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ');
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    try {
      const [output] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(output.toString());
      while (status(parent.pid as number)[1] !== '(sleep)') {
        await turn();
      }
      const start = status(pid)[21];
      assert.equal(self.isAlive(`${host}:${pid}:${start}`), true);

      process.kill(pid, 'SIGKILL');
      while (status(pid)[2] !== 'Z') {
        await turn();
      }

      assert.equal(process.kill(pid, 0), true, 'a signal still finds it');
      assert.equal(self.isAlive(`${host}:${pid}:${start}`), false);
      assert.equal(self.isAlive(`${host}:${pid}:`), false);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});

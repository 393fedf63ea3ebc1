/** A program on worker threads gives what it gives on one thread. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  atOneTime,
  dependentJobs,
  limited,
  type Settings,
  windows,
  wordCount,
} from './threads-jobs.ts';

const on = (target: 'local' | 'threads', parallelism: number): Settings => ({
  'execution.target': target,
  'parallelism.default': String(parallelism),
});

describe('a program on threads', () => {
  for (const parallelism of [2, 4]) {
    it(`counts words as on one thread, at parallelism ${parallelism}`, async () => {
      assert.deepEqual(
        await wordCount(on('threads', parallelism)),
        await wordCount(on('local', parallelism)),
      );
    });

    it(`fires the windows that it fires on one thread, at parallelism ${parallelism}`, async () => {
      const result = await windows(on('threads', parallelism));

      assert.ok(result.length > 1_000);
      assert.deepEqual(result, await windows(on('local', parallelism)));
    });
  }

  it('fires the same windows through tiny buffers, each record at once, with debloating', async () => {
    const result = await windows({
      ...on('threads', 2),
      'taskmanager.memory.segment-size': '4 kb',
      'taskmanager.network.memory.max-buffers-per-channel': '2',
      'taskmanager.network.memory.buffer-debloat.enabled': 'true',
      'taskmanager.network.memory.buffer-debloat.period': '5 ms',
      'taskmanager.network.memory.buffer-debloat.target': '1 ms',
      'execution.buffer-timeout.interval': '0',
    });

    assert.deepEqual(result, await windows(on('local', 2)));
  });

  it('counts words as a batch', async () => {
    const batch = { 'execution.runtime-mode': 'BATCH' };

    assert.deepEqual(
      await wordCount({ ...on('threads', 2), ...batch }),
      await wordCount({ ...on('local', 2), ...batch }),
    );
  });

  it('may end a job when so many records are there, and begin another', async () => {
    assert.deepEqual(await limited(on('threads', 2)), [10, 0]);
  });

  it('may have jobs at one time', async () => {
    const results = await atOneTime(on('threads', 2));

    assert.deepEqual(results, [
      [1, 2, 3, 4, 5],
      [2, 4, 6, 8, 10],
    ]);
  });

  it('may have several jobs that are made of what came before', async () => {
    const result = await dependentJobs(on('threads', 2));

    assert.deepEqual(result, [3, 5, 7, 9, 11, 13, 15, 17, 19, 21]);
  });
});

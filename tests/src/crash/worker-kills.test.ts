import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WorkerKillTest } from './worker-kill-test.ts';

describe('a job on threads whose workers are killed at any moment', () => {
  const test = new WorkerKillTest(2);
  before(() => test.prepare());
  after(() => test.cleanUp());

  it('commits what an undisturbed run commits', async () => {
    const run = await test.run(1);

    assert.deepEqual(run.differences, []);
    assert.ok(run.kills.length > 0);
    assert.ok(run.report.numberOfRestarts >= run.kills.length);
  });
});

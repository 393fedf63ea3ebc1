import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { unansweredKills } from './worker-kill.ts';
import { WorkerKillTest } from './worker-kill-test.ts';

describe('a job on threads whose workers are killed at any moment', () => {
  const test = new WorkerKillTest(2);
  before(() => test.prepare());
  after(() => test.cleanUp());

  it('restarts after them, and commits what an undisturbed run commits', async () => {
    const { kills, report, differences } = await test.run(1);

    assert.deepEqual(differences, []);
    assert.ok(kills.length > 0);
    assert.deepEqual(unansweredKills(kills, report.lastAttempts), []);
    assert.ok(report.numberOfRestarts > 0);
  });
});

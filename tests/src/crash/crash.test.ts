import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CrashTest } from './crash-test.ts';

describe('a job that is killed at any moment', () => {
  const test = new CrashTest();
  before(() => test.prepare());
  after(() => test.cleanUp());

  for (const seed of [101, 102, 103]) {
    it(`commits what an undisturbed run commits, and never less than whole files (seed ${seed})`, async () => {
      const run = await test.run(seed);

      assert.deepEqual(run.differences, [], `killed ${run.kills.join(', ')}`);
      assert.ok(run.kills.length > 0);
    });
  }
});

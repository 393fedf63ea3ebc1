import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { CrashTest, type StateBackendName } from './crash-test.ts';

const SEEDS: Record<StateBackendName, readonly number[]> = {
  hashmap: [101, 102, 103],
  rocksdb: [104, 105, 106],
};

for (const [stateBackend, seeds] of Object.entries(SEEDS) as [StateBackendName, number[]][]) {
  const skip = stateBackend === 'rocksdb' ? (whyNoNativeAddon() ?? false) : false;

  describe(`a job on ${stateBackend} that is killed at any moment`, { skip }, () => {
    const test = new CrashTest(stateBackend);
    before(() => test.prepare());
    after(() => test.cleanUp());

    for (const seed of seeds) {
      it(`commits what an undisturbed run commits, and never less than whole files (seed ${seed})`, async () => {
        const run = await test.run(seed);

        assert.deepEqual(run.differences, [], `killed ${run.kills.join(', ')}`);
        assert.ok(run.kills.length > 0);
      });
    }
  });
}

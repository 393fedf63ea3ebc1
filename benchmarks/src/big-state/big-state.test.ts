import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { runBigState } from './big-state.ts';

const SMALL = {
  entries: 20_000,
  touches: 1_000,
  reads: 500,
  managedMemory: '64m',
  checkpointInterval: '200 ms',
};

describe('the big-state job', () => {
  for (const backend of ['hashmap', 'rocksdb']) {
    const skip = (backend === 'rocksdb' && whyNoNativeAddon()) || false;

    it(`on ${backend} is killed, restored and rescaled, and finds in its state what it must`, {
      skip,
    }, async () => {
      const { runs } = await runBigState({ ...SMALL, backend });

      assert.deepEqual(
        runs.map(({ parallelism, killed }) => ({ parallelism, killed })),
        [
          { parallelism: 1, killed: true },
          { parallelism: 1, killed: true },
          { parallelism: 2, killed: false },
        ],
      );
      assert.ok(runs.slice(1).every(({ reads }) => reads >= SMALL.reads));
      assert.ok(runs.slice(1).every((run) => run.restoredCheckpointId !== undefined));
    });
  }
});

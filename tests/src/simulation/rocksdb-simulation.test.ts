import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { LocalDisk } from './local-disk.ts';
import { addCounts, noCounts, simulate } from './simulation.ts';
import { reportOf } from './simulation-report.ts';

/** Other seeds than those that `npm run test:simulation` begins with. */
const SEEDS = [50_001, 50_002, 50_003, 50_004, 50_005, 50_006];

describe('the simulated job on RocksDB', { skip: whyNoNativeAddon() ?? false }, () => {
  const backend = 'rocksdb';

  it('commits each result exactly once, and leaves nothing on the real disk', async () => {
    const counts = noCounts();
    for (const seed of SEEDS) {
      const result = await simulate(seed, { backend });
      assert.ok(result.differences.length === 0, reportOf(result));
      addCounts(counts, result.counts);
    }
    const neverHappened = Object.entries(counts).filter(([, count]) => count === 0);

    assert.deepEqual(neverHappened, []);
    assert.deepEqual(LocalDisk.inUse(), []);
  });

  it('takes the same steps again under the same seed, whatever the real disk and threads do', async () => {
    const seed = SEEDS[0] as number;
    const first = await simulate(seed, { backend });
    const again = await simulate(seed, { backend });

    assert.ok(first.trace.lines.some((line) => line.includes('COMPLETED')));
    assert.deepEqual(again.trace.lines, first.trace.lines);
  });
});

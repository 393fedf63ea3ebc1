import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { snapshotFolders } from '../compatibility/flink-fixtures.ts';
import { fuzzFixture } from './fuzz-fixture.ts';

/** `npm run test:fuzz` does 10,000 of each. */
const RUNS = 120;
/** Logs share large files, which take longer. */
const RUNS_OF_LOGS = 20;
const SEED = 1;

describe('a damaged snapshot of Flink', () => {
  for (const folder of snapshotFolders()) {
    it(`is refused with a code, or gives the same but for what was hit: ${folder}`, async () => {
      const runs = folder.includes('changelog') ? RUNS_OF_LOGS : RUNS;

      const { holes, outcomes } = await fuzzFixture(folder, { seed: SEED, runs });

      assert.deepEqual(holes, []);
      assert.ok(outcomes.refused > 0);
    });
  }
});

/** The tests of a backend under kills; registered with `node:test`. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CrashTest, type StateBackendName } from './crash-test.ts';

export function crashTests(
  stateBackend: StateBackendName,
  options: { readonly seeds: readonly number[]; readonly skip?: string | false },
): void {
  const { seeds, skip = false } = options;
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

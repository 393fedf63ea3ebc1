import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { whyNoNativeAddon } from './load-native-addon.ts';

const CHILD = fileURLToPath(new URL('./leak.test.child.js', import.meta.url));
/** Of all 200 rounds. A database that stays takes more than a megabyte: its arena, its caches. */
const GROWTH_BYTES_MAX = 16 * 1024 * 1024;

function grownBytes(what: string): number {
  const run = spawnSync(process.execPath, ['--expose-gc', CHILD, what], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  return Number(run.stdout);
}

describe('memory outside of the heap', { skip: whyNoNativeAddon() ?? false }, () => {
  for (const what of ['databases', 'iterators and snapshots', 'results', 'failures', 'workers']) {
    it(`does not grow over many rounds of ${what}`, () => {
      const grown = grownBytes(what);

      assert.ok(grown < GROWTH_BYTES_MAX, `${(grown / 1024 / 1024).toFixed(1)} MiB`);
    });
  }
});

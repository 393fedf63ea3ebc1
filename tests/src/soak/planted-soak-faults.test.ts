/** A soak of some seconds, with a fault planted in it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startProgram } from '../child-program.ts';
import type { SoakFault } from './planted-soak-faults.ts';

const TOO_LONG = { timeout: 300_000 };
const SOAK = join(import.meta.dirname, 'run-soak.js');
const SHORT = ['--minutes', '0.08', '--keys', '1000', '--kill-every', '0'];

async function faultsOf(planted: readonly string[]) {
  const { code, stdout } = await startProgram(SOAK, [...SHORT, ...planted]).ended;
  const faults = stdout.split('\n').filter((line) => line.startsWith('FAULT '));
  return { code, faults };
}

describe('a soak', TOO_LONG, () => {
  it('passes where nothing is wrong', async () => {
    assert.deepEqual(await faultsOf([]), { code: 0, faults: [] });
  });

  /** Those that need kills, or a minute until memory is judged, are planted by hand. */
  type ToldSoon = Exclude<SoakFault, 'leaks' | 'leaks-worker' | 'fails' | 'kills-nobody'>;
  const told: Record<ToldSoon, RegExp> = {
    loses: /^FAULT lane 0, window 4: 2499 records instead of 2500$/,
    doubles: /^FAULT lane 0, window 4: 2501 records instead of 2500$/,
    'loses-before': /^FAULT key 7 got record 10507 instead of 10007$/,
    'loses-end': /^FAULT lane 0: 10007 records came of \d+ that were sent$/,
  };
  for (const [fault, expected] of Object.entries(told)) {
    it(`fails, and tells where, with the planted fault '${fault}'`, async () => {
      const { code, faults } = await faultsOf(['--plant', fault]);

      assert.equal(code, 1);
      assert.match(faults[0] ?? 'none', expected);
    });
  }
});

/** What the flights example says of arguments that it does not have. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runFlights } from '../e2e/flights-runs.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-flights-arguments-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const MISTAKES: readonly (readonly [args: readonly string[], told: string])[] = [
  [['--uii'], "unknown argument '--uii'"],
  [['--ui=yes'], "unknown argument '--ui=yes'"],
  [['now'], "unknown argument 'now'"],
  [['--rate', 'abc'], "--rate takes flights a second such as 10000, not 'abc'"],
  [['--rate'], "--rate takes flights a second such as 10000, not ''"],
  [['--kill-at=140%'], "--kill-at takes a share such as 40%, not '140%'"],
  [['-D'], 'CONFIG_VALUE_INVALID: -D is followed by ""; write -D key=value'],
];

describe('the flights example', () => {
  for (const [args, told] of MISTAKES) {
    it(`refuses ${args.join(' ')} with the usage, and starts no run`, async () => {
      const run = await runFlights(folder, ...args);

      const [first, second] = run.stderr.split('\n');
      assert.deepEqual(
        [run.code, run.stdout, first, second],
        [
          2,
          '',
          `flights: ${told}`,
          'usage: npm start -- [--ui] [--rate N] [--kill-at P%] [-D key=value]...',
        ],
      );
      assert.equal(existsSync(join(folder, '.flights')), false);
    });
  }

  it('tells its options where it is asked to', async () => {
    const run = await runFlights(folder, '--help');

    assert.deepEqual([run.code, run.stderr], [0, '']);
    assert.match(run.stdout, /^usage: .*\n( +-+\w.*\n){4}$/);
  });
});

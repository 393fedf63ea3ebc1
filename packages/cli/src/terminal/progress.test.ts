import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { Progress } from './progress.ts';
import { Terminal } from './terminal.ts';

/** A terminal whose error stream a person watches, or not. */
function terminal(isTTY: boolean) {
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 60 });
  const streams = { stdout: new PassThrough(), stderr, env: {} } as never;
  return { terminal: new Terminal(streams), shown: () => String(stderr.read() ?? '') };
}

describe('progress', () => {
  it('is silent for a second, then says how far it is, how fast, and how long it takes', () => {
    const { terminal: watched, shown } = terminal(true);
    let now = 0;
    const progress = new Progress(watched, false, () => now);

    now = 900;
    progress.report(900, 10_000);
    assert.equal(shown(), '');

    now = 2_000;
    progress.report(2_048, 10_240);
    assert.equal(shown(), '\r\x1b[K20%  2.0 KiB of 10.0 KiB  1.0 KiB/s  8 s left');
  });

  it('is removed at the end, and sums up', () => {
    const { terminal: watched, shown } = terminal(true);
    let now = 0;
    const progress = new Progress(watched, false, () => now);
    now = 2_000;
    progress.report(2_048, 2_048);
    shown();

    progress.end();

    assert.equal(shown(), '\r\x1b[K');
    assert.equal(progress.summary(), 'read 2.0 KiB in 2.00 s (1.0 KiB/s)');
  });

  for (const [what, isTTY, isHidden] of [
    ['nobody watches', false, false],
    ['the result itself is shown', true, true],
  ] as const) {
    it(`is not shown where ${what}`, () => {
      const { terminal: quiet, shown } = terminal(isTTY);
      let now = 0;
      const progress = new Progress(quiet, isHidden, () => now);

      now = 5_000;
      progress.report(1, 2);
      progress.end();

      assert.equal(shown(), '');
    });
  }
});

/** How the `millrace` command ends when it cannot go on. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fixture, inShell, MILLRACE } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-cli-endings-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const SAVEPOINT = fixture('hashmap-canonical');

describe('a command that writes a savepoint', () => {
  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`leaves nothing after ${signal}, and ends with ${exitCode}`, async () => {
      const to = join(folder, signal);
      const child = spawn(
        process.execPath,
        [
          ...['--import', new URL('./slow-files.js', import.meta.url).href],
          ...[MILLRACE, 'snapshot', 'convert', SAVEPOINT, to],
        ],
        { env: { ...process.env, SLOW_FILES_UNTIL: signal } },
      );
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (text.includes('a file is written')) {
          child.kill(signal);
        }
      });

      const status = await new Promise((resolve) => child.once('close', resolve));

      assert.equal(status, exitCode, said);
      assert.equal(existsSync(to), false);
    });
  }
});

describe('a command whose output is full', () => {
  const skip = existsSync('/dev/full') ? false : 'needs /dev/full';
  for (const command of [
    '--help',
    `snapshot ls '${SAVEPOINT}'`,
    `snapshot ls '${SAVEPOINT}' --json`,
    `snapshot cat '${SAVEPOINT}' 43c502db v-long`,
    `snapshot size '${SAVEPOINT}'`,
    `snapshot verify '${SAVEPOINT}'`,
    `snapshot diff '${SAVEPOINT}' '${fixture('hashmap-chk')}'`,
  ]) {
    const name = command.replaceAll(/'[^']*'/g, 'S');
    it(`says so in one line and ends with 1: ${name}`, { skip }, () => {
      const run = inShell(`$MILLRACE ${command} > /dev/full`);

      const [first = '', ...rest] = run.stderr
        .split('\n')
        .filter((line) => line !== '' && !/^(not checked: |.* holds checkpoints; )/.test(line));
      assert.match(first, /^millrace: DISK_FULL: cannot write the result: the disk is full; /);
      assert.deepEqual(rest, []);
      assert.equal(run.status, 1);
    });
  }
});

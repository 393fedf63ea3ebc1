/** Completion in real shells: bash, and zsh and fish where they are there. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { MILLRACE, millrace } from './run-cli.ts';

const execFileAsync = promisify(execFile);
const SUMS = '30ef3b76de442b21b15f319f85d01947';
const JOBS = {
  jobs: [
    { jid: SUMS, name: 'sums', state: 'RUNNING', 'start-time': 1, tasks: {} },
    { jid: 'b'.repeat(32), name: 'over', state: 'FINISHED', 'start-time': 1, tasks: {} },
  ],
};

const whyNot = (shell: string): string | false =>
  spawnSync(shell, ['-c', 'true']).status === 0 ? false : `${shell} is not there`;

describe('completion', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-completion-'));
  let server: Server;
  let address = '';

  before(async () => {
    server = createServer((_request, response) => response.end(JSON.stringify(JOBS)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const command = join(folder, 'millrace');
    writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${MILLRACE}' "$@"\n`);
    chmodSync(command, 0o755);
    for (const shell of ['bash', 'zsh', 'fish']) {
      writeFileSync(join(folder, shell), (await millrace(['completion', shell])).stdout);
    }
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** What a shell offers for the last of the words. */
  const offers = async (shell: 'bash' | 'zsh' | 'fish', ...words: string[]): Promise<string[]> => {
    const line = words.join(' ');
    const scripts = {
      bash: `source '${folder}/bash'; COMP_WORDS=(${words.map((w) => `'${w}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`,
      zsh: `autoload -Uz compinit; compinit -D -u; compdef() { :; }; source '${folder}/zsh'
        _describe() { shift; local each; for each in "\${(@P)1}"; do print -r -- "\${each%%:*}"; done; }
        compadd() { shift; print -rl -- "$@"; }; _files() { :; }
        words=(${words.map((w) => `'${w}'`).join(' ')}); CURRENT=${words.length}; _millrace`,
      fish: `source '${folder}/fish'; complete -C '${line}'`,
    };
    const { stdout } = await execFileAsync(shell, ['-c', scripts[shell]], {
      env: { PATH: `${folder}:${process.env.PATH}`, HOME: folder },
    });
    const first = words.at(-1) as string;
    return stdout
      .split('\n')
      .map((each) => each.split('\t')[0] as string)
      .filter((each) => each !== '' && each.startsWith(first));
  };

  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    describe(`in ${shell}`, { skip: whyNot(shell) }, () => {
      it('offers commands', async () => {
        assert.deepEqual((await offers(shell, 'millrace', 's')).sort(), [
          'savepoint',
          'snapshot',
          'sql',
          'stop',
        ]);
      });

      it('offers the commands below one', async () => {
        assert.deepEqual(await offers(shell, 'millrace', 'snapshot', 'ver'), ['verify']);
      });

      it('offers options, and what they may be', async () => {
        assert.deepEqual(await offers(shell, 'millrace', 'stop', '--dr'), ['--drain']);
        assert.deepEqual(await offers(shell, 'millrace', 'stop', '--type', 'nat'), ['native']);
      });

      it('offers the jobs of the server that run, by name and id', async () => {
        const named = await offers(shell, 'millrace', 'cancel', '-m', address, 's');
        const byId = await offers(shell, 'millrace', 'stop', '-m', address, '30');

        assert.deepEqual([named, byId], [['sums'], [SUMS]]);
      });

      it('offers no job where no server answers', async () => {
        const offered = await offers(shell, 'millrace', 'cancel', '-m', '127.0.0.1:1', 's');

        assert.deepEqual(offered, []);
      });
    });
  }
});

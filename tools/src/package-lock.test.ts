import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HOUSE } from './tidy/house.ts';

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

function read(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

/** What an install makes of it; how a path is written does not count. */
function installed({ bin = {}, dependencies = {} }: Manifest): unknown {
  const commands = Object.entries(bin).map(([name, path]) => [name, normalize(path)]);
  return { bin: Object.fromEntries(commands), dependencies };
}

// An install goes by the lock file: a command that only the manifest names is not linked.
describe('package-lock.json', () => {
  const { packages } = read('package-lock.json') as { packages: Record<string, Manifest> };

  for (const folder of Object.keys(HOUSE)) {
    it(`names the commands and dependencies of ${folder}`, () => {
      const manifest = read(`${folder}/package.json`) as Manifest;

      assert.deepEqual(installed(packages[folder] ?? {}), installed(manifest));
    });
  }
});

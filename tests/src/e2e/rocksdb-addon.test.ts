/** What a program that asks for RocksDB is told when the addon is not there, or is another one. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startProgram } from '../child-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-rocksdb-addon-'));
after(() => rmSync(folder, { recursive: true, force: true }));
/** Also where it is not built. */
const THERE = `import fs from 'node:fs';
  import Module, { syncBuiltinESMExports } from 'node:module';
  const { existsSync } = fs;
  fs.existsSync = (path) => String(path).endsWith('.node') || existsSync(path);
  const resolve = Module._resolveFilename;
  Module._resolveFilename = (name, ...rest) => name.endsWith('.node') ? name : resolve(name, ...rest);
  syncBuiltinESMExports();`;
const MISSING = `import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const { existsSync } = fs;
  fs.existsSync = (path) => !String(path).endsWith('.node') && existsSync(path);
  syncBuiltinESMExports();`;
const OTHER_VERSION = `${THERE}
  process.dlopen = (module) => { module.exports = { bindingVersion: 999 }; };`;
const UNLOADABLE = `${THERE}
  process.dlopen = () => { throw new Error('wrong ELF class: ELFCLASS32'); };`;
const PROGRAM = fileURLToPath(new URL('./rocksdb-killed-program.js', import.meta.url));

describe('a program that asks for RocksDB', () => {
  for (const [title, preload, why] of [
    [
      'is told how to build the addon when it is not there',
      MISSING,
      /there is no .*millrace_rocksdb.node/,
    ],
    ['is told that the addon is of another version', OTHER_VERSION, /version 999/],
    ['is told why the addon cannot be loaded', UNLOADABLE, /wrong ELF class/],
  ] as const) {
    it(title, async () => {
      const file = join(folder, 'preload.mjs');
      writeFileSync(file, preload);

      const end = await startProgram(PROGRAM, [join(folder, 'root')], {
        environment: { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` },
      }).ended;

      assert.equal(end.code, 1, end.stderr);
      assert.match(end.stderr, /ROCKSDB_NOT_BUILT/);
      assert.match(end.stderr, why);
      assert.match(end.stderr, /npm run build:rocksdb/);
    });
  }
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const NATIVE = fileURLToPath(new URL('../../native', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'millrace-build-'));
after(() => rmSync(folder, { recursive: true, force: true }));

// In the place of the tools: a cmake that, like make, keeps an addon that is there.
const TOOL = `#!/bin/sh
if [ "$1" = -S ] && [ -n "$NO_LIBRARY" ]; then echo 'Could not find ROCKSDB_LIBRARY using the files'; exit 1; fi
if [ "$1" = --build ] && [ ! -f "$2/millrace_rocksdb.node" ]; then echo whole > "$2/millrace_rocksdb.node"; fi
`;
for (const path of ['bin', 'rocksdb/include/rocksdb', 'node_modules/node-api-headers/include']) {
  mkdirSync(join(folder, path), { recursive: true });
}
for (const tool of ['cmake', 'c++', 'make']) {
  writeFileSync(join(folder, 'bin', tool), TOOL, { mode: 0o755 });
}
writeFileSync(join(folder, 'rocksdb/include/rocksdb/db.h'), '');
writeFileSync(join(folder, 'node_modules/node-api-headers/package.json'), '{}');
for (const path of ['build-rocksdb.mjs', 'CMakeLists.txt', 'src']) {
  cpSync(join(NATIVE, path), join(folder, path), { recursive: true });
}

function build(env: Readonly<Record<string, string>> = {}) {
  const args = [join(folder, 'build-rocksdb.mjs'), '--rocksdb-dir', join(folder, 'rocksdb')];
  const PATH = `${join(folder, 'bin')}:${process.env.PATH}`;
  return spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, CXX: 'c++', PATH, ...env },
  });
}

describe('the build of the addon', { skip: process.platform === 'win32' }, () => {
  it('makes an addon again that was cut since, and no other', () => {
    const addon = join(folder, 'build', 'millrace_rocksdb.node');
    assert.match(build().stdout, /^built: /);
    assert.match(build().stdout, /^up to date: /);
    writeFileSync(addon, 'wh');

    const mended = build();

    assert.match(mended.stdout, /^built: /);
    assert.equal(readFileSync(addon, 'utf8'), 'whole\n');
    assert.match(build().stdout, /^up to date: /);
  });

  it('says what to install where there are headers and no library', () => {
    rmSync(join(folder, 'build'), { recursive: true, force: true });

    const { stderr, status } = build({ NO_LIBRARY: '1' });

    assert.equal(status, 1);
    assert.match(stderr, /the library of RocksDB \(looked in .*rocksdb\) is missing/);
    assert.match(stderr, /apt-get install librocksdb-dev/);
  });
});

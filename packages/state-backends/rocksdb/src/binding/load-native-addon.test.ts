import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const LOADER = new URL('./load-native-addon.js', import.meta.url).href;
const BUILD = fileURLToPath(new URL('../../native/build-rocksdb.mjs', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'millrace-addon-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Loads in a process of its own, as a process loads it once. */
function evaluate(expression: string, env: Readonly<Record<string, string>>) {
  const script = `import * as loader from '${LOADER}'; process.stdout.write(String(${expression}));`;
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env: { ...process.env, CI: '', ...env },
  });
  return { ...run, said: run.stdout };
}

describe('loading the addon', () => {
  it('says where it is missing, and how to build it', () => {
    const missing = join(folder, 'missing.node');

    const { stderr, status } = evaluate('loader.loadNativeAddon()', {
      MILLRACE_ROCKSDB_ADDON: missing,
    });

    assert.equal(status, 1);
    assert.match(stderr, /ROCKSDB_NOT_BUILT/);
    assert.ok(stderr.includes(missing), stderr);
    assert.match(stderr, /npm run build:rocksdb/);
  });

  it('refuses a file that is no addon', () => {
    const broken = join(folder, 'broken.node');
    writeFileSync(broken, 'not an object file');

    const { stderr } = evaluate('loader.loadNativeAddon()', { MILLRACE_ROCKSDB_ADDON: broken });

    assert.match(stderr, /ROCKSDB_NOT_BUILT/);
    assert.match(stderr, /npm run build:rocksdb/);
  });

  it('refuses an addon of another binding version', () => {
    // What `require` takes by its name is JavaScript.
    const other = join(folder, 'other.cjs');
    writeFileSync(other, 'module.exports = { bindingVersion: 12345 };');

    const { stderr } = evaluate('loader.loadNativeAddon()', { MILLRACE_ROCKSDB_ADDON: other });

    assert.match(stderr, /ROCKSDB_NOT_BUILT/);
    assert.match(stderr, /it has version 12345, and \d+ is needed/);
  });

  it('gives a test the reason to be skipped', () => {
    const { said, status } = evaluate('loader.whyNoNativeAddon()', {
      MILLRACE_ROCKSDB_ADDON: join(folder, 'missing.node'),
    });

    assert.equal(status, 0);
    assert.match(said, /cannot be used: there is no /);
  });

  it('fails a test in place of skipping it with CI=true', () => {
    const { stderr, status } = evaluate('loader.whyNoNativeAddon()', {
      CI: 'true',
      MILLRACE_ROCKSDB_ADDON: join(folder, 'missing.node'),
    });

    assert.equal(status, 1);
    assert.match(stderr, /ROCKSDB_NOT_BUILT/);
  });
});

describe('building the addon', () => {
  it('says what is missing, and what installs it', () => {
    const run = spawnSync(process.execPath, [BUILD, '--rocksdb-dir', folder], { encoding: 'utf8' });

    assert.equal(run.status, 1);
    assert.ok(run.stderr.includes(join(folder, 'include')), run.stderr);
    assert.match(run.stderr, /apt-get install librocksdb-dev/);
    assert.match(run.stderr, /dnf install rocksdb-devel/);
    assert.match(run.stderr, /brew install rocksdb/);
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';

const CHILD = fileURLToPath(new URL('./no-thread.test.child.js', import.meta.url));
const skip =
  whyNoNativeAddon() ?? (process.platform === 'linux' ? false : 'only Linux has prlimit');

describe('a database whose threads cannot be started', { skip }, () => {
  it('says so, and what to do', () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-rocksdb-'));
    const { stdout, stderr } = spawnSync(process.execPath, [CHILD, folder], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });

    assert.notEqual(stdout, '', stderr);
    const { code, message } = JSON.parse(stdout);
    assert.equal(code, 'ROCKSDB_FAILED');
    assert.match(message, /a thread of RocksDB could not be started \(.+\); end other processes/);
  });
});

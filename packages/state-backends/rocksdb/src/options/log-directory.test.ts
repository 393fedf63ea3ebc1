import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { warnOfUnusableLogDirectory } from './log-directory.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-log-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function warningsOf(directory: unknown): string[] {
  const warnings: string[] = [];
  warnOfUnusableLogDirectory(directory, (message) => warnings.push(message));
  return warnings;
}

describe('the folder of the logs of RocksDB', () => {
  it('is told with its key where it cannot be made or is no folder', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');

    const warnings = [...warningsOf(join(folder, 'a', 'b')), ...warningsOf(join(file, 'logs'))];

    assert.equal(warnings.length, 2);
    assert.match(warnings[0] as string, /state\.backend\.rocksdb\.log\.dir.*a\/b.*ENOENT/);
    assert.match(warnings[1] as string, /ENOTDIR/);
  });

  it('is not told where it is there, can be made, or is not set', () => {
    const directories = [folder, join(folder, 'new'), undefined];

    assert.deepEqual(directories.flatMap(warningsOf), []);
  });
});

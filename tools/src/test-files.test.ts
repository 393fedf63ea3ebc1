import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { findTestFiles } from './test-files.ts';

describe('test files', () => {
  let root = '';
  const write = (path: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'millrace-tests-'));
    write('packages/a/src/room/x.test.ts');
    write('packages/a/dist/room/x.test.js');
    write('packages/a/dist/room/x.js');
    write('tests/src/crash/short.test.ts');
    write('tests/dist/crash/short.test.js');
    write('tests/dist/crash/run-crash-test.js');
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('are the compiled tests of packages and of tests, not the long runs', () => {
    assert.deepEqual(findTestFiles(root), [
      'packages/a/dist/room/x.test.js',
      'tests/dist/crash/short.test.js',
    ]);
  });

  it('are narrowed by a part of the path', () => {
    assert.deepEqual(findTestFiles(root, 'crash'), ['tests/dist/crash/short.test.js']);
  });

  it('leave out those that need real Flink, unless their folder is named', () => {
    write('tests/src/interop/flink.test.ts');
    write('tests/dist/interop/flink.test.js');

    assert.deepEqual(findTestFiles(root, 'tests'), ['tests/dist/crash/short.test.js']);
    assert.deepEqual(findTestFiles(root, 'tests/dist/interop'), [
      'tests/dist/interop/flink.test.js',
    ]);
  });

  it('leave out what was compiled from a source that is gone', () => {
    rmSync(join(root, 'packages/a/src/room/x.test.ts'));

    assert.deepEqual(findTestFiles(root), ['tests/dist/crash/short.test.js']);
  });
});

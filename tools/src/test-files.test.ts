import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { findTestFiles, findTestFilesOf } from './test-files.ts';

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

  it('are named by their source too, with or without what it is written in', () => {
    for (const part of ['packages/a/src/room/x', 'src/room', 'room/x.test.ts']) {
      assert.deepEqual(findTestFiles(root, part), ['packages/a/dist/room/x.test.js']);
    }
  });

  it('of several parts come once each; a part that none has is an error, beside others too', () => {
    assert.deepEqual(findTestFilesOf(root, []), findTestFiles(root));
    assert.deepEqual(findTestFilesOf(root, ['crash', 'short', 'room']), [
      'tests/dist/crash/short.test.js',
      'packages/a/dist/room/x.test.js',
    ]);
    assert.throws(() => findTestFilesOf(root, ['crash', 'packages/a/src/rom']), {
      message: /no compiled test has 'packages\/a\/src\/rom' in its path; give a part of the path/,
    });
  });

  it('leave out those that need real Flink, unless their folder is named', () => {
    write('tests/src/interop/flink.test.ts');
    write('tests/dist/interop/flink.test.js');

    assert.deepEqual(findTestFiles(root, 'tests'), ['tests/dist/crash/short.test.js']);
    for (const folder of ['tests/dist/interop', 'tests/src/interop']) {
      assert.deepEqual(findTestFiles(root, folder), ['tests/dist/interop/flink.test.js']);
    }
  });

  it('leave out those of snapshots where all are run, not where a part is named', () => {
    for (const folder of ['compatibility', 'command-line', 'fuzz']) {
      write(`tests/src/${folder}/y.test.ts`);
      write(`tests/dist/${folder}/y.test.js`);
    }

    assert.ok(!findTestFiles(root).some((path) => path.endsWith('y.test.js')));
    assert.equal(findTestFiles(root, 'y.test').length, 3);
  });

  it('leave out what was compiled from a source that is gone', () => {
    rmSync(join(root, 'packages/a/src/room/x.test.ts'));

    assert.deepEqual(findTestFiles(root), ['tests/dist/crash/short.test.js']);
  });
});

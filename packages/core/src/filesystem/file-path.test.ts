import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileName, joinPath, parentPath, pathScheme, toFileUri, toLocalPath } from './file-path.ts';

describe('paths', () => {
  it('takes the scheme of a URI, and none of a plain path or a drive letter', () => {
    const schemes = ['S3://b/a', 'file:/a', '/a:b', 'C:\\a', 'a/b'].map(pathScheme);

    assert.deepEqual(schemes, ['s3', 'file', undefined, undefined, undefined]);
  });

  it('spells every form of a local path as Flink does', () => {
    const forms = ['file:/a/b', 'file:///a/b', 'file://localhost/a/b', '/a/b/', '/a/./c/../b'];

    assert.deepEqual(
      forms.map(toFileUri),
      forms.map(() => 'file:/a/b'),
    );
  });

  it('takes no other URI for a local path, which would be one below the working directory', () => {
    for (const local of [toLocalPath, toFileUri]) {
      assert.throws(() => local('s3://bucket/a'), {
        code: 'FILE_SYSTEM_UNKNOWN',
        message: /for 's3:' in s3:\/\/bucket\/a, but for file; .* give a folder of this machine/,
      });
    }
  });

  it('resolves a relative path against the working directory', () => {
    assert.equal(toLocalPath('x/y'), `${process.cwd()}/x/y`);
  });

  it('joins with one slash and keeps the root', () => {
    assert.equal(joinPath('file:/a/', '/b', 'c'), 'file:/a/b/c');
    assert.equal(joinPath('file:/', 'b'), 'file:/b');
    assert.equal(joinPath('s3://bucket', 'b'), 's3://bucket/b');
  });

  it('ends at the root when parents are taken', () => {
    assert.equal(parentPath('file:/a/b'), 'file:/a');
    assert.equal(parentPath('file:/a'), 'file:/');
    assert.equal(parentPath('file:/'), undefined);
    assert.equal(parentPath('s3://bucket/a'), 's3://bucket/');
    assert.equal(parentPath('s3://bucket/'), undefined);
    assert.equal(parentPath('name'), undefined);
    assert.equal(parentPath('/a/b/'), '/a');
  });

  it('takes the last part as the name', () => {
    assert.equal(fileName('file:/a/chk-7/'), 'chk-7');
    assert.equal(fileName('name'), 'name');
  });
});

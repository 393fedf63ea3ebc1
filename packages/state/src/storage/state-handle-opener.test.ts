import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocalFileSystem } from '@millrace/core';
import { createStateHandleOpener } from './state-handle-opener.ts';

class UnreadableFileSystem extends LocalFileSystem {
  override open() {
    return Promise.resolve({
      sizeBytes: 10,
      read: () => Promise.reject(new Error('the disk is tired')),
      close: () => Promise.resolve(),
    });
  }
}

describe('the bytes behind a handle', () => {
  it('that cannot be read are named by their file', async () => {
    const open = createStateHandleOpener({ getFileSystem: () => new UnreadableFileSystem() });
    const reader = await open({ kind: 'file', path: 'file:/state/a', sizeBytes: 10 });

    await assert.rejects(reader.read(0, 4), {
      code: 'IO_EXCEPTION',
      message: 'cannot read the state file:/state/a: the disk is tired',
    });
  });
});

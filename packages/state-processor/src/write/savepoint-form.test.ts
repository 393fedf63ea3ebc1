import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CheckpointError, ConfigError, LocalFileSystem } from '@millrace/core';
import { writeSavepoint } from './savepoint-form.ts';
import { temporaryFolder } from './written-savepoint-fixture.ts';

const folder = temporaryFolder();
const FORM = { inlineThresholdBytes: 0 };

class KeepingFileSystem extends LocalFileSystem {
  override delete(): Promise<never> {
    throw new CheckpointError('FILE_PERMISSION_DENIED', 'nothing can be deleted');
  }
}

async function writeAndFail(target: string, fileSystem = new LocalFileSystem()): Promise<void> {
  const form = { ...FORM, fileSystems: { getFileSystem: () => fileSystem } };
  await assert.rejects(
    writeSavepoint(target, form, async (savepoint) => {
      const stream = savepoint.createCheckpointStateOutputStream('exclusive');
      await stream.write(new Uint8Array(10));
      await stream.closeAndGetHandle();
      assert.equal(readdirSync(target).length, 1);
      throw new ConfigError('UNSUPPORTED', 'what went wrong first');
    }),
    { code: 'UNSUPPORTED', message: 'what went wrong first' },
  );
}

describe('a savepoint that fails', () => {
  it('is gone with its folder', async () => {
    const target = join(folder, 'new');

    await writeAndFail(target);

    assert.equal(existsSync(target), false);
  });

  it('leaves the empty folder that was there before', async () => {
    const target = join(folder, 'empty');
    mkdirSync(target);

    await writeAndFail(target);

    assert.deepEqual(readdirSync(target), []);
  });

  it('says what went wrong first, when it cannot be removed either', async () => {
    await writeAndFail(join(folder, 'kept'), new KeepingFileSystem());
  });
});

/** A restart in the life of the process: from the copies on the local disk, where they are whole. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type FileReader, FileSystems, LocalFileSystem } from '@millrace/core';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { checkpointsIn, countingProgram, EXACT_COUNTS, lastCounts } from './counting-program.ts';

const skip = whyNoNativeAddon() ?? false;
const folder = mkdtempSync(join(tmpdir(), 'millrace-local-recovery-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Counts what is read of the files that checkpoints share. */
class ReadFiles extends LocalFileSystem {
  sharedFiles = 0;

  override open(path: string): Promise<FileReader> {
    if (path.includes('/shared/')) {
      this.sharedFiles++;
    }
    return super.open(path);
  }
}

async function run(
  name: string,
  configuration: Record<string, string>,
  onFailure: (localDirectory: string) => void = () => {},
  failuresInARow = 1,
) {
  const files = new ReadFiles();
  const local = join(folder, `${name}-local`);
  const warnings: string[] = [];
  const failures = new Map([
    [1400, failuresInARow],
    [2900, 1],
  ]);
  const program = countingProgram({
    configuration: {
      ...checkpointsIn(join(folder, name)),
      'restart-strategy.type': 'fixed-delay',
      'restart-strategy.fixed-delay.attempts': '5',
      'restart-strategy.fixed-delay.delay': '1 ms',
      'parallelism.default': '2',
      'state.backend.type': 'rocksdb',
      'state.backend.rocksdb.localdir': local,
      'execution.checkpointing.incremental': 'true',
      'execution.checkpointing.data-inline-threshold': '0 b',
      ...configuration,
    },
    services: {
      warn: (message) => void warnings.push(message),
      fileSystems: new FileSystems([files]),
    },
    onRecord: (value) => {
      const left = failures.get(value) ?? 0;
      if (left > 0) {
        failures.set(value, left - 1);
        onFailure(local);
        throw new Error('failed on demand');
      }
    },
  });
  await program.env.execute(name);
  assert.deepEqual([...failures.values()], [0, 0]);
  assert.deepEqual(lastCounts(program.sink), EXACT_COUNTS);
  assert.deepEqual(existsSync(local) ? readdirSync(local) : [], []);
  return { readShared: files.sharedFiles, warnings };
}

/** The files of all copies that are on the disk. */
function copiedFiles(local: string): string[] {
  return readdirSync(local, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.includes('localState-'))
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('a restart of a job whose checkpoints are kept on the local disk', { skip }, () => {
  it('reads no shared file of the storage, and leaves nothing on the disk in the end', async () => {
    const copies: number[] = [];

    const { readShared, warnings } = await run(
      'whole',
      { 'state.backend.local-recovery': 'true' },
      (local) => copies.push(copiedFiles(local).length),
    );

    assert.equal(readShared, 0);
    assert.ok(copies.every((count) => count > 0));
    assert.deepEqual(
      warnings.filter((warning) => warning.includes('local copy')),
      [],
    );
  });

  it('goes by the storage where a copy is cut', async () => {
    const { readShared, warnings } = await run(
      'cut',
      { 'state.backend.local-recovery': 'true' },
      (local) => {
        for (const path of copiedFiles(local).filter((each) => each.endsWith('CURRENT'))) {
          truncateSync(path, 3);
        }
      },
    );

    assert.ok(readShared > 0);
    assert.ok(warnings.some((warning) => /local copy .* cannot be used/.test(warning)));
  });

  it('goes by the storage where the job has failed on the copy before', async () => {
    const configuration = { 'state.backend.local-recovery': 'true' };

    const { readShared, warnings } = await run('twice', configuration, () => {}, 2);

    assert.ok(readShared > 0);
    assert.deepEqual(
      warnings.filter((warning) => warning.includes('local copy')),
      [],
    );
  });

  it('goes by the storage where local copies are kept but not used', async () => {
    const { readShared } = await run('unused', {
      'execution.checkpointing.local-backup.enabled': 'true',
    });

    assert.ok(readShared > 0);
  });

  it('goes by the storage where none are kept', async () => {
    const { readShared } = await run('none', {});

    assert.ok(readShared > 0);
  });

  it('finds them in the folder that is named for them', async () => {
    const named = join(folder, 'named-backup');
    const copies: number[] = [];

    const { readShared } = await run(
      'named',
      {
        'state.backend.local-recovery': 'true',
        'execution.checkpointing.local-backup.dirs': named,
      },
      () => copies.push(copiedFiles(named).length),
    );

    assert.equal(readShared, 0);
    assert.ok(copies.every((count) => count > 0));
    assert.deepEqual(readdirSync(named), []);
  });
});

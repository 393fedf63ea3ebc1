import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileError } from '@millrace/core';
import {
  checkpoint,
  commit,
  committedFiles,
  freshWriter,
  restoredWriter,
  writeAll,
} from '../testing/sink-harness.ts';
import { FileSink } from './file-sink.ts';
import { LocalPartFiles } from './part-files.ts';
import { stringEncoder } from './row-encoder.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-file-sink-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A disk on which one operation fails from the moment that `errno` is set. */
class FaultyFiles extends LocalPartFiles {
  errno: string | undefined;
  private readonly operation: 'write' | 'create' | 'sync' | 'rename' | 'syncDirectory';

  constructor(operation: 'write' | 'create' | 'sync' | 'rename' | 'syncDirectory') {
    super();
    this.operation = operation;
    this.errno = undefined;
  }

  private fault(operation: string, path: string): void {
    if (operation === this.operation && this.errno !== undefined) {
      throw fileError(operation, path, Object.assign(new Error('fault'), { code: this.errno }));
    }
  }

  override write(handle: number, path: string, bytes: Uint8Array, length: number): void {
    if (this.operation === 'write' && this.errno !== undefined) {
      super.write(handle, path, bytes, Math.floor(length / 2));
    }
    this.fault('write', path);
    super.write(handle, path, bytes, length);
  }

  override create(path: string): number {
    this.fault('create', path);
    return super.create(path);
  }

  override async sync(handle: number, path: string): Promise<void> {
    this.fault('sync', path);
    await super.sync(handle, path);
  }

  override rename(source: string, target: string): void {
    this.fault('rename', source);
    super.rename(source, target);
  }

  override async syncDirectory(path: string): Promise<void> {
    this.fault('syncDirectory', path);
    await super.syncDirectory(path);
  }
}

function sinkOn(files: LocalPartFiles): FileSink<string> {
  return FileSink.forRowFormat<string>(folder, stringEncoder()).withPartFiles(files);
}

describe('a full disk', () => {
  for (const operation of ['write', 'sync', 'syncDirectory'] as const) {
    it(`while it must ${operation} stops the writer, and nothing is lost`, async () => {
      const files = new FaultyFiles(operation);
      const sink = sinkOn(files);
      const writer = freshWriter(sink);
      writeAll(writer, ['a']);
      const taken = await checkpoint(sink, writer);
      // The second part makes a new name, which the directory must keep.
      writeAll(writer, ['half written']);
      const second = sinkOn(files);
      const other = freshWriter(second, { subtaskId: 1 });
      writeAll(other, ['x']);
      files.errno = 'ENOSPC';

      const failing = operation === 'syncDirectory' ? other : writer;
      await assert.rejects(async () => failing.flush(false), {
        code: 'DISK_FULL',
        message: /disk is full/,
      });
      await assert.rejects(async () => failing.flush(false), { code: 'PROCESS_POISONED' });
      assert.throws(() => writeAll(failing, ['c']), {
        code: 'PROCESS_POISONED',
        message: /failed before .*disk is full.*restart it from a checkpoint/,
      });
      assert.deepEqual(committedFiles(folder), {});

      files.errno = undefined;
      const restored = restoredWriter(sink, taken.states);
      writeAll(restored, ['half written']);
      await commit(sink, (await checkpoint(sink, restored, true)).committables);
      assert.deepEqual(committedFiles(folder), { 'part-0-0': 'a\nhalf written\n' });
    });
  }

  it('while parts are committed leaves them to be committed again', async () => {
    for (const operation of ['rename', 'syncDirectory'] as const) {
      const files = new FaultyFiles(operation);
      const path = join(folder, operation);
      const sink = FileSink.forRowFormat(path, stringEncoder()).withPartFiles(files);
      const writer = freshWriter(sink);
      writeAll(writer, ['a']);
      const taken = await checkpoint(sink, writer, true);

      files.errno = 'ENOSPC';
      const failures = await commit(sink, taken.committables);
      files.errno = undefined;
      const again = await commit(sink, taken.committables);

      assert.deepEqual(
        failures.map((failure) => (failure as { code: string }).code),
        ['DISK_FULL'],
      );
      assert.deepEqual(again, []);
      assert.deepEqual(committedFiles(join(folder, operation)), { 'part-0-0': 'a\n' });
    }
  });

  it('is recognised on a real small disk', async (context) => {
    const mounted = join(folder, 'small');
    try {
      execFileSync('mkdir', [mounted]);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mounted], { stdio: 'pipe' });
    } catch {
      rmSync(folder, { recursive: true });
      context.skip('mounting a small disk needs rights that this process does not have');
      return;
    }
    try {
      const sink = FileSink.forRowFormat(mounted, stringEncoder());
      const writer = freshWriter(sink);

      assert.throws(() => writeAll(writer, Array(200).fill('x'.repeat(1000))), {
        code: 'DISK_FULL',
      });

      await writer.close();
      assert.deepEqual(committedFiles(mounted), {});
    } finally {
      execFileSync('umount', [mounted]);
    }
  });
});

describe('a folder that may not be written', () => {
  it('is named, with the code of its cause', () => {
    for (const errno of ['EACCES', 'EROFS']) {
      const files = new FaultyFiles('create');
      files.errno = errno;
      const writer = freshWriter(sinkOn(files));

      assert.throws(() => writeAll(writer, ['a']), {
        code: 'FILE_PERMISSION_DENIED',
        message: new RegExp(`cannot create ${folder}/\\.part-0-0\\.inprogress`),
      });
    }
  });

  const isRoot = process.getuid?.() === 0;

  it('is recognised on a real disk', { skip: isRoot && 'root may write anywhere' }, () => {
    chmodSync(folder, 0o500);
    const writer = freshWriter(FileSink.forRowFormat(folder, stringEncoder()));

    assert.throws(() => writeAll(writer, ['a']), { code: 'FILE_PERMISSION_DENIED' });

    chmodSync(folder, 0o700);
  });
});

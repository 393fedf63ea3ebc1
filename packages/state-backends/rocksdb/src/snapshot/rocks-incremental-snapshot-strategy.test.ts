import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { errorCode, type FileSystem, LocalFileSystem, TaskError } from '@millrace/core';
import type { KeyedStateHandle, SharingFilesStrategy } from '@millrace/state';
import type { VersionCopy } from '../barrier/held-writes.ts';
import { LocalCopies } from '../database/local-copies.ts';
import { createSnapshotStrategy } from './create-snapshot-strategy.ts';
import {
  FolderDatabase,
  folderSource,
  incremental,
  JobFolder,
  sharedNames,
  temporaryFolder,
} from './snapshot-fixture.ts';
import type { SnapshotSource, SnapshotStrategy } from './snapshot-strategy.ts';
import type { CompletedFiles } from './uploaded-history.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let database: FolderDatabase;

beforeEach(async () => {
  folder = await temporaryFolder();
  database = new FolderDatabase();
});

afterEach(() => folder.remove());

interface Task {
  readonly strategy: SnapshotStrategy;
  readonly job: JobFolder;
  take(checkpointId: number, sharing?: SharingFilesStrategy): Promise<KeyedStateHandle | undefined>;
}

function task(
  options: {
    readonly restored?: CompletedFiles;
    readonly fileSystem?: FileSystem;
    readonly inlineThresholdBytes?: number;
    readonly source?: Partial<SnapshotSource>;
    readonly localCopies?: LocalCopies;
  } = {},
): Task {
  const job = new JobFolder(join(folder.path, 'checkpoints'), options);
  const source = folderSource(database, { workingDirectory: folder.path, ...options.source });
  const strategy = createSnapshotStrategy(source, {
    incremental: true,
    restored: options.restored,
    localCopies: options.localCopies,
  });
  return {
    strategy,
    job,
    take: async (checkpointId, sharing) => {
      const streams = await job.streams(checkpointId, sharing);
      const handle = await strategy.snapshot(checkpointId, streams).write();
      job.acknowledge(checkpointId, handle);
      return handle;
    },
  };
}

/** The folders of the database's copies that are left. */
async function copiesLeft(): Promise<string[]> {
  return (await readdir(folder.path)).filter((name) => name.startsWith('chk-'));
}

describe('incremental snapshots of a database', () => {
  it('write what the last completed checkpoint does not have, and all again that a failed one had', async () => {
    // The example of the seeds: 4.sst is written by checkpoint 2, which fails, and again by 3.
    const { strategy, job, take } = task();

    database.set('1.sst', '2.sst', '3.sst', 'MANIFEST-1');
    const first = await take(1);
    await job.complete(1, first);
    strategy.notifyCheckpointComplete(1);
    database.set('1.sst', '2.sst', '4.sst', 'MANIFEST-1');
    const second = await take(2);
    await job.abort(2, second);
    strategy.notifyCheckpointAborted(2);
    database.set('4.sst', '5.sst', 'MANIFEST-1');
    const third = await take(3);
    await job.complete(3, third);

    const names = [first, second, third].map(sharedNames);
    assert.deepEqual(
      names.map((each) => [...each.keys()]),
      [
        ['1.sst', '2.sst', '3.sst'],
        ['1.sst', '2.sst', '4.sst'],
        ['4.sst', '5.sst'],
      ],
    );
    assert.equal(names[1]!.get('1.sst'), names[0]!.get('1.sst'));
    assert.equal(names[1]!.get('2.sst'), names[0]!.get('2.sst'));
    assert.notEqual(names[2]!.get('4.sst'), names[1]!.get('4.sst'));
    assert.deepEqual(await job.sharedFiles(), job.named);
    assert.equal((await job.sharedFiles()).length, 2);
    assert.deepEqual(await copiesLeft(), []);
  });

  it('count the bytes that were written, and not those that are named', async () => {
    const { strategy, take } = task();
    database.set('1.sst', '2.sst', 'MANIFEST-1');
    const first = incremental(await take(1));
    strategy.notifyCheckpointComplete(1);

    const second = incremental(await take(2));

    const fileBytes = [1005, 1005, 1010];
    const metaBytes = first.checkpointedSizeBytes - fileBytes.reduce((a, b) => a + b);
    assert.ok(metaBytes > 0);
    assert.equal(second.checkpointedSizeBytes, 1010 + metaBytes);
  });

  it('write a file again while nobody has said that the checkpoint which has it completed', async () => {
    const { take } = task();
    database.set('1.sst');
    const first = await take(1);

    const second = await take(2);

    assert.notDeepEqual(sharedNames(second), sharedNames(first));
  });

  it('do not name what a later checkpoint has written anew, until that one is known to be over', async () => {
    const { strategy, take } = task();
    database.set('1.sst');
    const first = await take(1);
    const second = await take(2);

    strategy.notifyCheckpointComplete(1); // Late: 2 may be complete by now, and the files of 1 gone.
    const third = await take(3);
    strategy.notifyCheckpointAborted(2);
    strategy.notifyCheckpointAborted(3);
    const fourth = await take(4);

    assert.notDeepEqual(sharedNames(third), sharedNames(first));
    assert.notDeepEqual(sharedNames(third), sharedNames(second));
    assert.deepEqual(sharedNames(fourth), sharedNames(first));
  });

  it('that are full write all, and later ones name it', async () => {
    const { strategy, take } = task();
    database.set('1.sst');
    const first = await take(1);
    strategy.notifyCheckpointComplete(1);

    const full = await take(2, 'forward');
    strategy.notifyCheckpointComplete(2);
    const third = await take(3);

    assert.notDeepEqual(sharedNames(full), sharedNames(first));
    assert.deepEqual(sharedNames(third), sharedNames(full));
  });

  it('of a savepoint lie beside its metadata, and no checkpoint names them', async () => {
    const { strategy, job, take } = task();
    database.set('1.sst');

    const savepoint = incremental(await take(1, 'no-sharing'));
    strategy.notifyCheckpointComplete(1);
    const checkpoint = incremental(await take(2));

    assert.deepEqual(
      savepoint.shared.map(({ handle }) => handle.kind),
      ['relative-file'],
    );
    assert.equal(checkpoint.shared[0]!.handle.kind, 'file');
    assert.equal((await job.sharedFiles()).length, 1);
  });

  it('name the files of the restored checkpoint, but for those that are a savepoint’s own', async () => {
    const files = new Map([
      ['1.sst', { kind: 'file', path: 'file:/elsewhere/1', sizeBytes: 1005 } as const],
      [
        '2.sst',
        { kind: 'relative-file', relativePath: '2', path: 'file:/s/2', sizeBytes: 1005 } as const,
      ],
    ]);
    const { take } = task({ restored: { files } });
    database.set('1.sst', '2.sst');

    const handle = incremental(await take(8));

    assert.equal(handle.shared[0]!.handle, files.get('1.sst'));
    assert.notEqual(handle.shared[1]!.handle, files.get('2.sst'));
  });

  it('keep small files in the metadata, and name them from there', async () => {
    const { strategy, job, take } = task({ inlineThresholdBytes: 20_000 });
    database.set('1.sst', 'CURRENT');

    const first = incremental(await take(1));
    strategy.notifyCheckpointComplete(1);
    const second = incremental(await take(2));

    assert.equal(first.shared[0]!.handle.kind, 'byte-stream');
    assert.equal(second.shared[0]!.handle, first.shared[0]!.handle);
    assert.deepEqual(await job.sharedFiles(), []);
  });

  it('take an empty file for a file', async () => {
    const { take } = task();
    database.set('1.sst');
    database.files.set('000003.log', new Uint8Array());

    const handle = incremental(await take(1));

    assert.deepEqual(
      handle.private.map(({ localPath, handle: file }) => [localPath, file.kind]),
      [['000003.log', 'byte-stream']],
    );
  });
});

describe('a snapshot of a database that fails', () => {
  const noRoom = (after: number): FileSystem => {
    const local = new LocalFileSystem();
    let left = after;
    return Object.assign(Object.create(local) as FileSystem, {
      create: async (path: string, options: { overwrite: boolean }) => {
        const writer = await local.create(path, options);
        return Object.assign(Object.create(writer) as typeof writer, {
          write: async (bytes: Uint8Array) => {
            if (path.includes('/shared/') && left-- === 0) {
              throw new TaskError('DISK_FULL', `${path}: no room`);
            }
            await writer.write(bytes);
          },
          close: () => writer.close(),
          abort: () => writer.abort(),
        });
      },
    });
  };

  it('while it writes leaves no file, and the next one is whole', async () => {
    const { strategy, job, take } = task({ fileSystem: noRoom(4) });
    database.set('1.sst', '2.sst', '3.sst', '4.sst', '5.sst', '6.sst', '7.sst');

    await assert.rejects(take(1), (error) => errorCode(error) === 'DISK_FULL');
    await job.abort(1, undefined);
    strategy.notifyCheckpointAborted(1);
    const leftOver = await job.sharedFiles();
    const second = await take(2);
    await job.complete(2, second);

    assert.deepEqual(leftOver, []);
    assert.equal(sharedNames(second).size, 7);
    assert.deepEqual(await job.sharedFiles(), job.named);
    assert.deepEqual(await copiesLeft(), []);
  });

  it('because a file of the copy has vanished says which', async () => {
    const { job, strategy } = task();
    database.set('1.sst', '2.sst');
    const listed = new LocalFileSystem();
    const source = folderSource(database, { workingDirectory: folder.path });
    const vanishing = createSnapshotStrategy(source, {
      incremental: true,
      restored: undefined,
      localFiles: Object.assign(Object.create(listed) as FileSystem, {
        listStatus: async (path: string) => {
          const found = await listed.listStatus(path);
          await listed.delete(join(path, '2.sst'), { recursive: false });
          return found;
        },
      }),
    });

    const write = vanishing.snapshot(1, await job.streams(1)).write();

    await assert.rejects(write, /cannot read 2\.sst of the local database/);
    assert.deepEqual(await job.sharedFiles(), []);
    assert.deepEqual(await copiesLeft(), []);
    await strategy.dispose();
  });

  it('because a file of the copy changes its size says so', async () => {
    const { job } = task();
    database.set('1.sst');
    const listed = new LocalFileSystem();
    const strategy = createSnapshotStrategy(
      folderSource(database, { workingDirectory: folder.path }),
      {
        incremental: true,
        restored: undefined,
        localFiles: Object.assign(Object.create(listed) as FileSystem, {
          listStatus: async (path: string) => {
            const found = await listed.listStatus(path);
            await writeFile(join(path, '1.sst'), 'short');
            return found;
          },
        }),
      },
    );

    const write = strategy.snapshot(1, await job.streams(1)).write();

    await assert.rejects(write, /1\.sst of the local database has 5 bytes and had 1005/);
  });

  it('because the copy cannot be made leaves nothing of it', async () => {
    const { take } = task();
    database.set('1.sst', '2.sst');
    database.failure = new TaskError('DISK_FULL', 'no room for a copy');

    await assert.rejects(take(1), /no room for a copy/);

    assert.deepEqual(await copiesLeft(), []);
  });
});

describe('a strategy whose deletions fail', () => {
  it('goes on, and is disposed of', async () => {
    const localCopies = new LocalCopies({ take: async () => folder.path, leave: () => {} });
    localCopies.complete = () => Promise.reject(new Error('disk full'));
    const { strategy, take } = task({ localCopies });
    database.set('1.sst');

    strategy.notifyCheckpointComplete(1);

    assert.ok(await take(2));
    await strategy.dispose();
  });
});

describe('a snapshot of a database that is cancelled', () => {
  it('while its copy is made removes the copy', async () => {
    const { strategy, job } = task();
    database.set('1.sst');
    let open: () => void = () => {};
    database.gate = new Promise((resolve) => {
      open = resolve;
    });
    const snapshot = strategy.snapshot(1, await job.streams(1));
    const write = snapshot.write();

    snapshot.cancel();
    open();

    await assert.rejects(write, (error) => errorCode(error) === 'CHECKPOINT_ASYNC_EXCEPTION');
    assert.deepEqual(await copiesLeft(), []);
    assert.deepEqual(await job.sharedFiles(), []);
  });

  it('before it is written makes no copy', async () => {
    const { strategy, job } = task();
    database.set('1.sst');

    strategy.snapshot(1, await job.streams(1)).cancel();
    await strategy.dispose();

    assert.deepEqual(await copiesLeft(), []);
  });

  it('after it was written removes what it wrote, but not what an older one did', async () => {
    const { strategy, job, take } = task();
    database.set('1.sst');
    const first = await take(1);
    await job.complete(1, first);
    strategy.notifyCheckpointComplete(1);
    database.set('1.sst', '2.sst');
    const second = strategy.snapshot(2, await job.streams(2));
    await second.write();

    second.cancel();
    await strategy.dispose();

    assert.deepEqual(await job.sharedFiles(), job.named);
    assert.equal(job.named.length, 1);
  });

  it('leaves nothing also when the barrier cannot give the version up', async () => {
    const barrier = {
      isFixed: false,
      complete: () => {},
      fix: (copy: VersionCopy) => ({
        write: () => copy.start(),
        cancel: () => {
          throw new Error('disk full');
        },
      }),
    };
    const { strategy, job } = task({ source: { barrier } });
    database.set('1.sst');
    const snapshot = strategy.snapshot(1, await job.streams(1));
    await snapshot.write();

    snapshot.cancel();
    await strategy.dispose();

    assert.deepEqual(await copiesLeft(), []);
    assert.deepEqual(await job.sharedFiles(), []);
  });

  it('with its backend stops, and nothing is left', async () => {
    const { strategy, job } = task();
    database.set('1.sst', '2.sst', '3.sst', '4.sst');
    const write = strategy.snapshot(1, await job.streams(1)).write();
    const failed = assert.rejects(write);

    await strategy.dispose();

    await failed;
    assert.deepEqual(await job.sharedFiles(), []);
    assert.deepEqual(await copiesLeft(), []);
  });
});

describe('a full snapshot of a database', () => {
  it('has all files for itself', async () => {
    const job = new JobFolder(join(folder.path, 'checkpoints'));
    const source = folderSource(database, { workingDirectory: folder.path });
    const strategy = createSnapshotStrategy(source, { incremental: false, restored: undefined });
    database.set('1.sst', 'MANIFEST-1');

    for (const checkpointId of [1, 2]) {
      const streams = await job.streams(checkpointId);
      const handle = incremental(await strategy.snapshot(checkpointId, streams).write());
      await job.complete(checkpointId, handle);
      strategy.notifyCheckpointComplete(checkpointId);

      assert.deepEqual(handle.shared, []);
      assert.deepEqual(
        handle.private.map(({ localPath, handle: file }) => [localPath, file.kind]),
        [
          ['1.sst', 'relative-file'],
          ['MANIFEST-1', 'relative-file'],
        ],
      );
    }

    assert.deepEqual(await job.sharedFiles(), []);
    assert.deepEqual(
      await job.checkpointFolders(),
      new Map([
        ['chk-1', 0],
        ['chk-2', 3],
      ]),
    );
  });

  it('of no state at all is nothing', async () => {
    const job = new JobFolder(join(folder.path, 'checkpoints'));
    const source = folderSource(database, { workingDirectory: folder.path, states: new Map() });
    const strategy = createSnapshotStrategy(source, { incremental: false, restored: undefined });

    const handle = await strategy.snapshot(1, await job.streams(1)).write();

    assert.equal(handle, undefined);
  });
});

import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { LocalFileSystem } from '@millrace/core';
import {
  createStateHandleOpener,
  type HandleAndLocalPath,
  type OpenStateHandle,
} from '@millrace/state';
import { eachOf, fetchFiles, fetchLocalCopy } from './fetch-files.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-fetch-'));
after(() => rmSync(root, { recursive: true }));

const openLocal = createStateHandleOpener({ getFileSystem: () => new LocalFileSystem() });
/** As of a file system that is elsewhere. */
const openRemote: OpenStateHandle = async (handle) => {
  const reader = await openLocal(handle);
  return {
    sizeBytes: reader.sizeBytes,
    read: (position, length) => reader.read(position, length),
    close: () => reader.close(),
  };
};

let folders = 0;
function newFolder(): string {
  const folder = join(root, `f${folders++}`);
  mkdirSync(folder);
  return folder;
}

function fileOf(folder: string, localPath: string, bytes: Uint8Array): HandleAndLocalPath {
  const path = join(folder, `remote-of-${localPath.replaceAll('/', '_')}`);
  writeFileSync(path, bytes);
  return { localPath, handle: { kind: 'file', path, sizeBytes: bytes.length } };
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31) ^ (i >>> 8));
}

const options = (openStateHandle: OpenStateHandle) => ({ openStateHandle, concurrency: 4 });

describe('files of a database', () => {
  it('come over whole, whatever their size and wherever they are', async () => {
    const [remote, target] = [newFolder(), newFolder()];
    const sizes = [0, 1, 1024 * 1024, 3 * 1024 * 1024 + 17];
    const files = sizes.map((size, i) => fileOf(remote, `00000${i}.sst`, pattern(size)));
    const inline: HandleAndLocalPath = {
      localPath: 'CURRENT',
      handle: { kind: 'byte-stream', handleName: 'c', data: Buffer.from('MANIFEST-000001\n') },
    };

    await fetchFiles([...files, inline], target, options(openRemote));

    for (const [i, size] of sizes.entries()) {
      assert.deepEqual(new Uint8Array(readFileSync(join(target, `00000${i}.sst`))), pattern(size));
    }
    assert.equal(readFileSync(join(target, 'CURRENT'), 'utf8'), 'MANIFEST-000001\n');
  });

  it('are linked where SST files lie on the same disk, and copied where RocksDB writes on', async () => {
    const [remote, target] = [newFolder(), newFolder()];
    const sst = fileOf(remote, '000007.sst', pattern(100));
    const manifest = fileOf(remote, 'MANIFEST-000004', pattern(100));

    await fetchFiles([sst, manifest], target, options(openLocal));

    const inode = (path: string): number => statSync(path).ino;
    const [sstPath, manifestPath] = [sst, manifest].map(
      ({ handle }) => 'path' in handle && handle.path,
    );
    assert.equal(inode(join(target, '000007.sst')), inode(String(sstPath)));
    assert.notEqual(inode(join(target, 'MANIFEST-000004')), inode(String(manifestPath)));
  });

  it('that are a part of another file are not linked', async () => {
    const [remote, target] = [newFolder(), newFolder()];
    const path = join(remote, 'merged');
    writeFileSync(path, pattern(100));
    const handle = {
      kind: 'segment-file',
      path,
      startPosition: 10,
      sizeBytes: 20,
      scope: 'shared',
      logicalFileId: 'l',
    } as const;

    await fetchFiles([{ localPath: '000007.sst', handle }], target, options(openLocal));

    const found = new Uint8Array(readFileSync(join(target, '000007.sst')));
    assert.deepEqual(found, pattern(100).slice(10, 30));
  });

  it('of another size than the snapshot says are refused by name', async () => {
    const [remote, target] = [newFolder(), newFolder()];
    const file = fileOf(remote, '000007.sst', pattern(100));
    const path = 'path' in file.handle ? file.handle.path : '';
    writeFileSync(path, pattern(99));

    await assert.rejects(fetchFiles([file], target, options(openLocal)), {
      code: 'SNAPSHOT_CORRUPT',
      message: /remote-of-000007\.sst was truncated: it has 99 bytes, the snapshot says 100/,
    });
    rmSync(path);
    await assert.rejects(fetchFiles([file], target, options(openLocal)), {
      code: 'SNAPSHOT_NOT_FOUND',
      message: /remote-of-000007\.sst/,
    });
  });

  for (const name of ['../up.sst', 'a/b', '..', '', '/etc/x']) {
    it(`named ${JSON.stringify(name)} are refused: it leads elsewhere`, async () => {
      const target = newFolder();
      const file = { localPath: name, handle: { kind: 'empty-segment-file' } } as const;

      await assert.rejects(fetchFiles([file], target, options(openLocal)), {
        code: 'SNAPSHOT_CORRUPT',
      });
      assert.deepEqual(readdirSync(target), []);
    });
  }

  it('that cannot be read on while the first part is being written are an error of the call alone', async () => {
    const [remote, target] = [newFolder(), newFolder()];
    const file = fileOf(remote, '000007.sst', pattern(2 * 1024 * 1024));
    const openBroken: OpenStateHandle = async (handle) => {
      const reader = await openRemote(handle);
      return {
        ...reader,
        read: async (position, length) => {
          if (position > 0) {
            throw new Error('the line is cut'); // At once: nobody awaits it yet.
          }
          return reader.read(position, length);
        },
      };
    };
    const unhandled: unknown[] = [];
    const note = (error: unknown): unknown => unhandled.push(error);
    process.on('unhandledRejection', note);

    await assert.rejects(fetchFiles([file], target, options(openBroken)), /the line is cut/);

    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
  });

  it('that the disk does not take are told with the option that names another', async (context) => {
    if (process.getuid?.() === 0) {
      context.skip('root may write anywhere');
      return;
    }
    const [remote, target] = [newFolder(), newFolder()];
    const file = fileOf(remote, '000007.sst', pattern(100));
    chmodSync(target, 0o500);

    await assert.rejects(fetchFiles([file], target, options(openRemote)), {
      code: 'FILE_PERMISSION_DENIED',
      message: /000007\.sst.*state\.backend\.rocksdb\.localdir/,
    });
  });

  it('in a local copy are linked, and refused where one is missing or of another size', async () => {
    const [remote, copy, target] = [newFolder(), newFolder(), newFolder()];
    const file = fileOf(remote, '000007.sst', pattern(100));
    await assert.rejects(fetchLocalCopy([file], copy, target), { code: 'FILE_NOT_FOUND' });
    writeFileSync(join(copy, '000007.sst'), pattern(50));
    await assert.rejects(fetchLocalCopy([file], copy, target), { code: 'SNAPSHOT_CORRUPT' });
    writeFileSync(join(copy, '000007.sst'), pattern(100));

    await fetchLocalCopy([file], copy, target);

    assert.equal(statSync(join(target, '000007.sst')).nlink, 2);
  });
});

describe('work on several at once', () => {
  it('is never on more than is allowed, and all is done', async () => {
    let [running, most, done] = [0, 0, 0];

    await eachOf(Array.from({ length: 20 }), 3, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      done++;
    });

    assert.deepEqual({ most, done }, { most: 3, done: 20 });
  });

  it('ends with the first failure once nothing runs any more', async () => {
    let running = 0;
    const begun: number[] = [];

    const all = eachOf([0, 1, 2, 3, 4, 5], 2, async (i) => {
      begun.push(i);
      running++;
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (i === 1) {
        throw new Error('one');
      }
    });

    await assert.rejects(all, /one/);
    assert.equal(running, 0);
    assert.ok(begun.length < 6);
  });
});

import assert from 'node:assert/strict';
import {
  chmod,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FileSystems } from './file-systems.ts';
import { fileError, LocalFileSystem } from './local-file-system.ts';

const fileSystem = new LocalFileSystem();
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-files-'));
});

after(async () => {
  await rm(folder, { recursive: true });
});

async function put(path: string, text: string): Promise<void> {
  const writer = await fileSystem.create(path, { overwrite: true });
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
}

describe('LocalFileSystem', () => {
  it('makes the directories of a new file and reads back any part of it', async () => {
    const path = `file:${folder}/a/b/c.bin`;

    await put(path, 'abcdef');

    const reader = await fileSystem.open(path);
    assert.equal(reader.sizeBytes, 6);
    assert.equal(new TextDecoder().decode(await reader.read(2, 3)), 'cde');
    await assert.rejects(reader.read(4, 3), { code: 'IO_EXCEPTION', message: /it has 6 bytes/ });
    await reader.close();
  });

  it('counts the bytes that a writer took', async () => {
    const writer = await fileSystem.create(join(folder, 'counted'), { overwrite: true });

    await writer.write(new Uint8Array(5));
    await writer.sync();
    await writer.write(new Uint8Array(2));

    assert.equal(writer.position, 7);
    await writer.close();
  });

  it('refuses to create what exists unless it may overwrite', async () => {
    const path = join(folder, 'taken');
    await put(path, 'old');

    await assert.rejects(fileSystem.create(path, { overwrite: false }), {
      code: 'FILE_EXISTS',
      message: /taken: it exists already; remove it/,
    });

    assert.equal(await readFile(path, 'utf8'), 'old');
  });

  it('leaves no file when a writer is aborted, and takes no more bytes', async () => {
    const path = join(folder, 'aborted');
    const writer = await fileSystem.create(path, { overwrite: false });
    await writer.write(new Uint8Array(10));

    await writer.abort();

    assert.equal(await fileSystem.getFileStatus(path), undefined);
    await assert.rejects(writer.write(new Uint8Array(1)), { code: 'PROCESS_POISONED' });
  });

  it('replaces the target of a rename', async () => {
    await put(join(folder, 'r1'), 'new');
    await put(join(folder, 'r2'), 'old');

    await fileSystem.rename(join(folder, 'r1'), join(folder, 'r2'));

    assert.equal(await readFile(join(folder, 'r2'), 'utf8'), 'new');
    assert.equal(await fileSystem.getFileStatus(join(folder, 'r1')), undefined);
  });

  it('names what is missing', async () => {
    const path = join(folder, 'none');

    await assert.rejects(fileSystem.open(path), { code: 'FILE_NOT_FOUND', message: /none/ });
    await assert.rejects(fileSystem.listStatus(path), { code: 'FILE_NOT_FOUND' });
    await assert.rejects(fileSystem.rename(path, `${path}2`), { code: 'FILE_NOT_FOUND' });
  });

  it('says that a directory is no file', async () => {
    await assert.rejects(fileSystem.open(folder), { code: 'IO_EXCEPTION', message: /directory/ });
  });

  it('lists a directory by path, with sizes', async () => {
    const directory = join(folder, 'listed');
    await put(join(directory, 'b'), '22');
    await put(join(directory, 'a'), '1');
    await fileSystem.mkdirs(join(directory, 'c'));

    const listed = await fileSystem.listStatus(`file:${directory}`);

    assert.deepEqual(
      listed.map(({ modifiedAt: _, ...entry }) => entry),
      [
        { path: `file:${directory}/a`, sizeBytes: 1, isDirectory: false },
        { path: `file:${directory}/b`, sizeBytes: 2, isDirectory: false },
        { path: `file:${directory}/c`, sizeBytes: 0, isDirectory: true },
      ],
    );
  });

  it('knows when a file was changed', async () => {
    const path = join(folder, 'dated');
    await put(path, '1');
    await utimes(path, 1_700_000_000, 1_700_000_000);

    const status = await fileSystem.getFileStatus(path);

    assert.equal(status?.modifiedAt, 1_700_000_000_000);
  });

  it('deletes a full directory only recursively, and says whether there was anything', async () => {
    const directory = join(folder, 'full');
    await put(join(directory, 'x'), '1');

    await assert.rejects(fileSystem.delete(directory, { recursive: false }), {
      code: 'IO_EXCEPTION',
      message: /not empty/,
    });

    assert.equal(await fileSystem.delete(directory, { recursive: true }), true);
    assert.equal(await fileSystem.delete(directory, { recursive: true }), false);
  });

  it('refuses to write below a directory that may not be written', async (context) => {
    if (process.getuid?.() === 0) {
      context.skip('root may write anywhere');
      return;
    }
    const directory = join(folder, 'locked');
    await fileSystem.mkdirs(directory);
    await chmod(directory, 0o500);

    await assert.rejects(fileSystem.create(join(directory, 'x'), { overwrite: false }), {
      code: 'FILE_PERMISSION_DENIED',
      message: /locked\/x: permission is denied/,
    });

    await chmod(directory, 0o700);
    assert.deepEqual(await readdir(directory), []);
  });

  it('refuses to make a directory where there can be none', async (context) => {
    if (process.platform !== 'linux') {
      context.skip('needs /proc');
      return;
    }

    // Node's own mkdir with `recursive` never ends there.
    await assert.rejects(fileSystem.mkdirs('/proc/nothing/of/this'), { code: 'FILE_NOT_FOUND' });
  });

  it('says of a link to nowhere that it is one, be it the directory to make or above it', async () => {
    const link = join(folder, 'link');
    await symlink(join(folder, 'nowhere'), link);

    for (const directory of [link, join(link, 'below')]) {
      await assert.rejects(fileSystem.mkdirs(directory), {
        message:
          /link: .*link is a link to what is not there; make that|below: .*link is a link to/,
      });
    }
  });

  it('does not look for files below a file', async () => {
    await writeFile(join(folder, 'plain'), 'x');

    assert.equal(await fileSystem.getFileStatus(join(folder, 'plain', 'below')), undefined);
  });

  it('gives each cause of the operating system its code, the path and a remedy', () => {
    const codes = ['ENOENT', 'EEXIST', 'EACCES', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO'].map(
      (code) => fileError('write', '/p', Object.assign(new Error('cause'), { code })).code,
    );
    const full = fileError('write', '/p', Object.assign(new Error('x'), { code: 'ENOSPC' }));

    assert.deepEqual(codes, [
      'FILE_NOT_FOUND',
      'FILE_EXISTS',
      'FILE_PERMISSION_DENIED',
      'FILE_PERMISSION_DENIED',
      'DISK_FULL',
      'DISK_FULL',
      'IO_EXCEPTION',
    ]);
    assert.match(full.message, /cannot write \/p: the disk is full; free space/);
  });

  it('reports a full disk where there is one', async (context) => {
    const full = await fileSystem.getFileStatus('/dev/full');
    if (full === undefined) {
      context.skip('this system has no /dev/full');
      return;
    }
    const writer = await fileSystem.create('/dev/full', { overwrite: true });

    await assert.rejects(writer.write(new Uint8Array(10)), { code: 'DISK_FULL' });
    await assert.rejects(writer.sync(), { code: 'PROCESS_POISONED' });
  });
});

describe('FileSystems', () => {
  it('finds the local files for plain paths and file URIs', () => {
    const fileSystems = new FileSystems();

    assert.equal(fileSystems.getFileSystem('/a'), fileSystems.getFileSystem('file:///a'));
    assert.equal(fileSystems.getFileSystem('a/b').scheme, 'file');
  });

  it('names the schemes that it knows when asked for another', () => {
    assert.throws(() => new FileSystems().getFileSystem('s3://bucket/x'), {
      code: 'FILE_SYSTEM_UNKNOWN',
      message: /'s3:' in s3:\/\/bucket\/x, but for file; .* give a folder of this machine/,
    });
  });

  it('takes a file system of the program over its own', () => {
    const own = new LocalFileSystem();

    assert.equal(new FileSystems([own]).getFileSystem('/a'), own);
  });
});

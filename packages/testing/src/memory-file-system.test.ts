import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryFileSystem } from './memory-file-system.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function write(fs: MemoryFileSystem, path: string, text: string): Promise<void> {
  const writer = await fs.create(path, { overwrite: true });
  await writer.write(bytes(text));
  await writer.close();
}

describe('memory file system', () => {
  it('gives back what was written, by any spelling of the path', async () => {
    const fs = new MemoryFileSystem();
    await write(fs, 'memory:///a//b', 'hello');

    const reader = await fs.open('memory:/a/b');

    assert.equal(reader.sizeBytes, 5);
    assert.deepEqual(Buffer.from(await reader.read(1, 3)).toString(), 'ell');
  });

  it('keeps what was closed and renamed over a crash', async () => {
    const fs = new MemoryFileSystem();
    await write(fs, '/tmp-name', 'whole');
    await fs.rename('/tmp-name', '/final');

    fs.crash();

    assert.deepEqual(fs.paths, ['/final']);
    assert.deepEqual(fs.contents('/final'), bytes('whole'));
  });

  it('loses at a crash what came after the last sync', async () => {
    const fs = new MemoryFileSystem();
    const writer = await fs.create('/log', { overwrite: false });
    await writer.write(bytes('kept'));
    await writer.sync();
    await writer.write(bytes('lost'));

    fs.crash();

    assert.deepEqual(fs.contents('/log'), bytes('kept'));
  });

  it('loses at a crash a file that was never synced, and brings back one it was to replace', async () => {
    const fs = new MemoryFileSystem();
    await write(fs, '/old', 'old');
    await (await fs.create('/new', { overwrite: false })).write(bytes('new'));
    await (await fs.create('/old', { overwrite: true })).write(bytes('newer'));

    fs.crash();

    assert.deepEqual(fs.paths, ['/old']);
    assert.deepEqual(fs.contents('/old'), bytes('old'));
  });

  it('fails writers and readers that were open at a crash', async () => {
    const fs = new MemoryFileSystem();
    const writer = await fs.create('/log', { overwrite: false });

    fs.crash();

    await assert.rejects(writer.write(bytes('x')), { code: 'IO_EXCEPTION' });
  });

  it('refuses to create a file that exists, to read beyond the end, to open nothing', async () => {
    const fs = new MemoryFileSystem();
    await write(fs, '/a', 'abc');
    const reader = await fs.open('/a');

    await assert.rejects(fs.create('/a', { overwrite: false }), { code: 'FILE_EXISTS' });
    await assert.rejects(fs.create('/a/b', { overwrite: false }), { code: 'FILE_EXISTS' });
    await assert.rejects(reader.read(1, 3), {
      code: 'IO_EXCEPTION',
      message: '/a has 3 bytes; cannot read 3 from 1',
    });
    await assert.rejects(fs.open('/b'), { code: 'FILE_NOT_FOUND' });
    await assert.rejects(fs.listStatus('/b'), { code: 'FILE_NOT_FOUND' });
  });

  it('removes an aborted file', async () => {
    const fs = new MemoryFileSystem();
    const writer = await fs.create('/a', { overwrite: false });

    await writer.abort();

    assert.deepEqual(fs.paths, []);
  });

  it('lists the children of a directory, sorted', async () => {
    const fs = new MemoryFileSystem();
    await write(fs, '/d/b', '1');
    await write(fs, '/d/a/x', '22');

    const children = await fs.listStatus('/d');

    assert.deepEqual(children, [
      { path: '/d/a', sizeBytes: 0, isDirectory: true },
      { path: '/d/b', sizeBytes: 1, isDirectory: false },
    ]);
  });

  it('deletes a directory only recursively, and nothing without an error', async () => {
    const fs = new MemoryFileSystem();
    await write(fs, '/d/a', '1');

    await assert.rejects(fs.delete('/d', { recursive: false }), { code: 'IO_EXCEPTION' });
    assert.equal(await fs.delete('/d', { recursive: true }), true);
    assert.equal(await fs.delete('/d', { recursive: true }), false);
    assert.equal(await fs.getFileStatus('/d/a'), undefined);
  });
});

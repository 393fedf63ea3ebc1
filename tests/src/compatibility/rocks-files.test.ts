import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { errorCode, errorMessage } from '@millrace/core';
import {
  type IncrementalRemoteKeyedStateHandle,
  openKeyedState,
  type StateHandleReader,
  type StreamStateHandle,
} from '@millrace/state';
import { SeededRandom } from '@millrace/testing';
import {
  assertRocksFiles,
  contentOf,
  openRocksFiles,
  readExpectedRocksFiles,
  rocksFilesHandle,
} from './rocks-files.ts';

const DATABASES = fileURLToPath(new URL('../../fixtures/rocksdb-6.20/', import.meta.url));
const folders = readdirSync(DATABASES).map((name) => join(DATABASES, name));
const DAMAGES_PER_DATABASE = Number(process.env.MILLRACE_DAMAGES ?? 150);

interface Damage {
  readonly localPath: string;
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** All files of a database in memory, one of them perhaps damaged. */
class Files {
  readonly handle: IncrementalRemoteKeyedStateHandle;
  readonly byPath = new Map<string, Uint8Array>();

  constructor(folder: string) {
    this.handle = rocksFilesHandle(folder);
    for (const { handle } of this.files) {
      const { path } = handle as { path: string };
      this.byPath.set(path, new Uint8Array(readFileSync(path)));
    }
  }

  get files() {
    return [...this.handle.shared, ...this.handle.private];
  }

  bytesOf(localPath: string): Uint8Array {
    const file = this.files.find((each) => each.localPath === localPath)!;
    return this.byPath.get((file.handle as { path: string }).path) as Uint8Array;
  }

  async content(damage?: Damage): Promise<Record<string, [string, string][]>> {
    const open = async (handle: StreamStateHandle): Promise<StateHandleReader> => {
      if (handle.kind === 'byte-stream') {
        return readerOf(handle.data);
      }
      const { path } = handle as { path: string };
      const isDamaged = damage !== undefined && path.endsWith(`/${damage.localPath}`);
      return readerOf(isDamaged ? damage.bytes : (this.byPath.get(path) as Uint8Array));
    };
    const reader = await openKeyedState(this.handle, {
      numberOfKeyGroups: this.handle.keyGroupRange.numberOfKeyGroups,
      openStateHandle: open,
    });
    try {
      return await contentOf(reader);
    } finally {
      await reader.close();
    }
  }
}

function readerOf(bytes: Uint8Array): StateHandleReader {
  return {
    sizeBytes: bytes.length,
    read: async (position, length) => {
      assert.ok(position >= 0 && position + length <= bytes.length, 'a read outside of the file');
      return bytes.subarray(position, position + length);
    },
    close: async () => {},
  };
}

function randomDamage(files: Files, random: SeededRandom): Damage {
  const { localPath } = random.pick(files.files);
  const whole = files.bytesOf(localPath);
  if (random.nextInt(5) === 0) {
    const length = random.nextInt(whole.length);
    const what = `${localPath} cut to ${length} of ${whole.length} bytes`;
    return { localPath, what, bytes: whole.slice(0, length) };
  }
  const bytes = whole.slice();
  const [at, bit] = [random.nextInt(bytes.length), random.nextInt(8)];
  bytes[at]! ^= 1 << bit;
  return { localPath, what: `bit ${bit} of byte ${at} of ${localPath} turned`, bytes };
}

function hasChecksums(folder: string): boolean {
  return readExpectedRocksFiles(folder).options.checksum !== 'kNoChecksum';
}

describe('databases of RocksDB', () => {
  for (const folder of folders) {
    const { options } = readExpectedRocksFiles(folder);
    const { 'format version': version, 'index type': index, compression, checksum } = options;
    it(`hold what RocksDB reads: version ${version}, ${index}, ${compression}, ${checksum}`, async () => {
      await assertRocksFiles(folder);
    });
  }

  it('say what is wrong with a damaged file, or hold the same', { timeout: 600_000 }, async (t) => {
    const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
    t.diagnostic(`MILLRACE_SEED=${seed}`);
    const random = new SeededRandom(seed);
    for (const folder of folders.filter(hasChecksums)) {
      const files = new Files(folder);
      const { families } = readExpectedRocksFiles(folder);
      for (let i = 0; i < DAMAGES_PER_DATABASE; i++) {
        const damage = randomDamage(files, random);
        const what = `${folder}: ${damage.what}, seed ${seed}`;
        try {
          assert.deepEqual(await files.content(damage), families, what);
        } catch (error) {
          const code = errorCode(error);
          assert.ok(code === 'SNAPSHOT_CORRUPT' || code === 'UNSUPPORTED', `${what}: ${error}`);
          const name = damage.localPath === 'CURRENT' ? '' : damage.localPath;
          assert.ok(errorMessage(error).includes(name), `${what}: ${errorMessage(error)}`);
        }
      }
    }
  });

  it('name a file that is gone, and the state that is in it', async () => {
    const handle = rocksFilesHandle(folders[0]!);
    const [gone, ...shared] = handle.shared;

    await assert.rejects(openRocksFiles({ ...handle, shared }), {
      code: 'SNAPSHOT_CORRUPT',
      message: new RegExp(`lacks the file ${gone!.localPath}, which holds state '\\w+'`),
    });
  });

  it('name a file that cannot be opened by its path', async () => {
    const handle = rocksFilesHandle(folders[0]!);
    const [first, ...rest] = handle.shared;
    const moved = { kind: 'file', path: '/nowhere/a', sizeBytes: 1 } as const;
    const gone = { ...handle, shared: [{ ...first!, handle: moved }, ...rest] };
    const reader = await openRocksFiles(gone);

    await assert.rejects(contentOf(reader), { code: 'SNAPSHOT_NOT_FOUND', message: /nowhere\/a/ });
    await reader.close();
  });

  it('refuse a file that the manifest does not know: an edit of it was lost', async () => {
    const handle = rocksFilesHandle(folders[0]!);
    const shared = [...handle.shared, { ...handle.shared[0]!, localPath: '999999.sst' }];

    await assert.rejects(openRocksFiles({ ...handle, shared }), {
      code: 'SNAPSHOT_CORRUPT',
      message: /999999\.sst, which RocksDB file MANIFEST-\d+ .* does not know/,
    });
  });

  it('refuse a file that lies in the place of another', async () => {
    const handle = rocksFilesHandle(folders[0]!);
    const [first, second, ...rest] = handle.shared;
    const swapped = [
      { ...first!, handle: second!.handle },
      { ...second!, handle: first!.handle },
      ...rest,
    ];
    const reader = await openRocksFiles({ ...handle, shared: swapped });

    await assert.rejects(contentOf(reader), { code: 'SNAPSHOT_CORRUPT' });
    await reader.close();
  });

  it('refuse state that the snapshot does not name', async () => {
    const handle = rocksFilesHandle(folders[0]!);
    const { data } = handle.meta as { data: Uint8Array };
    const renamed = replaceName(data, 'values', 'volume');

    await assert.rejects(
      openRocksFiles({
        ...handle,
        meta: { kind: 'byte-stream', handleName: 'meta', data: renamed },
      }),
      { code: 'SNAPSHOT_CORRUPT', message: /does not know state 'volume'/ },
    );
  });
});

function replaceName(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const copy = Buffer.from(bytes);
  copy.write(to, copy.indexOf(from), 'latin1');
  return copy;
}

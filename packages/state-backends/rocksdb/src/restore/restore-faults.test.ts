/** What a restore does with files that are missing, cut or damaged, here or in the storage. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { IncrementalRemoteKeyedStateHandle, OpenStateHandle } from '@millrace/state';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import {
  ALL_KEY_GROUPS,
  contentOf,
  expectedRows,
  RestoreFixture,
  someRows,
} from './restore-fixture.ts';

const skip = whyNoNativeAddon() ?? false;
const rows = someRows('count', { perKeyGroup: 50, valueBytes: 50 });
let fixture: RestoreFixture;
before(() => {
  fixture = new RestoreFixture();
});
after(() => fixture.close());

function pathOf(handle: IncrementalRemoteKeyedStateHandle, name: RegExp): string {
  const file = [...handle.shared, ...handle.private].find(({ localPath }) => name.test(localPath));
  assert.ok(file?.handle.kind === 'file');
  return file.handle.path;
}

function changeByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = bytes[index]! ^ 0x5a;
  writeFileSync(path, bytes);
}

const SST = /\.sst$/;

describe('a snapshot of which', { skip }, () => {
  const refused: readonly [
    what: string,
    code: string,
    message: RegExp,
    damage: (handle: IncrementalRemoteKeyedStateHandle) => void,
  ][] = [
    ['an SST file is gone', 'SNAPSHOT_NOT_FOUND', /\.sst/, (handle) => rmSync(pathOf(handle, SST))],
    [
      'an SST file is cut',
      'SNAPSHOT_CORRUPT',
      /\.sst was truncated: it has 100 bytes/,
      (handle) => truncateSync(pathOf(handle, SST), 100),
    ],
    [
      'the end of an SST file is damaged',
      'SNAPSHOT_CORRUPT',
      /restore another snapshot/,
      (handle) => changeByte(pathOf(handle, SST), -3),
    ],
    [
      'the manifest is damaged',
      'SNAPSHOT_CORRUPT',
      /MANIFEST/,
      (handle) => changeByte(pathOf(handle, /^MANIFEST/), 30),
    ],
    [
      'CURRENT names no manifest',
      'SNAPSHOT_CORRUPT',
      /CURRENT/,
      (handle) => changeByte(pathOf(handle, /^CURRENT/), 2),
    ],
  ];
  for (const [what, code, message, damage] of refused) {
    it(`${what} is refused, and leaves nothing behind`, async () => {
      const handle = await fixture.checkpoint(rows);
      damage(handle);

      await assert.rejects(fixture.restore({ stateHandles: [handle] }), { code, message });
    });
  }

  it('a handle says another size than the file of the database has is refused', async () => {
    const handle = await fixture.checkpoint(rows);
    const path = pathOf(handle, SST);
    appendFileSync(path, 'more');
    const shared = handle.shared.map(({ localPath }) => ({
      localPath,
      handle: { kind: 'file', path, sizeBytes: statSync(path).size } as const,
    }));

    await assert.rejects(fixture.restore({ stateHandles: [{ ...handle, shared }] }), {
      code: 'SNAPSHOT_CORRUPT',
    });
  });

  it('a block is damaged is found when it is read: at once where rows are copied', async () => {
    const handle = await fixture.checkpoint(rows);
    changeByte(pathOf(handle, SST), 40);
    const whole = await fixture.restore({ stateHandles: [handle] });

    await assert.rejects(contentOf(whole), {
      code: 'ROCKSDB_FAILED',
      message: /cannot be read: Corruption: .* is damaged\..*`millrace snapshot verify`/,
    });
    const configuration = { 'state.backend.rocksdb.restore-overlap-fraction-threshold': '1.0' };
    const half = { startKeyGroup: 0, endKeyGroup: 149 };
    const keyGroupRange = ALL_KEY_GROUPS.intersect(half as never)!;
    await assert.rejects(
      fixture.restore({ stateHandles: [handle], keyGroupRange }, { configuration }),
      { code: 'SNAPSHOT_CORRUPT', message: /restore another snapshot/ },
    );
  });
});

describe('a local folder that cannot be written', { skip }, () => {
  it('is told with the option that names another', async () => {
    const handle = await fixture.checkpoint(rows);
    const file = join(fixture.folder(), 'file');
    writeFileSync(file, '');
    const resources = await fixture.resources();

    await assert.rejects(
      fixture.restoreIn({ ...resources, workingDirectory: join(file, 'x') }, [handle]),
      { message: /state\.backend\.rocksdb\.localdir/ },
    );
    await resources.close();
  });
});

describe('a disk that has no room for a snapshot', { skip }, () => {
  it('is told with the file and the option that names another', async (context) => {
    const handle = await fixture.checkpoint(rows);
    const mounted = fixture.folder();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mounted], { stdio: 'pipe' });
    } catch {
      context.skip('mounting a small disk needs rights that this process does not have');
      return;
    }
    const configuration = { 'state.backend.rocksdb.localdir': mounted };
    try {
      await assert.rejects(fixture.restore({ stateHandles: [handle] }, { configuration }), {
        code: 'DISK_FULL',
        message: /db\/[^/ ]+: the disk is full; .*state\.backend\.rocksdb\.localdir/,
      });
    } finally {
      execFileSync('umount', [mounted]);
    }
  });
});

describe('a local copy of a checkpoint', { skip }, () => {
  async function copied() {
    const handle = await fixture.checkpoint(rows);
    const folder = join(fixture.folder(), 'copy');
    cpSync(dirname(pathOf(handle, SST)), folder, { recursive: true });
    return { handle, folder };
  }
  /** The storage is only asked for what says which files there are. */
  const onlyManifests = (handle: IncrementalRemoteKeyedStateHandle): OpenStateHandle => {
    const all = [...handle.shared, ...handle.private];
    return (file, options) => {
      const name = all.find((each) => each.handle === file)?.localPath ?? 'meta';
      assert.match(name, /^(meta|CURRENT|MANIFEST)/);
      return fixture.parameters({}).openStateHandle(file, options);
    };
  };

  it('is restored from, and stays as it is', async () => {
    const { handle, folder } = await copied();
    const before = readdirSync(folder);

    const restored = await fixture.restore(
      { stateHandles: [handle], openStateHandle: onlyManifests(handle) },
      { localCopies: { find: async () => folder } },
    );

    assert.deepEqual(await contentOf(restored), expectedRows(rows, ALL_KEY_GROUPS));
    assert.equal(restored.backendId, handle.backendId);
    assert.deepEqual(readdirSync(folder), before);
    assert.deepEqual(fixture.warnings, []);
  });

  for (const [what, damage] of [
    ['is damaged', (folder: string) => changeByte(join(folder, sstIn(folder)), -3)],
    ['lacks a file', (folder: string) => rmSync(join(folder, sstIn(folder)))],
  ] as const) {
    it(`that ${what} is passed over with one warning`, async () => {
      const { handle, folder } = await copied();
      damage(folder);
      fixture.warnings.length = 0;

      const restored = await fixture.restore(
        { stateHandles: [handle] },
        { localCopies: { find: async () => folder } },
      );

      assert.deepEqual(await contentOf(restored), expectedRows(rows, ALL_KEY_GROUPS));
      assert.equal(fixture.warnings.length, 1);
      assert.match(
        fixture.warnings[0] as string,
        /^the local copy .* of checkpoint 7 cannot be used: .*; the checkpoint itself is restored$/,
      );
    });
  }

  const sstIn = (folder: string): string => readdirSync(folder).find((name) => SST.test(name))!;
});

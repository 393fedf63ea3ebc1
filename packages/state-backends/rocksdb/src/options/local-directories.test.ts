import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { checkedDirectories, LocalDirectories, localDirectories } from './local-directories.ts';
import { type FolderOwner, type ProcessFacts, removeLeftOvers } from './process-folders.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-directories-'));
after(() => rmSync(root, { recursive: true, force: true }));

const of = (keys: Record<string, string>) => localDirectories(new Configuration(keys));
const KEY = 'state.backend.rocksdb.localdir';

describe('local directories', () => {
  it('are named between commas or colons, as paths or file: URIs', () => {
    assert.deepEqual(of({ [KEY]: '/a,/b' }), ['/a', '/b']);
    assert.deepEqual(of({ [KEY]: '/a:/b : /c' }), ['/a', '/b', '/c']);
    assert.deepEqual(of({ [KEY]: 'file:///a,file:/b:file:///c%20d' }), ['/a', '/b', '/c d']);
    assert.deepEqual(of({ 'state.backend.rocksdb.checkpointdir': '/old' }), ['/old']);
  });

  it('are those of io.tmp.dirs, or that of the system, where none are named', () => {
    assert.deepEqual(of({ 'io.tmp.dirs': '/x:/y' }), ['/x', '/y']);
    assert.deepEqual(of({}), [tmpdir()]);
  });

  for (const text of ['relative/path', 'hdfs://host/x', 's3://bucket/x', ' , ']) {
    it(`are not '${text}'`, () => {
      assert.throws(() => of({ [KEY]: text }), {
        code: 'CONFIG_VALUE_INVALID',
        message: /^state\.backend\.rocksdb\.localdir names /,
      });
    });
  }

  it('are dealt out in turn, from one that is drawn on', async () => {
    const [a, b, c] = ['turn-a', 'turn-b', 'turn-c'].map((name) => join(root, name)) as [
      string,
      string,
      string,
    ];
    const directories = new LocalDirectories([a, b, c], () => 0.4);
    const taken = [];
    for (let i = 0; i < 4; i++) {
      taken.push(await directories.take('op', () => {}));
    }

    assert.deepEqual(
      taken.map(({ path }) => dirname(dirname(path))),
      [b, c, a, b],
    );
    for (const each of taken) {
      each.remove();
      each.remove();
    }
    assert.deepEqual(readdirSync(b), []);
  });

  it('that cannot be used are passed over with a warning, and named where there is no other', async () => {
    const file = join(root, 'a-file');
    writeFileSync(file, '');
    const bad = join(file, 'below');
    const good = join(root, 'good');
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);

    const taken = await new LocalDirectories([bad, good], () => 0).take('op', warn);
    assert.equal(dirname(dirname(taken.path)), good);
    assert.match(warnings.join(), /not put into .*a-file\/below \(ENOTDIR/);
    taken.remove();

    await assert.rejects(new LocalDirectories([bad], () => 0).take('op', warn), {
      code: 'CONFIG_VALUE_INVALID',
      message: /no local folder for RocksDB can be used: .*a-file\/below .*localdir/,
    });
  });

  it('have folders that bear the operator’s name, whatever is in it', async () => {
    const directories = new LocalDirectories([join(root, 'names')]);
    const taken = await directories.take(`../Window(${'x'.repeat(300)})/é`, () => {});

    assert.ok(taken.path.startsWith(join(root, 'names', 'millrace-rocksdb-')));
    assert.match(taken.path, /\/op__Window_x+_uuid_[0-9a-f-]+$/);
    taken.remove();
  });

  it('are checked where the program names them', () => {
    assert.deepEqual(checkedDirectories(['file:///a', '/b'], 'x'), ['/a', '/b']);
    assert.throws(() => checkedDirectories([], 'setDbStoragePaths'), {
      message: /setDbStoragePaths names no folder/,
    });
  });
});

describe('what processes left', () => {
  const self: FolderOwner = {
    host: 'here',
    pid: 10,
    started: '100',
    boot: 'boot-2',
    machine: 'machine-1',
    pidNamespace: 'pid:[1]',
  };
  const running = new Map([
    [10, '100'],
    [11, '200'],
    [13, ''],
  ]);
  const facts: ProcessFacts = {
    self,
    startOf: (pid) => running.get(pid),
    endedThreads: [3],
  };

  for (const [title, owner, isRemoved] of [
    ['of one that runs stays', { pid: 11, started: '200' }, false],
    ['of this one stays', {}, false],
    ['of a thread of this one that runs stays', { thread: 4 }, false],
    ['of a thread of this one that was ended is removed', { thread: 3 }, true],
    ['of a thread of another one stays', { pid: 11, started: '200', thread: 3 }, false],
    ['of one that runs and does not tell since when stays', { pid: 13, started: '5' }, false],
    ['of one that is gone is removed', { pid: 12, started: '300' }, true],
    ['of one whose number is another’s now is removed', { pid: 11, started: '150' }, true],
    [
      'of an earlier start of the machine is removed',
      { pid: 11, started: '200', boot: 'boot-1' },
      true,
    ],
    [
      'of another container stays, whatever its number says',
      { pid: 12, pidNamespace: 'pid:[2]' },
      false,
    ],
    ['of another machine stays', { pid: 12, host: 'there', boot: 'boot-1' }, false],
    [
      'of another machine with the same host name stays',
      { pid: 12, machine: 'machine-2', boot: 'boot-1' },
      false,
    ],
    [
      'of another start stays where nothing says that it is the same machine',
      { pid: 12, machine: undefined, boot: 'boot-1' },
      false,
    ],
    [
      'of a container on an earlier start stays: it may run on another machine',
      { pid: 12, boot: 'boot-1', pidNamespace: 'pid:[2]' },
      false,
    ],
  ] as const) {
    it(title, async () => {
      const directory = mkdtempSync(join(root, 'left-'));
      const folder = join(directory, 'millrace-rocksdb-x');
      mkdirSync(join(folder, 'op_1'), { recursive: true });
      writeFileSync(join(folder, 'owner.json'), JSON.stringify({ ...self, ...owner }));

      const removed = await removeLeftOvers(directory, facts);

      assert.deepEqual(removed, isRemoved ? [folder] : []);
      assert.equal(existsSync(folder), !isRemoved);
    });
  }

  it('is nothing that bears another name, or says not whose it is', async () => {
    const directory = mkdtempSync(join(root, 'left-'));
    mkdirSync(join(directory, 'millrace-rocksdb-without-owner'));
    mkdirSync(join(directory, 'data'));
    writeFileSync(join(directory, 'data', 'owner.json'), JSON.stringify({ ...self, pid: 12 }));
    mkdirSync(join(directory, 'millrace-rocksdb-damaged'));
    writeFileSync(join(directory, 'millrace-rocksdb-damaged', 'owner.json'), '{"pid":');

    assert.deepEqual(await removeLeftOvers(directory, facts), []);
  });

  it('is removed by the next that uses the directory', async () => {
    const directory = mkdtempSync(join(root, 'left-'));
    const directories = new LocalDirectories([directory]);
    const first = await directories.take('op', () => {});
    const name = readdirSync(directory)[0] as string;
    const dead = join(directory, 'millrace-rocksdb-dead');
    mkdirSync(dead);
    const owner = JSON.parse(readFileSync(join(directory, name, 'owner.json'), 'utf8'));
    writeFileSync(
      join(dead, 'owner.json'),
      JSON.stringify({ ...owner, started: '1', pid: 2 ** 30 }),
    );
    first.remove();

    const second = await directories.take('op', () => {});

    assert.equal(existsSync(dead), false);
    second.remove();
  });
});

/** What `millrace snapshot` refuses of what it is told, and what it says then. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fixture, millrace } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-cli-refusals-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const SAVEPOINT = fixture('hashmap-canonical');
const NAMED = ['--uid', 'by-string', '--uid', 'by-long', '--uid', 'op-state'];
let targets = 0;
const target = (): string => join(folder, `target-${targets++}`);
const edit = (to: string, ...args: string[]) =>
  millrace(['snapshot', 'edit', SAVEPOINT, to, ...NAMED, ...args]);
const cat = (path: string, ...args: string[]) =>
  millrace(['snapshot', 'cat', path, ...NAMED, ...args]);

describe('a value that is set', () => {
  it('must have all fields of a POJO, and the missing ones are named', async () => {
    const to = target();

    const run = await edit(to, '--set', 'by-string', 'v-pojo', 'user-1', '{"id": 1}');

    assert.equal(run.status, 1);
    assert.match(
      run.stderr,
      /VALUE_NOT_SERIALIZABLE: value: \S+ has arr, .*name, .* too; give all/,
    );
    assert.equal(existsSync(to), false);
  });

  it('keeps all digits of a Long, also in a list and in a file of edits', async () => {
    const [to, from] = [target(), join(folder, 'digits.json')];
    const entry = { kind: 'set', operator: 'by-string', key: 'user-2', state: 'v-long' };
    writeFileSync(from, `[${JSON.stringify(entry).slice(0, -1)},"value":-9007199254740993}]`);

    const run = await edit(
      to,
      ...['--set', 'by-string', 'v-long', 'user-1', '9007199254740993', '--edits', from],
      ...['--set', 'by-string', 'l-long', 'user-1', '[1, 9007199254740995]', '--json'],
    );

    assert.equal(run.status, 0, run.stderr);
    assert.ok(run.stdout.includes('9007199254740993'));
    for (const [state, key, value] of [
      ['v-long', 'user-1', '9007199254740993'],
      ['v-long', 'user-2', '-9007199254740993'],
      ['l-long', 'user-1', '9007199254740995'],
    ] as const) {
      const { stdout } = await cat(to, 'by-string', state, '--key', key);
      assert.ok(stdout.includes(value), stdout);
    }
  });

  it('says how text is quoted that looks like a number', async () => {
    const to = target();

    const bare = await edit(to, '--set', 'by-string', 'v-string', 'user-1', '12345');
    const quoted = await edit(to, '--set', 'by-string', 'v-string', 'user-1', '"12345"');

    assert.equal(bare.status, 1);
    assert.match(bare.stderr, /12345 is no String; write it in quotes, "12345".*'"12345"'/);
    assert.equal(quoted.status, 0, quoted.stderr);
  });
});

describe('a file of edits', () => {
  for (const [what, entry, said] of [
    ['an unknown field', { kee: 'user-1', value: 1 }, /has an unknown field "kee"; it may have/],
    ['no key', { value: 1 }, /has no "key"; it needs one/],
    ['no value', { key: 'user-1' }, /has no "value"; it needs one/],
  ] as const) {
    it(`is refused where an edit has ${what}, which is named`, async () => {
      const [to, from] = [target(), join(folder, 'edits.json')];
      const good = { kind: 'drop-operator', operator: 'op-state' };
      const bad = { kind: 'set', operator: 'by-string', state: 'v-long', ...entry };
      writeFileSync(from, JSON.stringify([good, bad]));

      const run = await edit(to, '--edits', from);

      assert.equal(run.status, 2);
      assert.match(run.stderr, /edit 2 of \S*edits\.json/);
      assert.match(run.stderr, said);
      assert.equal(existsSync(to), false);
    });
  }
});

describe('a key or a namespace', () => {
  it('is refused where the items of a state have none', async () => {
    const key = await cat(SAVEPOINT, 'op-state', 'even-list', '--key', '3');
    const namespace = await cat(SAVEPOINT, 'op-state', 'even-list', '--namespace', '3');

    assert.match(key.stderr, /'even-list' is operator state, whose items have no key; leave/);
    assert.match(namespace.stderr, /'even-list' is operator state, whose items have no namespace/);
    assert.deepEqual([key.stdout, key.status, namespace.status], ['', 1, 1]);
  });
});

describe('a path', () => {
  it('is named as it was given where it is no snapshot, and not called a damaged one', async () => {
    const file = join(folder, 'README.md');
    writeFileSync(file, '# not a snapshot');

    const run = await millrace(['snapshot', 'ls', file]);

    assert.equal(run.status, 1);
    assert.match(
      run.stderr,
      /^millrace: SNAPSHOT_NOT_FOUND: no snapshot is at \S+README\.md; give the folder that holds _metadata, or the _metadata itself/,
    );
  });

  it('of a file system that is not there says what can be given instead', async () => {
    const run = await cat('s3://bucket/savepoint-1', 'a', 'b');

    assert.equal(run.status, 1);
    assert.match(
      run.stderr,
      /^millrace: FILE_SYSTEM_UNKNOWN: .*'s3:' .* give a folder of this machine/,
    );
  });

  const hasPipes = spawnSync('mkfifo', ['--version']).status === 0;
  it('is refused where it is a pipe: nobody waits for it', {
    skip: hasPipes ? false : 'needs mkfifo',
  }, async () => {
    const snapshot = join(folder, 'pipe');
    mkdirSync(snapshot);
    spawnSync('mkfifo', [join(snapshot, '_metadata')]);

    const run = await millrace(['snapshot', 'ls', snapshot]);

    assert.equal(run.status, 1);
    assert.match(run.stderr, /pipe\/_metadata: it is a pipe or a device/);
  });

  it('to write to is refused with the cause: a link to nowhere', async () => {
    const link = join(folder, 'link');
    symlinkSync(join(folder, 'nowhere'), link);

    const run = await millrace(['snapshot', 'convert', SAVEPOINT, link]);

    assert.equal(run.status, 1);
    assert.match(run.stderr, /link is a link to what is not there; make that/);
  });

  it('to write to is refused with the cause: a disk that is read-only', async (context) => {
    const disk = join(folder, 'read-only');
    mkdirSync(disk);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', disk]).status !== 0) {
      context.skip('needs the right to mount');
      return;
    }
    try {
      const run = await millrace(['snapshot', 'convert', SAVEPOINT, join(disk, 'x', 'y')]);

      assert.equal(run.status, 1);
      assert.match(run.stderr, /FILE_PERMISSION_DENIED: .*the disk is read-only/);
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});

/** What `millrace snapshot` compares and writes. */
import assert from 'node:assert/strict';
import {
  cpSync,
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
import { fileHashes } from '../file-hashes.ts';
import { fieldsOf, fixture, millrace } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-cli-writing-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const SAVEPOINT = fixture('hashmap-canonical');
const NAMED = ['--uid', 'by-string', '--uid', 'by-long', '--uid', 'op-state'];
let targets = 0;
const target = (): string => join(folder, `target-${targets++}`);

const edit = (to: string, ...args: string[]) =>
  millrace(['snapshot', 'edit', SAVEPOINT, to, ...NAMED, ...args]);
const diff = (...args: string[]) => millrace(['snapshot', 'diff', ...args, ...NAMED]);

describe('snapshot convert', () => {
  it('writes a native checkpoint as a savepoint with the same content', async () => {
    const to = target();

    const run = await millrace(['snapshot', 'convert', fixture('hashmap-chk'), to, '--json']);
    const compared = await diff(fixture('hashmap-chk'), to);

    assert.equal(run.status, 0, run.stderr);
    assert.equal(JSON.parse(run.stdout).operators, 13);
    assert.equal(compared.status, 0);
    assert.match(compared.stderr, /no difference: [\d,]+ entries the same\n$/);
    assert.equal(compared.stdout, '');
  });

  it('refuses another max parallelism where the hash of keys is not known, and leaves nothing', async () => {
    const to = target();

    const run = await millrace([
      ...['snapshot', 'convert', SAVEPOINT, to, '--max-parallelism', '256', '--compress'],
    ]);

    // The keys of one operator are POJOs, whose hash only the program knows.
    assert.equal(run.status, 1);
    assert.match(run.stderr, /KEY_TYPE_UNSUPPORTED/);
    assert.equal(existsSync(to), false);
  });

  it('never writes over what is there', async () => {
    const before = fileHashes(SAVEPOINT);

    const run = await millrace(['snapshot', 'convert', fixture('hashmap-chk'), SAVEPOINT]);

    assert.equal(run.status, 1);
    assert.match(run.stderr, /^.*\nmillrace: FILE_EXISTS: .*name a new folder\n$/);
    assert.deepEqual(fileHashes(SAVEPOINT), before);
  });
});

describe('snapshot diff', () => {
  it('leaves out parallelism where it is told to, and finds the entries the same', async () => {
    const to = target();
    await millrace(['snapshot', 'convert', SAVEPOINT, to, '--parallelism', '3']);

    const strict = await diff(SAVEPOINT, to);
    const lenient = await diff(SAVEPOINT, to, '--ignore-parallelism');

    assert.equal(strict.status, 3);
    assert.match(
      strict.stderr,
      /differences? of operators and states, 0 added, 0 removed, 0 changed/,
    );
    assert.match(lenient.stderr, /^no difference: [\d,]+ entries the same\n$/);
    assert.deepEqual([lenient.stdout, lenient.status], ['', 0]);
  });
});

describe('snapshot edit and diff', () => {
  it('show what was set, deleted and renamed', async () => {
    const to = target();

    const run = await edit(
      to,
      ...['--set', 'by-string', 'v-long', 'user-1', '99', '--delete', 'by-string', 'v-long'],
      ...['user-2', '--rename-uid', 'by-long', 'by-number'],
    );
    const compared = await diff(SAVEPOINT, to);

    assert.equal(run.status, 0, run.stderr);
    assert.deepEqual(fieldsOf(run.stdout), [
      ['EDIT', 'OPERATOR', 'STATE', 'ADDED', 'REPLACED', 'REMOVED'],
      ['set', 'by-string', 'v-long', '0', '1', '0'],
      ['delete', 'by-string', 'v-long', '0', '0', '1'],
      ['rename-operator', 'by-long', '-', '0', '0', '0'],
    ]);
    assert.equal(compared.status, 3);
    assert.deepEqual(fieldsOf(compared.stdout).sort(), [
      ['CHANGE', 'OPERATOR', 'STATE', 'KEY', 'BEFORE', 'AFTER'],
      ['added', 'by-number', '-', '-', '-', 'operator'],
      ['changed', 'by-string', 'v-long', 'user-1', '40', '99'],
      ['removed', 'by-long', '-', '-', 'operator', '-'],
      ['removed', 'by-string', 'v-long', 'user-2', '40', '-'],
    ]);
    assert.match(compared.stderr, /0 added, 1 removed, 1 changed, [\d,]+ entries the same\n$/);
  });

  it('take many edits from a file', async () => {
    const to = target();
    const edits = join(folder, 'edits.json');
    const entry = { operator: 'by-string', state: 'm-string-long', key: 'user-1' };
    writeFileSync(
      edits,
      JSON.stringify([
        { kind: 'set', ...entry, userKey: 'new', value: 5 },
        { kind: 'drop-operator', operator: 'op-state' },
      ]),
    );

    const run = await edit(to, '--edits', edits);
    const cat = await millrace([
      ...['snapshot', 'cat', to, 'by-string', 'm-string-long', '--key', 'user-1', '--format'],
      ...['ndjson', ...NAMED],
    ]);

    assert.equal(run.status, 0, run.stderr);
    const entries = cat.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(entries.find(({ userKey }) => userKey === 'new').value, 5);
  });

  it('refuse what is not right before anything is written', async () => {
    const to = target();
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, '[{"kind": "put"}]');

    const value = await edit(to, '--set', 'by-string', 'v-long', 'user-1', 'many');
    const words = await edit(to, '--set', 'by-string', 'v-long', 'user-1');
    const file = await edit(to, '--edits', bad);
    const nothing = await edit(to);

    assert.match(value.stderr, /VALUE_NOT_SERIALIZABLE: .*"many" is no Long/);
    assert.match(words.stderr, /--set takes OPERATOR STATE KEY VALUE; it was given by-string/);
    assert.match(file.stderr, /edit 1 of .*bad\.json has the kind "put"; use set, delete/);
    assert.match(nothing.stderr, /nothing is to be changed; give --set/);
    assert.deepEqual(
      [value, words, file, nothing].map(({ status }) => status),
      [1, 2, 2, 2],
    );
    assert.equal(existsSync(to), false);
  });

  it('count by state without listing', async () => {
    const to = target();
    await edit(to, '--set', 'by-string', 'v-long', 'user-1', '99');

    const summary = await diff(SAVEPOINT, to, '--summary');
    const limited = await diff(SAVEPOINT, to, '--json', '--limit', '1');

    const line = fieldsOf(summary.stdout).find(
      ([operator, state]) => operator === 'by-string' && state === 'v-long',
    );
    assert.deepEqual(line?.slice(2), ['0', '0', '1', '49']);
    const json = JSON.parse(limited.stdout);
    assert.deepEqual([json.differences.length, json.summary.changed], [1, 1]);
  });
});

describe('snapshot verify', () => {
  it('finds a sound snapshot sound, and says what cannot be checked', async () => {
    const run = await millrace(['snapshot', 'verify', SAVEPOINT]);

    assert.equal(run.status, 0);
    assert.match(run.stdout, /^sound: 226 KiB in 2 files, 13 operators, 288 key groups, 4,115 ent/);
    assert.match(run.stderr, /^not checked: the hash of the key type Pojo/);
  });

  it('ends with 3 and names file and byte of what is wrong', async () => {
    const copy = target();
    cpSync(SAVEPOINT, copy, { recursive: true });
    const [name = ''] = readdirSync(copy).filter((file) => !file.startsWith('_'));
    const bytes = readFileSync(join(copy, name));
    writeFileSync(join(copy, name), bytes.subarray(0, bytes.length - 100));

    const run = await millrace(['snapshot', 'verify', copy]);
    const json = await millrace(['snapshot', 'verify', copy, '--json']);

    assert.equal(run.status, 3);
    assert.ok(run.stdout.includes(name));
    assert.match(run.stdout, /SNAPSHOT_CORRUPT: .*\d+ bytes/);
    const { isSound, problems } = JSON.parse(json.stdout);
    assert.equal(isSound, false);
    assert.ok(problems.some((problem: { file?: string }) => problem.file?.endsWith(name)));
  });
});

describe('snapshot gc', () => {
  it('shows what no snapshot refers to, and deletes it only when it is told to', async () => {
    const directory = join(folder, 'checkpoints');
    const job = 'ab'.repeat(16);
    const checkpoint = join(directory, job, 'chk-7');
    cpSync(SAVEPOINT, checkpoint, { recursive: true });
    const left = join(directory, job, 'chk-6', '3f2504e0-4f89-11d3-9a0c-0305e82c3301');
    mkdirSync(dirname(left));
    writeFileSync(left, 'left over');
    const gc = (...args: string[]) =>
      millrace(['snapshot', 'gc', directory, '--min-age', '0 s', ...args]);

    const young = await millrace(['snapshot', 'gc', directory]);
    const dry = await gc();
    const wasThere = existsSync(left);
    const deleted = await gc('--delete');

    assert.equal(young.stdout, '');
    assert.match(young.stderr, /1 file that no snapshot refers to may be of a running checkpoint/);
    assert.equal(dry.status, 0);
    assert.deepEqual(fieldsOf(dry.stdout)[1]?.[0], '9');
    assert.ok(fieldsOf(dry.stdout)[1]?.[2]?.endsWith(left));
    assert.match(
      dry.stderr,
      /1 file, 9 B, can be deleted: --delete does it, but give every snapshot/,
    );
    assert.ok(wasThere);
    assert.match(deleted.stderr, /deleted 1 file, 9 B\n$/);
    assert.equal(existsSync(left), false);
    assert.deepEqual(fileHashes(checkpoint), fileHashes(SAVEPOINT));
  });
});

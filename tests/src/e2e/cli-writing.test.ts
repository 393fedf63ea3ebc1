/** What `millrace snapshot` compares and writes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileHashes } from '../file-hashes.ts';
import { fieldsOf, fixture, MILLRACE, millrace } from './run-cli.ts';

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

  it('leaves nothing when it is interrupted, and ends with 130', async () => {
    const to = target();
    const child = spawn(process.execPath, [
      ...['--import', new URL('./slow-files.js', import.meta.url).href],
      ...[MILLRACE, 'snapshot', 'convert', SAVEPOINT, to],
    ]);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (text.includes('a file is written')) {
        child.kill('SIGINT');
      }
    });

    const status = await new Promise((resolve) => child.once('close', resolve));

    assert.equal(status, 130, said);
    assert.equal(existsSync(to), false);
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

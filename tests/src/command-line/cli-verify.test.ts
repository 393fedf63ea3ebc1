/** What `millrace snapshot verify` calls sound. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FIXTURE_REBASE } from '../compatibility/flink-fixtures.ts';
import { fixture, millrace } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-cli-verify-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const REBASE = ['--rebase', `${FIXTURE_REBASE.from}=${FIXTURE_REBASE.to}`];
const verify = (path: string, ...args: string[]) =>
  millrace(['snapshot', 'verify', path, ...REBASE, ...args]);

describe('snapshot verify', () => {
  it('does not call sound what holds a type whose name is damaged: it was not read', async () => {
    const copy = join(folder, 'damaged');
    cpSync(fixture('hashmap-canonical'), copy, { recursive: true });
    const metadata = join(copy, '_metadata');
    const bytes = readFileSync(metadata);
    const at = bytes.lastIndexOf('StringSerializer');
    assert.ok(at > 0);
    bytes[at + 3] = 'I'.charCodeAt(0);
    writeFileSync(metadata, bytes);

    const run = await verify(copy);
    const json = await verify(copy, '--json');

    assert.equal(run.status, 3);
    assert.match(run.stdout, /^sound as far as read, but \d+ parts? could not be read: /);
    assert.match(run.stderr, /^not read: .*StrIngSerializer/);
    const { isSound, problems, unread } = JSON.parse(json.stdout);
    assert.deepEqual([json.status, isSound, problems], [3, false, []]);
    assert.match(unread[0].message, /StrIngSerializer/);
  });

  it('does not call sound what has logs of keys of a type that nothing tells', async () => {
    const run = await verify(fixture('hashmap-changelog-chk'));

    assert.equal(run.status, 3);
    assert.match(run.stdout, /^sound as far as read, but 4 parts could not be read: /);
    assert.match(run.stderr, /never materialized.*keyTypes/);
  });

  it('calls sound what was read, though it cannot tell the hash of a key', async () => {
    const run = await verify(fixture('rocksdb-incremental-chk'));

    assert.equal(run.status, 0);
    assert.match(run.stdout, /^sound: /);
    assert.match(run.stderr, /^not checked: the hash of the key type/);
  });

  it('says what its verdict rests on: a value that was changed to another is not seen without checksums', async () => {
    const copy = join(folder, 'altered');
    cpSync(fixture('hashmap-canonical'), copy, { recursive: true });
    const [state = ''] = readdirSync(copy).filter((name) => name !== '_metadata');
    const file = join(copy, state);
    const { stdout: before } = await verify(copy);
    const bytes = readFileSync(file);
    const texts = bytes.toString('latin1').matchAll(/in\d/g); // Fields of values.
    const { index } = [...texts].at(-1)!;
    bytes[index] = 'I'.charCodeAt(0);
    writeFileSync(file, bytes);

    const { status, stdout } = await verify(copy);

    assert.deepEqual([status, stdout], [0, before]);
    assert.match(stdout, /^structure\tcanonical keyed state\t2\t/m);
    assert.match(
      stdout,
      /^structure: all was decoded .* no checksum: a value that was changed to .* is not found$/m,
    );
  });

  it('counts a file that is gone once', async () => {
    const copy = join(folder, 'gone');
    cpSync(fixture('hashmap-canonical'), copy, { recursive: true });
    const [state = ''] = readdirSync(copy).filter((name) => name !== '_metadata');
    rmSync(join(copy, state));

    const { status, stdout } = await verify(copy);

    assert.equal(status, 3);
    assert.match(stdout, /^1 problem: /m);
    assert.equal(stdout.match(/^SNAPSHOT_NOT_FOUND: /gm)?.length, 1);
    assert.match(stdout, /^structure: decoded as far as the problems let it; /m);
  });
});

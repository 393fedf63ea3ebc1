/** `millrace snapshot plan`: can a new version of a program start with a snapshot of the old one? */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { localPath } from '../e2e/failures.ts';
import { fileHashes } from '../file-hashes.ts';
import { fieldsOf, millrace } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-plan-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAM = fileURLToPath(new URL('../e2e/upgraded-program.js', import.meta.url));
const TYPESCRIPT = fileURLToPath(new URL('../../src/e2e/upgraded-program.ts', import.meta.url));
let savepoint = '';

before(() => {
  const run = spawnSync(process.execPath, [PROGRAM], {
    encoding: 'utf8',
    env: { ...process.env, SAVEPOINTS: join(folder, 'savepoints') },
  });
  assert.equal(run.status, 0, run.stderr);
  savepoint = localPath(run.stdout.trimEnd().split('\n').at(-1) ?? '');
});

function plan(version: string, ...args: string[]) {
  const [program = PROGRAM, ...rest] =
    args[0]?.startsWith('-') === false ? args : [PROGRAM, ...args];
  return millrace(['snapshot', 'plan', program, '--from', savepoint, ...rest], {
    env: { VERSION: version },
  });
}

describe('snapshot plan', () => {
  it('says that a program can start whose states are as they were, and changes nothing', async () => {
    const before = fileHashes(folder);

    const run = await plan('same');

    assert.equal(run.status, 0, run.stderr);
    const [titles, ...lines] = fieldsOf(run.stdout);
    assert.deepEqual(titles, ['OPERATOR', 'FOUND BY', 'STATE', 'KIND', 'TYPE', 'VERDICT']);
    const total = lines.find((line) => line[2] === 'total');
    assert.deepEqual(total, ['sum', 'uid', 'total', 'value', 'Pojo com.acme.Total', 'as is']);
    assert.match(run.stdout, /\nThe program can start with this snapshot\.\n$/);
    assert.equal(
      run.stderr,
      'the program says hello\n' +
        'Its first execute() was rehearsed; jobs that it may start after that were not.\n',
    );
    assert.deepEqual(fileHashes(folder), before);
  });

  it('says how states migrate', async () => {
    const run = await plan('migrating');

    assert.equal(run.status, 0);
    assert.match(run.stdout, /How states change:\n- 'total' of 'Sum' .*field currency was added/);
  });

  it('ends with 3 and says why and what to do, when a state does not fit', async () => {
    const run = await plan('incompatible');

    assert.equal(run.status, 3);
    assert.match(run.stdout, /\tdoes not fit\n/);
    assert.match(
      run.stdout,
      /- STATE_INCOMPATIBLE: state 'total' .*field cents: Long in the snapshot, String in the program.*go back to the old type/,
    );
  });

  it('suggests the uid of an operator with the same states', async () => {
    const run = await plan('renamed');
    const allowed = await plan('renamed', '--allow-non-restored-state');

    assert.equal(run.status, 3);
    assert.match(run.stdout, /- 'Sum' \(uid 'totals'\): \.uid\('sum'\); both have total\n/);
    assert.equal(allowed.status, 0);
    assert.match(
      allowed.stdout,
      /What it starts without:\n- the state of operator .*'sum'\) is dropped/,
    );
  });

  it('tells of a function that fails when it is opened', async () => {
    const run = await plan('failing');

    assert.equal(run.status, 3);
    assert.match(run.stdout, /- USER_FUNCTION_FAILED: .*no database/);
  });

  it('gives JSON, with nothing that the program prints', async () => {
    const run = await plan('renamed', '--json');

    const json = JSON.parse(run.stdout);
    assert.equal(json.canStart, false);
    assert.equal(json.obstacles.length, 1);
    assert.equal(json.suggestions[0].states[0], 'total');
  });

  it('runs a program in TypeScript, with arguments of its own', async () => {
    const run = await plan('same', TYPESCRIPT, '--json', '--', '-D', 'parallelism.default=3');

    const { operators } = JSON.parse(run.stdout);
    const sum = operators.find((each: { uid: string }) => each.uid === 'sum');
    assert.deepEqual([sum.parallelism, sum.match.parallelism, run.status], [3, 1, 0]);
  });

  it('says what it cannot rehearse, and why', async () => {
    const throwing = join(folder, 'throwing.mjs');
    writeFileSync(throwing, "throw new Error('bad luck');");
    const ending = join(folder, 'ending.mjs');
    writeFileSync(ending, 'process.exit(7);');

    const missing = await plan('same', join(folder, 'none.js'));
    const thrown = await plan('same', throwing);
    const ended = await plan('same', ending);
    const jobless = await plan('without-job');

    assert.match(missing.stderr, /PROGRAM_NOT_REHEARSED: there is no program .*none\.js/);
    assert.match(thrown.stderr, /the program failed before its env\.execute\(\): bad luck/);
    assert.match(ended.stderr, /ending\.mjs ended with code 7 before its env\.execute\(\)/);
    assert.match(jobless.stderr, /the program ended without a job/);
    assert.deepEqual(
      [missing, thrown, ended, jobless].map(({ status }) => status),
      [1, 1, 1, 1],
    );
  });

  const strips = (process.features as { typescript?: unknown }).typescript;
  it('says what loads TypeScript, where nothing does', {
    skip: strips ? 'Node strips types' : false,
  }, async () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    copyFileSync(TYPESCRIPT, join(elsewhere, 'job.ts'));

    const run = await plan('same', join(elsewhere, 'job.ts'));

    assert.equal(run.status, 1);
    assert.match(run.stderr, /does not load TypeScript: npm install tsx beside the program/);
  });

  it('refuses a program whose millrace is too old to rehearse, rather than run it', async () => {
    const old = join(folder, 'old', 'node_modules', 'millrace');
    mkdirSync(old, { recursive: true });
    writeFileSync(
      join(old, 'package.json'),
      '{"name":"millrace","type":"module","main":"index.js"}',
    );
    writeFileSync(join(old, 'index.js'), 'export const execute = () => console.log("RUNS");');
    const program = join(folder, 'old', 'job.mjs');
    writeFileSync(program, "import { execute } from 'millrace'; execute();");

    const run = await plan('same', program);

    assert.equal(run.status, 1);
    assert.ok(!run.stderr.includes('RUNS'));
    assert.match(run.stderr, /older than rehearsals; install a newer millrace/);
  });
});

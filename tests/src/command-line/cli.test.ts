/** The `millrace` command as a user runs it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fieldsOf, fixture, inShell, millrace } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const SAVEPOINT = fixture('hashmap-canonical');
const NAMED = ['--uid', 'by-string', '--uid', 'by-long', '--uid', 'op-state'];

describe('the millrace command', () => {
  it('says its version and how it is used', async () => {
    const version = await millrace(['--version']);
    const help = await millrace(['snapshot', 'ls', '--help']);

    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
    assert.equal(version.status, 0);
    assert.match(help.stdout, /^Usage: millrace snapshot ls \[options\] <snapshot>/);
    assert.match(help.stdout, /Examples:\n {2}# a savepoint\n {2}millrace snapshot ls/);
    assert.match(help.stdout, /Exit codes:\n {2}0 {4}done/);
    assert.equal(help.status, 0);
  });

  it('shows help by the word as by the option', async () => {
    for (const [words, option] of [
      [['help'], ['--help']],
      [
        ['help', 'list'],
        ['list', '--help'],
      ],
      [
        ['help', 'snapshot', 'ls'],
        ['snapshot', 'ls', '--help'],
      ],
      [
        ['snapshot', 'help', 'ls'],
        ['snapshot', 'ls', '--help'],
      ],
      [
        ['config', 'help'],
        ['config', '--help'],
      ],
    ] as const) {
      assert.deepEqual(await millrace(words), await millrace(option));
    }
    const unknown = await millrace(['help', 'lits']);
    assert.deepEqual([unknown.status, unknown.stdout], [2, '']);
    assert.match(unknown.stderr, /unknown command 'lits'\n\(Did you mean list\?\)/);
    assert.equal((await millrace(['snapshot', 'ls', 'help'])).status, 1); // A folder of that name.
  });

  it('shows the help and fails with 2 when nothing is asked for', async () => {
    const run = await millrace(['snapshot']);

    assert.equal(run.status, 2);
    assert.equal(run.stdout, '');
    assert.match(run.stderr, /^Usage: millrace snapshot/);
  });

  for (const [what, args, said] of [
    ['command', ['snapshot', 'sl', 'x'], /unknown command 'sl'\n\(Did you mean one of ls, sql\?\)/],
    ['option', ['snapshot', 'ls', 'x', '--jsn'], /unknown option '--jsn'\n\(Did you mean --json/],
    ['argument', ['snapshot', 'ls'], /missing required argument 'snapshot'/],
    [
      'command that resembles none',
      ['frob'],
      /unknown command 'frob'\n\(millrace --help shows what there is\.\)/,
    ],
    [
      'command of snapshots that resembles none',
      ['snapshot', 'frobnicate'],
      /unknown command 'frobnicate'\n\(millrace snapshot --help shows what there is\.\)/,
    ],
    [
      'option that resembles none',
      ['snapshot', 'ls', 'x', '--frobnicate'],
      /unknown option '--frobnicate'\n\(millrace snapshot ls --help shows what there is\.\)/,
    ],
    [
      'place of an option, before the command',
      ['-m', 'localhost:8081', 'list', '--json'],
      /'-m' before the command\n\(Did you mean millrace list -m localhost:8081 --json\?\)\n$/,
    ],
    [
      'place of an option, before the command of snapshots',
      ['snapshot', '--json', 'ls', 'x'],
      /'--json' before the command\n\(Did you mean millrace snapshot ls --json x\?\)\n$/,
    ],
    [
      'option before a command that has none of it',
      ['--frobnicate', 'list'],
      /unknown option '--frobnicate'\n\(millrace --help shows what there is\.\)/,
    ],
    ['number', ['snapshot', 'cat', 'x', 'a', 'b', '--limit', '0'], /Give a whole number from 1/],
    ['format', ['snapshot', 'cat', 'x', '--format', 'xml'], /Allowed choices are table, json/],
    ['rebase', ['snapshot', 'ls', 'x', '--rebase', 'x'], /--rebase x: give FROM=TO/],
  ] as const) {
    it(`fails with 2 for a wrong ${what} and says what is right`, async () => {
      const run = await millrace(args);

      assert.equal(run.status, 2);
      assert.equal(run.stdout, '');
      assert.match(run.stderr, /^millrace: /);
      assert.match(run.stderr, said);
    });
  }

  it('knows what is meant where snapshot is left out', async () => {
    const run = await millrace(['ls', SAVEPOINT]);

    assert.equal(run.status, 2);
    assert.equal(
      run.stderr,
      "millrace: unknown command 'ls'\n(Did you mean millrace snapshot ls?)\n",
    );
  });

  it('names both that may be meant where a command has no snapshot behind it', async () => {
    const ls = await millrace(['ls']);
    const diff = await millrace(['diff']);

    assert.deepEqual([ls.status, diff.status], [2, 2]);
    assert.match(
      ls.stderr,
      /^millrace: unknown command 'ls'\n\(Did you mean list, or snapshot ls\?\)\n$/,
    );
    assert.match(diff.stderr, /\n\(Did you mean millrace snapshot diff\?\)\n$/);
  });

  const pty = spawnSync('script', ['--version']).status === 0;
  it('fits a terminal, with colours, unless told not to', {
    skip: pty ? false : 'needs script',
  }, () => {
    const command = `$MILLRACE snapshot ls '${SAVEPOINT}' --uid by-string`;
    const onTerminal = (prefix: string) =>
      inShell(`script -qec "stty cols 60; ${prefix} ${command}" /dev/null </dev/null`).stdout;

    const colored = onTerminal('');
    const plain = onTerminal('NO_COLOR=1');

    const lines = plain.replaceAll('\r', '').split('\n').slice(2, -3);
    assert.ok(lines.length > 40);
    assert.ok(lines.every((line) => [...line].length <= 60));
    assert.ok(lines.some((line) => line.includes('…')));
    assert.ok(!plain.includes('\x1b['));
    assert.ok(colored.includes('\x1b[1mPAR/MAX'));
  });

  it('ends quietly when its reader wants no more', () => {
    const run = inShell(
      `$MILLRACE snapshot cat '${SAVEPOINT}' by-string v-long --uid by-string --format ndjson | head -1`,
    );

    assert.match(run.stdout, /^\{.*\}\n$/);
    assert.equal(run.stderr, '');
  });

  it('gives a stack only where it is asked for', async () => {
    const plain = await millrace(['snapshot', 'ls', join(folder, 'none')]);
    const option = await millrace(['snapshot', 'ls', join(folder, 'none'), '--stack']);
    const variable = await millrace(['snapshot', 'ls', 'none'], { env: { MILLRACE_STACK: '1' } });

    assert.equal(plain.stderr.split('\n').length, 2);
    assert.match(plain.stderr, /^millrace: SNAPSHOT_NOT_FOUND: no snapshot is at .*none; give/);
    assert.match(option.stderr, /\n {4}at /);
    assert.match(variable.stderr, /\n {4}at /);
    assert.deepEqual([plain.status, option.status, variable.status], [1, 1, 1]);
  });

  it('colours where it is told to, and never elsewhere', async () => {
    const args = ['snapshot', 'ls', 'none'];

    const piped = await millrace(args);
    const forced = await millrace(args, { env: { FORCE_COLOR: '1' } });
    const refused = await millrace(args, { env: { NO_COLOR: '1' } });

    assert.ok(!piped.stderr.includes('\x1b'));
    assert.ok(forced.stderr.startsWith('\x1b['));
    assert.ok(!refused.stderr.includes('\x1b'));
  });
});

describe('snapshot ls', () => {
  it('writes a line a state, with tabs between fields', async () => {
    const run = await millrace(['snapshot', 'ls', SAVEPOINT, ...NAMED]);

    const [titles, ...lines] = fieldsOf(run.stdout);
    assert.equal(run.stderr, '');
    assert.equal(run.status, 0);
    assert.equal(titles?.[0], 'OPERATOR');
    assert.ok(lines.every((line) => line.length === titles?.length && !line.includes('')));
    assert.ok(
      lines.some(
        (line) =>
          line.slice(0, 7).join(' ') ===
          'by-string 43c502db369b106061a4c7c72c012f5f 2 128 m-string-long map Map<String, Long>',
      ),
    );
    assert.ok(lines.some((line) => line[0] === 'op-state' && line[5] === 'union list'));
  });

  it('is read by awk', () => {
    const run = inShell(
      `$MILLRACE snapshot ls '${SAVEPOINT}' --uid by-string | awk -F'\\t' '$1 == "by-string" && $6 == "list" { print $5 }'`,
    );

    assert.equal(run.stdout, 'l-long\nl-string\n');
  });

  it('counts entries and bytes of each state where that is asked for', async () => {
    const run = await millrace(['snapshot', 'ls', SAVEPOINT, ...NAMED, '--entries']);

    const [titles = [], ...lines] = fieldsOf(run.stdout);
    const vLong = lines.find((line) => line[0] === 'by-string' && line[4] === 'v-long') ?? [];
    assert.equal(vLong[titles.indexOf('ENTRIES')], '50');
    assert.equal(vLong[titles.indexOf('BYTES')], '847');
  });

  it('gives JSON', async () => {
    const run = await millrace(['snapshot', 'ls', SAVEPOINT, '--json', ...NAMED]);

    const { kind, checkpointId, operators } = JSON.parse(run.stdout);
    assert.deepEqual([kind, checkpointId, operators.length], ['canonical savepoint', 1, 13]);
    const byString = operators.find((each: { uid?: string }) => each.uid === 'by-string');
    assert.equal(byString.keyType, 'String');
    assert.deepEqual(
      byString.states.find((state: { name: string }) => state.name === 'v-tuple2'),
      {
        name: 'v-tuple2',
        kind: 'value',
        type: 'Tuple2<String, Int>',
        namespaceType: 'VoidNamespace',
        hasTtl: false,
        keyType: 'String',
      },
    );
  });

  it('takes the uids of a file, and its _metadata by its name', async () => {
    const uids = join(folder, 'uids.txt');
    writeFileSync(uids, 'by-string\n\nby-long\n');

    const run = await millrace(['snapshot', 'ls', join(SAVEPOINT, '_metadata'), '--uids', uids]);
    const missing = await millrace(['snapshot', 'ls', SAVEPOINT, '--uids', `${uids}x`]);

    assert.ok(run.stdout.includes('\nby-long\t'));
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /CONFIG_FILE_UNREADABLE: the list of uids .*uids.txtx/);
  });

  it("takes the newest checkpoint of a job's folder, and says so", async () => {
    const run = await millrace(['snapshot', 'ls', fixture('hashmap-chk')]);

    assert.match(run.stderr, /^\S*hashmap-chk holds checkpoints; the newest is \S*\/chk-\d+\n$/);
    assert.equal(run.status, 0);
  });

  it('says which file and which byte are wrong', async () => {
    const copy = join(folder, 'cut');
    cpSync(SAVEPOINT, copy, { recursive: true });
    truncateSync(join(copy, '_metadata'), 100);

    const run = await millrace(['snapshot', 'ls', copy]);

    assert.equal(run.status, 1);
    assert.equal(run.stdout, '');
    assert.match(run.stderr, /^millrace: SNAPSHOT_CORRUPT: .*cut\/_metadata.*\d+/);
    assert.equal(run.stderr.split('\n').length, 2);
  });

  it('shows what it can of a snapshot without one of its files, and names the file', async () => {
    const copy = join(folder, 'lost');
    cpSync(SAVEPOINT, copy, { recursive: true });
    const lost = readdirSync(copy).find((name) => !name.startsWith('_')) as string;
    rmSync(join(copy, lost));

    const run = await millrace(['snapshot', 'ls', copy]);

    assert.equal(run.status, 1);
    assert.ok(run.stderr.includes(lost), run.stderr);
    assert.ok(run.stdout.includes('even-list'));
  });
});

describe('snapshot cat', () => {
  const cat = (...args: string[]) => millrace(['snapshot', 'cat', SAVEPOINT, ...args]);

  it('writes the entries of a key in each format', async () => {
    const one = ['by-string', 'v-tuple2', '--uid', 'by-string', '--key', 'user-1'];

    const table = await cat(...one);
    const csv = await cat(...one, '--format', 'csv');
    const ndjson = await cat(...one, '--format', 'ndjson');
    const json = await cat(...one, '--json');

    const [titles, line] = fieldsOf(table.stdout);
    assert.deepEqual(titles, ['KEY_GROUP', 'KEY', 'VALUE']);
    assert.deepEqual(line?.slice(0, 2), ['121', 'user-1']);
    assert.match(csv.stdout, /^key_group,key,value\r\n121,user-1,"\[""/);
    const entry = JSON.parse(ndjson.stdout);
    assert.deepEqual([entry.keyGroup, entry.key], [121, 'user-1']);
    assert.deepEqual(JSON.parse(json.stdout), [entry]);
    assert.equal(line?.[2], JSON.stringify(entry.value));
  });

  it('ends after as many entries as are asked for', async () => {
    const limited = await cat('by-string', 'v-long', ...NAMED, '--limit', '3');
    const all = await cat('by-string', 'v-long', ...NAMED, '--limit', 'all');

    assert.equal(fieldsOf(limited.stdout).length, 4);
    assert.equal(fieldsOf(all.stdout).length, 51);
  });

  it('gives an empty list where nothing is, and ends with 3, as a search does that finds none', async () => {
    const run = await cat('by-string', 'v-long', ...NAMED, '--key', 'nobody', '--json');

    assert.equal(run.stdout, '[]\n');
    assert.match(run.stderr, /^no entries of key nobody in state '.*'\n$/);
    assert.equal(run.status, 3);
  });

  it('prints timers, windows, and operator state', async () => {
    const timers = await cat('by-string', '_timer_state/event_user-timers', ...NAMED, '--limit=1');
    const windows = await cat('win-agg', 'window-contents', '--uid', 'win-agg', '--limit', '1');
    const items = await cat('op-state', 'union-list', ...NAMED);
    const rules = await cat('broadcast-op', 'rules', '--uid', 'broadcast-op');

    assert.deepEqual(fieldsOf(timers.stdout)[0], ['KEY_GROUP', 'TIMESTAMP', 'KEY']);
    assert.deepEqual(fieldsOf(windows.stdout)[0], ['KEY_GROUP', 'KEY', 'NAMESPACE', 'VALUE']);
    assert.match(fieldsOf(windows.stdout)[1]?.[2] ?? '', /^\{"start":\d+,"end":\d+\}$/);
    assert.deepEqual(fieldsOf(items.stdout)[0], ['SUBTASK', 'INDEX', 'VALUE']);
    assert.equal(fieldsOf(items.stdout).length, 3);
    assert.deepEqual(fieldsOf(rules.stdout)[0], ['SUBTASK', 'KEY', 'VALUE']);
  });

  it('names the nearest operator or state, or lists them', async () => {
    const operator = await cat('by-strng', 'v-long', ...NAMED);
    const state = await cat('by-string', 'v-lng', ...NAMED);
    const none = await cat('by-long', ...NAMED);

    assert.match(operator.stderr, /OPERATOR_NOT_IN_SNAPSHOT: .*did you mean 'by-string'\?/);
    assert.match(state.stderr, /STATE_NOT_IN_SNAPSHOT: .*did you mean 'v-long'\?/);
    assert.match(
      none.stderr,
      /name a state; those of operator 'by-long' are l-long, m-string-long/,
    );
    assert.deepEqual([operator.status, state.status, none.status], [1, 1, 2]);
  });

  it('names no operator without state, which nothing can be seen of', async () => {
    const { stdout } = await millrace(['snapshot', 'ls', SAVEPOINT, ...NAMED, '--json']);
    const { operators } = JSON.parse(stdout) as {
      operators: { operatorId: string; sizeBytes: number }[];
    };
    const [without] = operators.filter(({ sizeBytes }) => sizeBytes === 0);
    assert.ok(without, stdout);

    const { stderr } = await cat('none of these', 'v-long', ...NAMED);

    assert.match(stderr, /OPERATOR_NOT_IN_SNAPSHOT: .*'by-string'/);
    assert.ok(!stderr.includes(without.operatorId), stderr);
  });

  it('takes the beginning of an id for an operator, however short, if it is of one alone', async () => {
    const run = await cat('43', 'v-long', '--limit', '1');
    const ambiguous = await cat('4', 'v-long', '--limit', '1');

    assert.equal(run.status, 0, run.stderr);
    assert.equal(fieldsOf(run.stdout).length, 2);
    assert.equal(ambiguous.status, 1);
    assert.match(ambiguous.stderr, /'4' may be any of the operators 4\w{31}, 4\w{31}/);
  });
});

describe('snapshot size', () => {
  it('counts entries and bytes of every state', async () => {
    const run = await millrace(['snapshot', 'size', SAVEPOINT, ...NAMED]);

    const [titles, ...lines] = fieldsOf(run.stdout);
    assert.deepEqual(titles, ['OPERATOR', 'STATE', 'ENTRIES', 'BYTES', 'LARGEST']);
    const vLong = lines.find((line) => line[0] === 'by-string' && line[1] === 'v-long');
    assert.equal(vLong?.[2], '50');
    assert.equal(run.status, 0);
  });

  it('names the largest keys, and as many as are asked for', async () => {
    const args = ['snapshot', 'size', SAVEPOINT, ...NAMED, '--operator', 'by-string'];

    const run = await millrace([...args, '--by', 'key', '--top', '2']);

    const [titles, ...lines] = fieldsOf(run.stdout);
    assert.deepEqual(titles, ['OPERATOR', 'STATE', 'KEY', 'KEY_GROUP', 'ENTRIES', 'BYTES']);
    assert.equal(lines.length, 2);
    assert.ok(Number(lines[0]?.[5]) >= Number(lines[1]?.[5]));
  });

  it('says how much was read, and how fast, where that is asked for', async () => {
    const run = await millrace(['snapshot', 'size', SAVEPOINT, '--stats']);

    assert.match(run.stderr, /^read \d+ KiB in \d+\.\d\d s \([\d.]+ [KM]iB\/s\)\n$/);
  });
});

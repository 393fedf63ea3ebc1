/** `millrace config` and its lint, on files as users write them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, describe, it } from 'node:test';
import { allConfigOptions } from '@millrace/core';
import { runMillrace } from '../run-millrace.ts';
import type { Finding } from './config-entry.ts';
import { flinkKeys } from './flink-keys.ts';
import { lintEntries } from './lint-entries.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-config-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** A folder with one file in it. */
function configuration(name: 'config.yaml' | 'flink-conf.yaml', ...lines: string[]): string {
  const own = mkdtempSync(join(folder, `${files++}-`));
  writeFileSync(join(own, name), `${lines.join('\n')}\n`);
  return own;
}

async function millrace(...args: string[]) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const streams = { stdout, stderr, env: {}, onInterrupt: () => () => {} };
  const status = await runMillrace(args, streams as never);
  return { status, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

async function findingsOf(path: string): Promise<Finding[]> {
  const { stdout } = await millrace('config', 'lint', path, '--json');
  return (JSON.parse(stdout) as { findings: Finding[] }).findings;
}

/** The findings of settings, as `severity rule: message`. */
function lintOf(settings: Readonly<Record<string, unknown>>): string[] {
  const entries = Object.entries(settings).map(([key, raw], index) => ({
    key,
    raw,
    file: 'config.yaml',
    line: index + 1,
    column: 1,
  }));
  return lintEntries(entries).map(
    ({ severity, rule, message }) => `${severity} ${rule}: ${message}`,
  );
}

describe('millrace config lint', () => {
  it('finds nothing in a configuration that is right', async () => {
    const path = configuration(
      'config.yaml',
      'execution.checkpointing:',
      '  interval: 10 s',
      '  dir: file:///c',
      'state.backend.type: rocksdb',
    );

    const { status, stdout, stderr } = await millrace('config', 'lint', path);

    assert.deepEqual([status, stdout], [0, '']);
    assert.match(stderr, /^3 keys in .*config\.yaml: 0 errors, 0 warnings$/m);
  });

  it('tells the line and column of a nested key', async () => {
    const path = configuration('config.yaml', 'state:', '  backend:', '    typ: rocksdb');

    const [finding] = await findingsOf(path);

    assert.deepEqual([finding?.line, finding?.column], [3, 5]);
    assert.match(
      String(finding?.message),
      /^state\.backend\.typ is not known; did you mean state\.backend\.type\?/,
    );
  });

  it('ends with 3 when there are errors or warnings, and not for what is only unused', async () => {
    const wrong = configuration('config.yaml', 'parallelism.default: none');
    const unused = configuration('config.yaml', 'jobmanager.memory.process.size: 1600m');

    assert.equal((await millrace('config', 'lint', wrong)).status, 3);
    const { status, stdout } = await millrace('config', 'lint', unused);
    assert.equal(status, 0);
    assert.match(stdout, /config\.yaml:1:1: info: .* is a key of Flink that Millrace does not use/);
    assert.equal((await millrace('config', 'lint', unused, '--quiet')).stdout, '');
  });

  it('reads flink-conf.yaml as Flink does: no YAML, and the last of two counts', async () => {
    const path = configuration(
      'flink-conf.yaml',
      'parallelism.default: 2 # two',
      'jobmanager.rpc.address localhost',
      'parallelism.default: 4',
    );

    const findings = await findingsOf(path);

    const rules = findings.map(({ rule, line, severity }) => `${line} ${severity} ${rule}`);
    assert.ok(rules.includes('2 error syntax'), String(rules));
    assert.ok(rules.includes('3 warning duplicate-key'), String(rules));
  });

  it('tells where YAML is broken, and quotes none of it', async () => {
    const path = configuration('config.yaml', 'rest.auth.token: "geheim', 'a: b');

    const { stdout, status } = await millrace('config', 'lint', path);

    assert.equal(status, 3);
    assert.match(stdout, /config\.yaml:\d+:1: error: .*\[syntax\]/);
    assert.doesNotMatch(stdout, /geheim/);
  });

  it('says that there is no such file', async () => {
    const { stderr, status } = await millrace('config', 'lint', join(folder, 'nowhere'));

    assert.equal(status, 1);
    assert.match(
      stderr,
      /CONFIG_FILE_UNREADABLE: there is no .*nowhere; give a configuration file/,
    );
  });
});

describe('what is wrong with settings', () => {
  const checkpoints = { 'execution.checkpointing.interval': '10 s' };
  const cases: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [
      { 'state.backend.rocksdb.managed.memory': true },
      /did you mean state\.backend\.rocksdb\.memory\.managed/,
    ],
    [{ 'state.nothing.of.the.kind.there.is': 1 }, /^warning unknown-key: .* has no effect/],
    [{ 'acme.tool': 1 }, /^info unknown-key: .* another tool/],
    [{ 'state.backend': 'hashmap' }, /^warning deprecated-key: .*use state\.backend\.type/],
    [{ 'env.java.opts': '-Xmx' }, /^warning deprecated-key: .*use env\.java\.opts\.all/],
    [{ 'execution.checkpointing.timeout': '10 parsecs' }, /^error wrong-value: .*a unit/],
    [{ 'jobmanager.memory.process.size': '1.5 GiB' }, /^error wrong-value: .*a unit/],
    [{ 'execution.checkpointing.mode': 'at-least-once' }, /did you mean AT_LEAST_ONCE/],
    [{ 'high-availability.type': 'zookeeper' }, /^error unsupported-value/],
    [{ 'high-availability.type': 'filesytem' }, /^error wrong-value: .*did you mean filesystem/],
    [{ 'restart-strategy.type': 'fixd' }, /^error wrong-value: .*did you mean fixed-delay/],
    [
      { 'metrics.latency.granularity': 'task' },
      /^error wrong-value: .*single, operator or subtask/,
    ],
    [{ 'execution.checkpointing.storage': 's3' }, /^error wrong-value: .*jobmanager or filesystem/],
    [
      { 'high-availability.type': 'filesystem' },
      /^error conflict: .* needs high-availability\.storageDir/,
    ],
    [
      { 'execution.checkpointing.incremental': true },
      /^warning conflict: .* state backend hashmap/,
    ],
    [
      {
        ...checkpoints,
        'execution.checkpointing.unaligned.enabled': true,
        'execution.checkpointing.mode': 'AT_LEAST_ONCE',
      },
      /^warning conflict: execution\.checkpointing\.unaligned\.enabled has no effect/,
    ],
    [
      { 'execution.checkpointing.local-backup.dirs': '/l' },
      /^warning conflict: .* without execution\.checkpointing\.local-backup\.enabled/,
    ],
    [{ 'execution.checkpointing.storage': 'filesystem' }, /^error conflict: .*name the directory/],
    [
      { 'restart-strategy.fixed-delay.attempts': 3 },
      /^warning conflict: .* without restart-strategy\.type: fixed-delay/,
    ],
    [{ 'rest.bind-address': '0.0.0.0' }, /^warning conflict: .*rest\.auth\.token/],
    [
      {
        'execution.target': 'threads',
        'parallelism.default': 8,
        'taskmanager.numberOfTaskSlots': 4,
      },
      /^error conflict: taskmanager\.numberOfTaskSlots/,
    ],
  ];
  for (const [settings, expected] of cases) {
    it(`is told of ${JSON.stringify(settings)}`, () => {
      const found = lintOf(settings);

      assert.ok(
        found.some((each) => expected.test(each)),
        found.join('\n'),
      );
    });
  }

  it('is not said twice of one that is wrong by itself', () => {
    const found = lintOf({ ...checkpoints, 'execution.checkpointing.min-pause': 'long' });

    assert.equal(found.length, 1);
  });

  it('is that an older spelling has no effect beside the new one', () => {
    const found = lintOf({ 'state.backend': 'rocksdb', 'state.backend.type': 'hashmap' });

    assert.deepEqual(found, [
      'warning duplicate-key: state.backend has no effect, as state.backend.type is set too; remove it',
    ]);
  });

  it('hides what is secret', () => {
    const found = lintOf({ 'security.ssl.rest.enabled': 'geheim', 's3.secret-key': ['geheim'] });

    assert.ok(found.length >= 2);
    assert.ok(!found.some((each) => /s3.*geheim/.test(each)), found.join('\n'));
  });

  it('is nothing for any key of ours at its default', () => {
    for (const option of allConfigOptions()) {
      const { defaultValue, key } = option;
      if (defaultValue !== undefined && defaultValue !== null) {
        const wrong = lintOf({ [key]: option.format(defaultValue) }).filter((each) =>
          /wrong-value|unknown-key/.test(each),
        );
        assert.deepEqual(wrong, [], key);
      }
    }
  });
});

describe('the keys of Flink', () => {
  it('are known without those of ours, each once', () => {
    const keys = flinkKeys().map(({ option }) => option.key);

    assert.ok(keys.length > 400);
    assert.equal(new Set(keys).size, keys.length);
  });
});

describe('millrace config', () => {
  it('shows each value with its origin, the last one set', async () => {
    const path = configuration('config.yaml', 'parallelism.default: 2', 'state.backend: rocksdb');

    const { stdout, status } = await millrace(
      ...['config', '--conf', path, '--set', '--json', '-D', 'parallelism.default=4'],
    );

    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(stdout), [
      { key: 'parallelism.default', value: '4', origin: 'the command line' },
      {
        key: 'state.backend.type',
        value: 'rocksdb',
        origin: 'config.yaml:2',
        spelling: 'state.backend',
      },
    ]);
  });

  it('shows defaults, of the keys that begin as asked for', async () => {
    const { stdout } = await millrace('config', 'parallelism');

    assert.equal(stdout, 'KEY\tVALUE\tORIGIN\nparallelism.default\t1\tdefault\n');
  });

  it('does not show what is secret', async () => {
    const path = configuration('config.yaml', 'rest.auth.token: geheim', 'acme.password: geheim');

    const { stdout } = await millrace('config', '--conf', path, '--set');

    assert.match(stdout, /rest\.auth\.token\t\*{6}\t/);
    assert.doesNotMatch(stdout, /geheim/);
  });

  it('ends with 3 when no key begins so, and says what was meant', async () => {
    for (const [args, said] of [
      [
        ['execution.checkpointing.intervall'],
        /begins with .*; did you mean execution\.checkpointing\.interval\?/,
      ],
      [['nothing'], /^No key begins with nothing; millrace config shows all\.\n$/],
      [['--set', 'parallelism'], /^No key that begins with parallelism is set\.\n$/],
      [
        ['security.ssl.rest.truststore'],
        /^security\.ssl\.rest\.truststore is of Flink; Millrace does not use it\.\n$/,
      ],
    ] as const) {
      const { status, stderr } = await millrace('config', ...args);

      assert.equal(status, 3);
      assert.match(stderr, said);
    }
  });

  it('ends with 1 for a value that cannot be', async () => {
    const path = configuration('config.yaml', 'parallelism.default: 0');

    assert.equal((await millrace('config', '--conf', path)).status, 1);
  });
});

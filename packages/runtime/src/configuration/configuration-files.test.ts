import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  CheckpointingOptions,
  CoreOptions,
  durationOption,
  listOption,
  longOption,
  mapOption,
  StateBackendOptions,
} from '@millrace/core';
import { parseDynamicProperties } from './dynamic-properties.ts';
import { loadGlobalConfiguration } from './global-configuration.ts';
import { parseLegacyConfig } from './legacy-config-file.ts';
import { parseYamlConfig } from './yaml-config-file.ts';

const LIST = listOption({ key: 'list', description: 'x' });
const MAP = mapOption({ key: 'map', description: 'x' });

describe('configuration folder', () => {
  let confDir = '';
  beforeEach(() => {
    confDir = mkdtempSync(join(tmpdir(), 'millrace-conf-'));
  });
  afterEach(() => {
    rmSync(confDir, { recursive: true });
  });

  it('reads flink-conf.yaml even when config.yaml is there too', () => {
    writeFileSync(join(confDir, 'flink-conf.yaml'), 'parallelism.default: 2\n');
    writeFileSync(join(confDir, 'config.yaml'), 'parallelism.default: 3\n');

    const configuration = loadGlobalConfiguration({ confDir });

    assert.equal(configuration.get(CoreOptions.DEFAULT_PARALLELISM), 2);
    assert.equal(configuration.originOf(CoreOptions.DEFAULT_PARALLELISM), 'flink-conf.yaml:1');
  });

  it('reads config.yaml when it is alone', () => {
    writeFileSync(join(confDir, 'config.yaml'), '\nparallelism:\n  default: 3\n');

    const configuration = loadGlobalConfiguration({ confDir });

    assert.equal(configuration.get(CoreOptions.DEFAULT_PARALLELISM), 3);
    assert.equal(configuration.originOf(CoreOptions.DEFAULT_PARALLELISM), 'config.yaml:3');
  });

  it('is an error when it holds neither file', () => {
    assert.throws(() => loadGlobalConfiguration({ confDir }), {
      code: 'CONFIG_FILE_UNREADABLE',
      message: `neither flink-conf.yaml nor config.yaml is in ${confDir}; put one there or name another folder`,
    });
  });

  it('is an error when the file cannot be read', () => {
    mkdirSync(join(confDir, 'flink-conf.yaml'));

    assert.throws(() => loadGlobalConfiguration({ confDir }), {
      code: 'CONFIG_FILE_UNREADABLE',
      message: /flink-conf\.yaml cannot be read: EISDIR.*make it a readable file/,
    });
  });

  it('is not needed', () => {
    assert.deepEqual(loadGlobalConfiguration({ confDir: undefined }).keys(), []);
  });
});

describe('flink-conf.yaml', () => {
  it('cuts a comment anywhere, keeps quotes, and lets the last of two keys win', () => {
    const text = [
      '# a comment',
      '  state.backend: "hashmap" # trailing',
      'execution.checkpointing.dir: file:///a#b',
      'parallelism.default: 1',
      'parallelism.default: 4\r',
    ].join('\n');

    const map = parseLegacyConfig(text, 'flink-conf.yaml').toMap();

    assert.deepEqual(map, {
      'state.backend': '"hashmap"',
      'execution.checkpointing.dir': 'file:///a',
      'parallelism.default': '4',
    });
  });

  it('skips a line without colon and space, or without a value, with a warning', () => {
    const configuration = parseLegacyConfig('a:b\nkey: \nnested:\n  x: 1\n', 'flink-conf.yaml');

    assert.deepEqual(configuration.toMap(), { x: '1' });
    assert.deepEqual(
      configuration.notices.map(({ message }) => message),
      [1, 2, 3].map(
        (line) =>
          `flink-conf.yaml:${line} is skipped, as it is not a pair; write "key: value" with the space`,
      ),
    );
  });
});

describe('config.yaml', () => {
  it('joins nested keys with dots and takes flat ones beside them', () => {
    const text = [
      'execution:',
      '  checkpointing: { interval: 10 s, mode: at_least_once }',
      'state.backend: hashmap',
      'state.backend.incremental: true',
    ].join('\n');

    const configuration = parseYamlConfig(text, 'config.yaml');

    assert.equal(configuration.get(CheckpointingOptions.CHECKPOINTING_INTERVAL), 10_000);
    assert.equal(
      configuration.get(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE),
      'AT_LEAST_ONCE',
    );
    assert.equal(configuration.get(StateBackendOptions.STATE_BACKEND), 'hashmap');
    assert.equal(configuration.originOfKey('execution.checkpointing.mode'), 'config.yaml:2');
  });

  it('takes lists and maps in block, flow and text form', () => {
    const read = (text: string) => parseYamlConfig(text, 'config.yaml');

    assert.deepEqual(read('list:\n  - a\n  - b;c').get(LIST), ['a', 'b;c']);
    assert.deepEqual(read('list: [a, 2]').get(LIST), ['a', '2']);
    assert.deepEqual(read('list: a;b').get(LIST), ['a', 'b']);
    assert.deepEqual(read('map: { k: v, n: 1 }').get(MAP), { k: 'v', n: '1' });
    assert.deepEqual(read('map: k:v').get(MAP), { k: 'v' });
  });

  it('leaves a key with an empty value unset, and an empty file empty', () => {
    assert.deepEqual(parseYamlConfig('a:\nb: ~\n', 'config.yaml').keys(), []);
    assert.deepEqual(parseYamlConfig('# nothing\n', 'config.yaml').keys(), []);
  });

  it('follows aliases', () => {
    const configuration = parseYamlConfig('a: &x 5 s\nb: *x\n', 'config.yaml');

    assert.equal(configuration.get(durationOption({ key: 'b', description: 'x' })), 5000);
  });

  it('never rounds a large number', () => {
    const configuration = parseYamlConfig('n: 9007199254740993', 'config.yaml');

    assert.throws(() => configuration.get(longOption({ key: 'n', description: 'x' })), {
      code: 'CONFIG_VALUE_INVALID',
      message: 'n is "9007199254740993" (from config.yaml:1); use a whole number',
    });
  });

  it('is refused with its line for bad syntax and duplicate keys, quoting nothing', () => {
    assert.throws(
      () => parseYamlConfig('a: 1\npassword: [hunter2\nb: 2\n', 'config.yaml'),
      (error) => {
        const { code, message } = error as { code: string; message: string };
        assert.equal(code, 'CONFIG_FILE_UNREADABLE');
        assert.match(message, /^config\.yaml:3 cannot be read: .*; correct the file$/s);
        assert.ok(!message.includes('hunter2'));
        return true;
      },
    );
    assert.throws(() => parseYamlConfig('a: 1\na: 2\n', 'config.yaml'), {
      code: 'CONFIG_FILE_UNREADABLE',
      message: /^config\.yaml:2 cannot be read: Map keys must be unique/,
    });
    assert.throws(() => parseYamlConfig('- a\n', 'config.yaml'), {
      message:
        'config.yaml:1 cannot be read: the file is not a map of keys to values; correct the file',
    });
  });
});

describe('dynamic properties', () => {
  it('take both spellings and leave other arguments in order', () => {
    const { configuration, rest } = parseDynamicProperties([
      '--kill-at',
      '40%',
      '-Dparallelism.default=2',
      '-D',
      'a=b=c',
      '-Dpipeline.object-reuse',
    ]);

    assert.deepEqual(configuration.toMap(), {
      'parallelism.default': '2',
      a: 'b=c',
      'pipeline.object-reuse': 'true',
    });
    assert.equal(configuration.originOf(CoreOptions.DEFAULT_PARALLELISM), 'the command line');
    assert.deepEqual(rest, ['--kill-at', '40%']);
  });

  it("take lists and maps in YAML's flow form", () => {
    const { configuration } = parseDynamicProperties(['-Dlist=[a, b]', '-Dmap={k: v}']);

    assert.deepEqual(configuration.get(LIST), ['a', 'b']);
    assert.deepEqual(configuration.get(MAP), { k: 'v' });
  });

  it('refuse a -D that names no key', () => {
    assert.throws(() => parseDynamicProperties(['-D']), {
      code: 'CONFIG_VALUE_INVALID',
      message: '-D is followed by ""; write -D key=value',
    });
    assert.throws(() => parseDynamicProperties(['-D=x']), { code: 'CONFIG_VALUE_INVALID' });
  });

  it('refuse a key without a value, unless it is of a boolean', () => {
    assert.throws(() => parseDynamicProperties(['-D', 'foo']), {
      code: 'CONFIG_VALUE_INVALID',
      message:
        '-D foo has no value; write -D foo=value, a key alone is for one that is true or false',
    });
    assert.throws(() => parseDynamicProperties(['-Dpipeline.object-reuze']), {
      message: /; did you mean pipeline\.object-reuse\?$/,
    });
    assert.throws(() => parseDynamicProperties(['-Dparallelism.default']), {
      code: 'CONFIG_VALUE_INVALID',
    });
  });
});

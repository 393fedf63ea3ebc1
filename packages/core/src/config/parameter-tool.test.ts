import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ParameterTool } from './parameter-tool.ts';

describe('parameters from arguments', () => {
  it('are keys with one or two dashes and their values, negative numbers among them', () => {
    const tool = ParameterTool.fromArgs(['--input', 'a b', '-n', '-5', '--rate', '-.5', '--dry']);

    assert.equal(tool.getRequired('input'), 'a b');
    assert.equal(tool.getInt('n'), -5);
    assert.equal(tool.getDouble('rate'), -0.5);
    assert.equal(tool.has('dry'), true);
    assert.equal(tool.getBoolean('dry'), true);
    assert.equal(tool.get('dry'), undefined);
    assert.equal(tool.numberOfParameters, 4);
  });

  it('are refused without a key', () => {
    for (const args of [['value'], ['--key', 'value', 'more'], ['--', 'x'], ['-']]) {
      assert.throws(() => ParameterTool.fromArgs(args), {
        code: 'CONFIG_VALUE_INVALID',
        message: /write --key value/,
      });
    }
  });
});

describe('a parameter', () => {
  const tool = ParameterTool.fromMap({ n: '7', text: 'x', half: '0.5', yes: 'TRUE' });

  it('has a default, or must be there', () => {
    assert.equal(tool.get('missing', 'd'), 'd');
    assert.equal(tool.getInt('missing', 3), 3);
    assert.equal(tool.getBoolean('missing', false), false);
    assert.throws(() => tool.getRequired('missing'), {
      code: 'CONFIG_VALUE_INVALID',
      message: /no value for 'missing'; add --missing VALUE/,
    });
    assert.throws(() => tool.getLong('missing'), { code: 'CONFIG_VALUE_INVALID' });
  });

  it('is of the type that is asked for, or refused with its text', () => {
    assert.equal(tool.getLong('n'), 7);
    assert.equal(tool.getBoolean('yes'), true);
    for (const ask of [
      () => tool.getInt('text'),
      () => tool.getInt('half'),
      () => tool.getDouble('text'),
      () => tool.getBoolean('n'),
    ]) {
      assert.throws(ask, { code: 'CONFIG_VALUE_INVALID', message: /is '(x|0\.5|7)'; use / });
    }
  });

  it('that the program never asked for is known', () => {
    const fresh = ParameterTool.fromMap({ a: '1', b: '2' });

    fresh.getInt('a');

    assert.deepEqual(fresh.unrequestedParameters, ['b']);
  });

  it('of another tool wins in a merge', () => {
    const merged = tool.mergeWith(ParameterTool.fromMap({ n: '8', more: 'm' }));

    assert.deepEqual(merged.toMap(), { ...tool.toMap(), n: '8', more: 'm' });
    assert.equal(tool.getInt('n'), 7);
  });
});

describe('a properties file', () => {
  it('is read as Java reads it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-properties-'));
    const path = join(folder, 'job.properties');
    writeFileSync(
      path,
      [
        '# a comment',
        '! another',
        '',
        'plain=value',
        'spaced : with = signs ',
        'blank value of blanks',
        'long = one \\',
        '   two',
        'esc\\=aped\\ key = tab\\there \\u20ac',
        'C\\:\\\\path=d',
        'empty',
      ].join('\n'),
    );

    const map = ParameterTool.fromPropertiesFile(path).toMap();

    rmSync(folder, { recursive: true });
    assert.deepEqual(map, {
      plain: 'value',
      spaced: 'with = signs ',
      blank: 'value of blanks',
      long: 'one two',
      'esc=aped key': 'tab\there €',
      'C:\\path': 'd',
      empty: '',
    });
  });

  it('that is not there is named', () => {
    assert.throws(() => ParameterTool.fromPropertiesFile('/no/such.properties'), {
      code: 'CONFIG_FILE_UNREADABLE',
      message: /\/no\/such\.properties/,
    });
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  boolOption,
  doubleOption,
  durationOption,
  enumOption,
  intOption,
  listOption,
  longOption,
  mapOption,
  memoryOption,
  nameOption,
  stringOption,
} from './option-builders.ts';

const key = 'key';
const description = 'An option.';

describe('option builders', () => {
  it('take true and false in any case as a boolean, and nothing else', () => {
    const option = boolOption({ key, description });

    assert.deepEqual(['true', 'FALSE', true].map(option.parse), [true, false, true]);
    assert.deepEqual(['yes', '1', '', null].map(option.parse), Array(4).fill(undefined));
  });

  it('keep an int within 32 bits and within its range', () => {
    const option = intOption({ key, description });
    const small = intOption({ key, description, min: 1, max: 9 });

    assert.deepEqual(['42', -7, '2147483647'].map(option.parse), [42, -7, 2_147_483_647]);
    assert.deepEqual(['2147483648', '1.5', 'ten', ''].map(option.parse), Array(4).fill(undefined));
    assert.deepEqual([0, 1, 9, 10].map(small.parse), [undefined, 1, 9, undefined]);
    assert.equal(small.allowed, 'a whole number from 1 to 9');
  });

  it('refuse a long that a number cannot hold exactly', () => {
    const option = longOption({ key, description });

    assert.equal(option.parse('9007199254740991'), 9_007_199_254_740_991);
    assert.equal(option.parse('9007199254740993'), undefined);
  });

  it('take fractions and exponents as a double, never hexadecimal or infinity', () => {
    const option = doubleOption({ key, description, min: 0 });

    assert.deepEqual(['1.5', '.5', '1e3', 2].map(option.parse), [1.5, 0.5, 1000, 2]);
    assert.deepEqual(['0x10', 'Infinity', '', '-1'].map(option.parse), Array(4).fill(undefined));
  });

  it('match an enum constant in any case but only with underscores', () => {
    const option = enumOption({ key, description, constants: ['EXACTLY_ONCE', 'AT_LEAST_ONCE'] });

    assert.equal(option.parse('at_least_once'), 'AT_LEAST_ONCE');
    assert.equal(option.parse('at-least-once'), undefined);
    assert.equal(option.allowed, 'EXACTLY_ONCE or AT_LEAST_ONCE');
  });

  it('match a name in any case and by its other spellings, and tell the nearest one', () => {
    const option = nameOption({
      key,
      description,
      names: ['NONE', 'fixed-delay'],
      aliases: { fixeddelay: 'fixed-delay', off: 'NONE' },
    });

    assert.deepEqual(
      ['none', ' Fixed-Delay', 'FixedDelay', 'off', 'fixd', false].map(option.parse),
      ['NONE', 'fixed-delay', 'fixed-delay', 'NONE', undefined, undefined],
    );
    assert.equal(option.allowed, 'NONE or fixed-delay');
    assert.deepEqual(['fixd', 'fixed-dlay', 'non', 'sometimes'].map(option.nearest), [
      'fixed-delay',
      'fixed-delay',
      'NONE',
      undefined,
    ]);
  });

  it('take a duration with a unit, and milliseconds without one', () => {
    const option = durationOption({ key, description });

    assert.deepEqual(['10 s', '5min', '250', 250].map(option.parse), [10_000, 300_000, 250, 250]);
    assert.deepEqual(['1.5 s', '-1 s', 'PT10S'].map(option.parse), Array(3).fill(undefined));
  });

  it('take a size with a binary unit, and bytes without one', () => {
    const option = memoryOption({ key, description, max: 64 * 1024 * 1024 });

    assert.deepEqual(
      ['20 kb', '64MB', '10485760b', 7].map(option.parse),
      [20_480, 67_108_864, 10_485_760, 7],
    );
    assert.deepEqual(
      ['1 GiB', '65 mb', '-1', '1.5 kb'].map(option.parse),
      Array(4).fill(undefined),
    );
    assert.match(option.allowed, /at most 64 mb/);
  });

  it('read text that YAML typed as a number or boolean as text again', () => {
    const option = stringOption({ key, description });

    assert.deepEqual([7, true, 'a'].map(option.parse), ['7', 'true', 'a']);
    assert.equal(option.parse(['a']), undefined);
  });

  it('split a list at semicolons, and take a YAML list as it is', () => {
    const option = listOption({ key, description });

    assert.deepEqual(option.parse("a; b ;'c;d'"), ['a', 'b', 'c;d']);
    assert.deepEqual(option.parse(['a', 2]), ['a', '2']);
    assert.equal(option.parse("'open"), undefined);
  });

  it('split a map at commas and colons, and take a YAML map as it is', () => {
    const option = mapOption({ key, description });

    assert.deepEqual(option.parse('a:1, b:hdfs://host/x'), { a: '1', b: 'hdfs://host/x' });
    assert.deepEqual(option.parse({ a: 1 }), { a: '1' });
    assert.equal(option.parse('no colon'), undefined);
  });
});

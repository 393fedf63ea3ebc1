import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCompareOptions, UsageError } from './compare-options.ts';

describe('the options of the comparison', () => {
  it('are all kinds of work on both backends without any', () => {
    const options = parseCompareOptions([]);

    assert.deepEqual(options.only, [
      'state',
      'pipelines',
      'scaling',
      'peers',
      'checkpoints',
      'memory',
    ]);
    assert.deepEqual(options.backends, ['heap', 'rocksdb']);
    assert.equal(options.quick, false);
  });

  it('take several kinds of work', () => {
    const options = parseCompareOptions(['--only', 'memory', '--only', 'state']);

    assert.deepEqual(options.only, ['state', 'memory']);
  });

  for (const args of [
    ['--only', 'speed'],
    ['--backend', 'hashmap'],
    ['--keys', '1e6'],
    ['--keys', '7'],
    ['--parallelism', '3'],
    ['--work', 'q6'],
    ['--json', ''],
    ['--smoke'],
    ['heap'],
  ]) {
    it(`are refused by name when they are ${args.join(' ')}`, () => {
      assert.throws(
        () => parseCompareOptions(args),
        (error) => error instanceof UsageError && error.message.includes(args[0] as string),
      );
    });
  }
});

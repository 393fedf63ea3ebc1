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

  it('take a page out of several files, or out of the one that the run appends to', () => {
    const from = parseCompareOptions(
      '--from a.json --from b.json --only state --markdown page.md'.split(' '),
    );
    const measured = parseCompareOptions('--json a.json --markdown page.md'.split(' '));

    assert.deepEqual(from.from, ['a.json', 'b.json']);
    assert.deepEqual(from.only, ['state']);
    assert.deepEqual(measured.from, []);
  });

  for (const args of [
    ['--only', 'speed'],
    ['--backend', 'hashmap'],
    ['--keys', '1e6'],
    ['--keys', '7'],
    ['--parallelism', '3'],
    ['--work', 'q6'],
    ['--json', ''],
    ['--from', '', '--markdown', 'page.md'],
    ['--markdown', 'page.md'],
    ['--markdown', 'page.md', '--json', 'list.json', '--quick'],
    ['--from', 'list.json'],
    ['--from', 'list.json', '--markdown', 'page.md', '--json', 'list.json'],
    ['--from', 'list.json', '--markdown', 'page.md', '--keys', '500000'],
    ['--work', 'q5', '--only', 'state'],
    ['--keys', '500000', '--only', 'pipelines', '--only', 'memory'],
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

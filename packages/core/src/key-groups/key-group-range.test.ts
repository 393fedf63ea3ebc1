import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  checkMaxParallelism,
  defaultMaxParallelism,
  keyGroupForKeyHash,
  keyGroupRangeForOperatorIndex,
  operatorIndexForKeyGroup,
} from './key-group-range.ts';

const counts = fc.integer({ min: 1, max: 32768 }).chain((maxParallelism) =>
  fc.record({
    maxParallelism: fc.constant(maxParallelism),
    parallelism: fc.integer({ min: 1, max: Math.min(maxParallelism, 300) }),
  }),
);

describe('key groups', () => {
  it('of every hash are at least 0 and below the max parallelism', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 32768 }), (hash, maxParallelism) => {
        const keyGroup = keyGroupForKeyHash(hash, maxParallelism);

        assert.ok(Number.isInteger(keyGroup) && keyGroup >= 0 && keyGroup < maxParallelism);
      }),
    );
  });

  it('belong to subtask keyGroup · parallelism / maxParallelism, in whole numbers', () => {
    const subtasks = [0, 42, 43, 85, 86, 127].map((keyGroup) =>
      operatorIndexForKeyGroup(keyGroup, { parallelism: 3, maxParallelism: 128 }),
    );

    assert.deepEqual(subtasks, [0, 0, 1, 1, 2, 2]);
  });

  it('of subtask i are [(i·max + p − 1)/p, ((i+1)·max − 1)/p]', () => {
    const ranges = [0, 1, 2].map((subtask) =>
      String(keyGroupRangeForOperatorIndex(subtask, { parallelism: 3, maxParallelism: 128 })),
    );

    assert.deepEqual(ranges, ['[0, 42]', '[43, 85]', '[86, 127]']);
  });

  it('are dealt out to the subtasks in order, each to one', () => {
    fc.assert(
      fc.property(counts, ({ parallelism, maxParallelism }) => {
        let next = 0;
        for (let subtask = 0; subtask < parallelism; subtask++) {
          const range = keyGroupRangeForOperatorIndex(subtask, { parallelism, maxParallelism });
          assert.equal(range.startKeyGroup, next);
          assert.ok(range.endKeyGroup >= range.startKeyGroup);
          for (const keyGroup of [range.startKeyGroup, range.endKeyGroup]) {
            const owner = operatorIndexForKeyGroup(keyGroup, { parallelism, maxParallelism });
            assert.equal(owner, subtask);
          }
          next = range.endKeyGroup + 1;
        }

        assert.equal(next, maxParallelism);
      }),
    );
  });
});

describe('the default max parallelism', () => {
  it('is the power of two from p + p/2 on, at least 128, at most 32768', () => {
    const expected: [parallelism: number, maxParallelism: number][] = [
      [1, 128],
      [85, 128],
      [86, 256],
      [170, 256],
      [171, 256],
      [172, 512],
      [1000, 2048],
      [21_845, 32_768],
      [32_768, 32_768],
    ];

    for (const [parallelism, maxParallelism] of expected) {
      assert.equal(defaultMaxParallelism(parallelism), maxParallelism, `of ${parallelism}`);
    }
  });
});

describe('a max parallelism', () => {
  it('is a whole number from 1 to 32768', () => {
    checkMaxParallelism(1);
    checkMaxParallelism(32_768);

    for (const refused of [0, 32_769, 1.5, Number.NaN]) {
      assert.throws(() => checkMaxParallelism(refused), { code: 'MAX_PARALLELISM_OUT_OF_RANGE' });
    }
  });
});

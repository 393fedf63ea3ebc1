import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Accumulator } from './accumulator.ts';
import { AccumulatorRegistry, mergeAccumulators } from './accumulator-registry.ts';
import { AverageAccumulator } from './average-accumulator.ts';
import {
  DoubleCounter,
  DoubleMaximum,
  DoubleMinimum,
  IntCounter,
  IntMaximum,
  IntMinimum,
  LongCounter,
  LongMaximum,
  LongMinimum,
} from './folding-accumulators.ts';
import { Histogram } from './histogram.ts';
import { ListAccumulator } from './list-accumulator.ts';

const MADE_OF_3_1_2: readonly [
  () => Accumulator<number, unknown>,
  empty: unknown,
  full: unknown,
][] = [
  [() => new IntCounter(), 0, 6],
  [() => new LongCounter(), 0, 6],
  [() => new DoubleCounter(), 0, 6],
  [() => new IntMinimum(), 2 ** 31 - 1, 1],
  [() => new IntMaximum(), -(2 ** 31), 3],
  [() => new LongMinimum(), Infinity, 1],
  [() => new LongMaximum(), -Infinity, 3],
  [() => new DoubleMinimum(), Infinity, 1],
  [() => new DoubleMaximum(), -Infinity, 3],
  [() => new AverageAccumulator(), 0, 2],
  [
    () => new Histogram(),
    new Map(),
    new Map([
      [1, 1],
      [2, 1],
      [3, 1],
    ]),
  ],
  [() => new ListAccumulator<number>(), [], [3, 1, 2]],
];

function withValues(make: () => Accumulator<number, unknown>, values: readonly number[]) {
  const accumulator = make();
  for (const value of values) {
    accumulator.add(value);
  }
  return accumulator;
}

describe('an accumulator', () => {
  for (const [make, empty, full] of MADE_OF_3_1_2) {
    it(`gives what was added, however it was spread and merged: ${make().constructor.name}`, () => {
      const whole = withValues(make, [3, 1, 2]);
      const parts = [withValues(make, [3]), withValues(make, []), withValues(make, [1, 2])];

      const merged = make();
      for (const part of parts) {
        merged.merge(part);
      }

      assert.deepEqual(make().localValue, empty);
      assert.deepEqual(whole.localValue, full);
      assert.deepEqual(merged.localValue, full);
      assert.deepEqual(parts[1]!.localValue, empty, 'merging leaves the other as it is');
    });

    it(`is copied apart, and empty after a reset: ${make().constructor.name}`, () => {
      const original = withValues(make, [3, 1, 2]);

      const clone = original.clone();
      original.resetLocal();

      assert.deepEqual(original.localValue, empty);
      assert.deepEqual(clone.localValue, full);
    });
  }

  it('that averages does so over all values, not over the averages of the parts', () => {
    const one = withValues(() => new AverageAccumulator(), [9]);
    const three = withValues(() => new AverageAccumulator(), [1, 1, 1]);

    one.merge(three);

    assert.equal(one.localValue, 3);
  });
});

describe('the accumulators of a job', () => {
  function registry(name: string, accumulator: Accumulator<number, unknown>): AccumulatorRegistry {
    const made = new AccumulatorRegistry();
    made.add(name, accumulator);
    return made;
  }

  it('are merged by name over all tasks, which keep their own', () => {
    const tasks = [registry('n', new IntCounter(2)), registry('n', new IntCounter(3))];

    const first = mergeAccumulators(tasks).get('n')?.();
    const second = mergeAccumulators(tasks).get('n')?.();

    assert.equal(first, 5);
    assert.equal(second, 5);
  });

  it('have one type by name: in one task, and over all', () => {
    const task = registry('n', new IntCounter());

    assert.throws(() => task.add('n', new Histogram()), {
      code: 'ACCUMULATOR_CONFLICT',
      message: /'n' \(Histogram\) exists already.*IntCounter/,
    });
    assert.throws(() => task.getOrAdd('n', LongCounter), {
      code: 'ACCUMULATOR_CONFLICT',
      message: /'n' is a IntCounter and cannot be used as a LongCounter/,
    });
    const merged = mergeAccumulators([task, registry('n', new Histogram())]);
    assert.throws(() => merged.get('n')?.(), {
      code: 'ACCUMULATOR_CONFLICT',
      message: /IntCounter in one task and a Histogram in another/,
    });
  });
});

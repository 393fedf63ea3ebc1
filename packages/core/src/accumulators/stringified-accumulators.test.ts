import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Accumulator } from './accumulator.ts';
import { AccumulatorRegistry } from './accumulator-registry.ts';
import { AverageAccumulator } from './average-accumulator.ts';
import { IntCounter, LongMaximum } from './folding-accumulators.ts';
import { Histogram } from './histogram.ts';
import { ListAccumulator } from './list-accumulator.ts';
import { stringifyAccumulators } from './stringified-accumulators.ts';

function registryOf(
  accumulators: Readonly<Record<string, Accumulator<never, unknown>>>,
): AccumulatorRegistry {
  const registry = new AccumulatorRegistry();
  for (const [name, accumulator] of Object.entries(accumulators)) {
    registry.add(name, accumulator);
  }
  return registry;
}

describe('accumulators as text', () => {
  it('are those of all tasks by name, as Java prints their values', () => {
    const histogram = new Histogram();
    histogram.add(3);
    histogram.add(1);
    histogram.add(3);
    const list = new ListAccumulator<string>();
    list.add('a');
    list.add('b');
    const average = new AverageAccumulator();
    average.add(4);
    const tasks = [
      registryOf({ records: new IntCounter(2), digits: histogram, seen: list }),
      registryOf({ records: new IntCounter(3), mean: average, largest: new LongMaximum(7) }),
    ];

    const results = stringifyAccumulators(tasks);

    assert.deepEqual(
      results.map(({ name, type, value }) => `${name} ${type} ${value}`),
      [
        'records IntCounter 5',
        'digits Histogram {1=1, 3=2}',
        'seen ListAccumulator [a, b]',
        'mean AverageAccumulator 4.0',
        'largest LongMaximum 7',
      ],
    );
  });

  it('say why there is no value where two tasks use one name for two classes', () => {
    const tasks = [
      registryOf({ n: new IntCounter(2) }),
      registryOf({ n: new ListAccumulator<string>() }),
    ];

    const [result] = stringifyAccumulators(tasks);

    assert.match(result?.value ?? '', /accumulator 'n' is a IntCounter in one task/);
  });

  it('show the first thousand of a long list, and how many there are', () => {
    const list = new ListAccumulator<number>();
    for (let n = 0; n < 5000; n++) {
      list.add(n);
    }

    const [result] = stringifyAccumulators([registryOf({ all: list })]);

    assert.ok(result?.value.endsWith('999, … 5000 in all]'), result?.value.slice(-40));
  });
});

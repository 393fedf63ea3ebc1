import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Accumulator,
  AccumulatorRegistry,
  Histogram,
  IntCounter,
  mergeAccumulators,
} from '@millrace/core';
import {
  type AccumulatorPart,
  decodeAccumulators,
  encodeAccumulators,
  mergeForeignParts,
} from './accumulator-messages.ts';

class Longest implements Accumulator<string, string> {
  localValue = '';
  add(value: string): void {
    this.localValue = value.length > this.localValue.length ? value : this.localValue;
  }
  resetLocal(): void {
    this.localValue = '';
  }
  merge(other: Longest): void {
    this.add(other.localValue);
  }
  clone(): Longest {
    return Object.assign(new Longest(), this);
  }
}

class Hidden extends Longest {
  #count = 0;
  override add(value: string): void {
    super.add(value);
    this.#count++;
  }
  get count(): number {
    return this.#count;
  }
}

function registryOf(name: string, accumulator: Accumulator<never, unknown>, ...values: unknown[]) {
  const registry = new AccumulatorRegistry();
  registry.add(name, accumulator);
  for (const value of values) {
    accumulator.add(value as never);
  }
  return registry;
}

/** As a message port carries them. */
function sent(registry: AccumulatorRegistry): AccumulatorPart[] {
  return structuredClone(encodeAccumulators(registry));
}

describe('accumulators that cross threads', () => {
  it('of Millrace are merged as if they had not', () => {
    const tasks = [
      registryOf('n', new IntCounter(2) as Accumulator<never, unknown>),
      registryOf('n', new IntCounter(3) as Accumulator<never, unknown>),
      registryOf('h', new Histogram() as Accumulator<never, unknown>, 7, 7),
    ];

    const there = tasks.map((task) => decodeAccumulators(sent(task), new Map()));

    const results = mergeAccumulators(there);
    assert.equal(results.get('n')?.(), 5);
    assert.deepEqual(results.get('h')?.(), new Map([[7, 2]]));
  });

  it('of a class of the program have their value, merged by a thread that has the class', () => {
    const tasks = [registryOf('l', new Longest(), 'ab'), registryOf('l', new Longest(), 'abc')];
    const parts = tasks.map(sent);

    const value = mergeForeignParts(parts.flat(), tasks);
    const there = parts.map((part) => decodeAccumulators(part, new Map([['l', () => value]])));

    assert.equal(mergeAccumulators(there).get('l')?.(), 'abc');
    assert.equal(mergeAccumulators(there.slice(0, 1)).get('l')?.(), 'ab');
  });

  it('of two classes under one name conflict there too', () => {
    const tasks = [registryOf('x', new Longest(), 'ab'), registryOf('x', new Hidden(), 'abc')];

    const there = tasks.map((task) => decodeAccumulators(sent(task), new Map()));

    assert.throws(() => mergeAccumulators(there).get('x')?.(), { code: 'ACCUMULATOR_CONFLICT' });
  });

  it('that cannot be taken apart are told by their name, when they are asked for', () => {
    const functions = Object.assign(new Longest(), { callback: () => {} });
    const there = decodeAccumulators(sent(registryOf('f', functions)), new Map());
    const hidden = registryOf('h', new Hidden(), 'a');

    assert.throws(() => mergeAccumulators([there]).get('f')?.(), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: /accumulator 'f' \(Longest\) cannot go from one thread to another/,
    });
    assert.throws(() => mergeForeignParts([...sent(hidden), ...sent(hidden)], [hidden]), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: /private fields with '#'/,
    });
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TimestampedValue } from './evictor.ts';
import { CountEvictor, DeltaEvictor, TimeEvictor } from './evictors.ts';

const of = (...records: [number, number?][]) =>
  records.map(([value, timestamp]) => new TimestampedValue(value, timestamp));
const values = (elements: TimestampedValue<number>[]) => elements.map(({ value }) => value);

describe('evictors', () => {
  it('of a count keep the last records', () => {
    const elements = of([1], [2], [3]);
    const few = of([1]);

    CountEvictor.of(2).evictBefore(elements);
    CountEvictor.of(2).evictBefore(few);

    assert.deepEqual(values(elements), [2, 3]);
    assert.deepEqual(values(few), [1]);
  });

  it('of a delta evict what is as far from the last record as the threshold, or further', () => {
    const elements = of([10], [1], [4], [5]);

    DeltaEvictor.of(4, (a: number, b: number) => Math.abs(a - b)).evictBefore(elements);

    assert.deepEqual(values(elements), [4, 5]);
  });

  it('of a time evict what is as much older than the newest, wherever that one is', () => {
    const elements = of([1, 89], [2, 100], [3, 90], [4, 91]);

    TimeEvictor.of(10).evictBefore(elements);

    assert.deepEqual(values(elements), [2, 4]);
  });

  it('of a time keep all records that have no timestamps', () => {
    const elements = of([1], [2]);

    TimeEvictor.of(10).evictBefore(elements);

    assert.deepEqual(values(elements), [1, 2]);
  });

  it('work before the function unless they are told to work after it', () => {
    for (const [before, after] of [
      [CountEvictor.of(1), CountEvictor.of(1, true)],
      [TimeEvictor.of(1), TimeEvictor.of(1, true)],
      [DeltaEvictor.of(1, () => 5), DeltaEvictor.of(1, () => 5, true)],
    ] as const) {
      const [first, second] = [of([1, 1], [2, 9]), of([1, 1], [2, 9])];

      before.evictAfter(first);
      after.evictBefore(second);
      assert.equal(first.length + second.length, 4);

      before.evictBefore(first);
      after.evictAfter(second);
      assert.ok(first.length < 2 && second.length < 2);
    }
  });

  it('refuse what is no count or threshold', () => {
    assert.throws(() => CountEvictor.of(-1), { code: 'CONFIG_VALUE_INVALID' });
    assert.throws(() => DeltaEvictor.of(Number.NaN, () => 0), { code: 'CONFIG_VALUE_INVALID' });
    assert.throws(() => TimeEvictor.of(-1), { code: 'CONFIG_VALUE_INVALID' });
  });
});

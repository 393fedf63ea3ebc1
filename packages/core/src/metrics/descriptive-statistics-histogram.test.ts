import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DescriptiveStatisticsHistogram } from './descriptive-statistics-histogram.ts';

function histogramOf(values: readonly number[], windowSize = 100): DescriptiveStatisticsHistogram {
  const histogram = new DescriptiveStatisticsHistogram(windowSize);
  for (const value of values) {
    histogram.update(value);
  }
  return histogram;
}

describe('a histogram', () => {
  it('gives smallest, largest, mean and the deviation of a sample', () => {
    const { size, min, max, mean, stddev } = histogramOf([4, 2, 8, 6]).statistics();

    assert.deepEqual([size, min, max, mean], [4, 2, 8, 5]);
    assert.equal(stddev, Math.sqrt(20 / 3));
  });

  it('estimates quantiles at q * (n + 1), between two values in proportion', () => {
    const statistics = histogramOf([10, 20, 30, 40]).statistics();

    assert.deepEqual(
      [0, 0.1, 0.3, 0.5, 0.75, 0.99, 1].map((quantile) => statistics.quantile(quantile)),
      [10, 10, 15, 25, 37.5, 40, 40],
    );
  });

  it('remembers the last values of its window and counts all', () => {
    const histogram = histogramOf([100, 1, 2, 3], 3);

    assert.deepEqual([histogram.count, histogram.statistics().max], [4, 3]);
  });

  it('is of one value without deviation, and of none is no number', () => {
    const one = histogramOf([7]).statistics();
    const none = histogramOf([]).statistics();

    assert.deepEqual([one.stddev, one.quantile(0.5)], [0, 7]);
    assert.deepEqual([none.size, none.min, none.max, none.mean], [0, NaN, NaN, NaN]);
    assert.equal(Number.isNaN(none.quantile(0.5)), true);
  });

  it('does not change statistics that were taken before', () => {
    const histogram = histogramOf([1, 2]);
    const before = histogram.statistics();

    histogram.update(100);

    assert.equal(before.max, 2);
  });
});

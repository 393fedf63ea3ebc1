import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StatsSummary } from './stats-summary.ts';

function summaryOf(values: readonly number[], historySize = 10) {
  const summary = new StatsSummary(historySize);
  for (const value of values) {
    summary.add(value);
  }
  return summary.snapshot();
}

describe('the summary of a figure of checkpoints', () => {
  it('has no quantiles while there is no value', () => {
    const { p50, ...others } = summaryOf([]);

    assert.ok(Number.isNaN(p50));
    assert.deepEqual([others.count, others.min, others.max, others.avg], [0, 0, 0, 0]);
  });

  it('has a whole mean and the quantiles as Flink has them', () => {
    const summary = summaryOf([31, 155, 43, 33, 44, 40, 50, 60, 35, 45]);

    assert.deepEqual([summary.min, summary.max, summary.avg], [31, 155, 53]);
    assert.equal(summary.p50, 43.5);
    assert.ok(Math.abs(summary.p90 - 145.5) < 1e-9, String(summary.p90));
    assert.equal(summary.p99, 155);
  });

  it('has the extremes of all values, and the quantiles of the last ones', () => {
    const summary = summaryOf([1, 1000, 5, 5, 5], 3);

    assert.deepEqual([summary.count, summary.min, summary.max], [5, 1, 1000]);
    assert.deepEqual([summary.p50, summary.p999], [5, 5]);
  });

  it('passes over what is not known', () => {
    assert.equal(summaryOf([-1, 4]).count, 1);
  });
});

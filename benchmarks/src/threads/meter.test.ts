import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Meter } from './meter.ts';

describe('the meter of a job', () => {
  it('tells quantiles of latencies to a few percent, over what all threads told', () => {
    const meter = new Meter(2);
    const there = new Meter(meter.buffer);

    for (let ms = 1; ms <= 1000; ms++) {
      (ms % 2 === 0 ? meter : there).latency(ms);
    }

    assert.ok(Math.abs(meter.latencyQuantile(0.5) - 500) < 15);
    assert.ok(Math.abs(meter.latencyQuantile(0.99) - 990) < 30);
    assert.ok(meter.latencyQuantile(1) >= 1000);
  });

  it('adds up what subtasks in other threads came to', () => {
    const meter = new Meter(2);

    new Meter(meter.buffer).end(0, 7, 2);
    new Meter(meter.buffer).end(1, 5, 3);

    assert.equal(meter.sum, 12);
    assert.equal(meter.count, 5);
  });

  it('goes from the first that was warm to the last that ended, of jobs that ran at once', () => {
    const [one, other] = [new Meter(1), new Meter(1)] as const;

    one.begin(0);
    other.begin(0);
    other.end(0, 7, 7);
    one.end(0, 5, 5);
    const joined = Meter.joined([one, other]);

    assert.equal(joined.sum, 12);
    assert.equal(joined.elapsedMs, one.elapsedMs);
  });
});

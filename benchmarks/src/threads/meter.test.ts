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

  it('counts from when the last source is warm to when the first ends', () => {
    const meter = new Meter(2);
    const there = new Meter(meter.buffer);

    meter.made(0, 1000);
    meter.warm(0);
    meter.made(0, 5000);
    there.warm(1);
    waitMs(20);
    meter.made(0, 6000);
    there.made(1, 3000);
    there.sourceEnds();
    meter.made(0, 9000);
    meter.sourceEnds();

    const { ratePerSecond } = meter;
    assert.ok(ratePerSecond > 0 && ratePerSecond <= 4000 / 0.02, `${ratePerSecond}`);
  });

  it('has no rate where a source ended before another was warm', () => {
    const meter = new Meter(2);

    meter.warm(0);
    meter.sourceEnds();
    meter.warm(1);

    assert.equal(meter.ratePerSecond, Number.NaN);
  });
});

function waitMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

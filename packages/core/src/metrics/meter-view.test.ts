import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MeterView } from './meter-view.ts';
import { SimpleCounter, SumCounter } from './simple-counter.ts';

describe('the rate of a meter', () => {
  it('is what was counted in the last minute, by seconds', () => {
    const counter = new SimpleCounter();
    const meter = new MeterView(counter);

    const rates = Array.from({ length: 14 }, () => {
      counter.inc(300);
      meter.updateView();
      return meter.rate;
    });

    assert.deepEqual(rates, [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 60, 60]);
  });

  it('falls to 0 within a minute of silence', () => {
    const meter = new MeterView();
    meter.markEvent(120);
    meter.updateView();
    assert.equal(meter.rate, 2);

    for (let i = 0; i < 12; i++) {
      meter.updateView();
    }

    assert.deepEqual([meter.rate, meter.count], [0, 120]);
  });

  it('goes by a time span cut down to whole intervals, at least one', () => {
    const odd = new MeterView(new SimpleCounter(), 13);
    const short = new MeterView(new SimpleCounter(), 1);
    odd.markEvent(10);
    short.markEvent(10);

    odd.updateView();
    short.updateView();

    assert.deepEqual([odd.rate, short.rate], [1, 2]);
  });

  it('may be of several counters together', () => {
    const counters = [new SimpleCounter(), new SimpleCounter()];
    const meter = new MeterView(new SumCounter(counters), 5);
    counters[0]?.inc(3);
    counters[1]?.inc(7);

    meter.updateView();

    assert.deepEqual([meter.rate, meter.count], [2, 10]);
  });
});

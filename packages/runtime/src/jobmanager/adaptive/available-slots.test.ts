import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemClock, type Timer } from '@millrace/core';
import { AvailableSlots, followProcessors } from './available-slots.ts';

describe('the slots of a process', () => {
  it('tell of each change, and of nothing else', () => {
    const slots = new AvailableSlots(2);
    const heard: number[] = [];
    const unsubscribe = slots.onChanged(() => heard.push(slots.count));

    slots.resize(3);
    slots.resize(3);
    slots.resize(Number.POSITIVE_INFINITY);
    unsubscribe();
    slots.resize(1);

    assert.deepEqual(heard, [3, Number.POSITIVE_INFINITY]);
  });

  it('are a whole number', () => {
    const slots = new AvailableSlots(2);
    for (const count of [-1, 1.5, Number.NaN]) {
      assert.throws(() => slots.resize(count), { code: 'CONFIG_VALUE_INVALID' });
    }
    assert.equal(slots.count, 2);
  });

  it('follow the processors that the process may use until that ends', () => {
    const timers: (() => void)[] = [];
    class StepClock extends SystemClock {
      override setTimer(_delayMs: number, callback: () => void): Timer {
        timers.push(callback);
        return { cancel: () => void timers.splice(timers.indexOf(callback), 1) };
      }
    }
    const slots = new AvailableSlots(4);
    let processors = 4;
    const end = followProcessors(slots, {
      clock: new StepClock(),
      intervalMs: 1000,
      processors: () => processors,
    });

    processors = 2;
    timers.shift()!();
    assert.equal(slots.count, 2);
    end();

    assert.equal(timers.length, 0);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemClock, type Timer } from '@millrace/core';
import { Mailbox } from './mailbox.ts';
import { TaskProcessingTimeService } from './task-processing-time-service.ts';

/** Stands at 1000 ms; its timers fire when the test says so. */
class StepClock extends SystemClock {
  readonly timers: { readonly delayMs: number; readonly callback: () => void }[] = [];

  override now(): number {
    return 1000;
  }

  override setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { delayMs, callback };
    this.timers.push(timer);
    return { cancel: () => void this.timers.splice(this.timers.indexOf(timer), 1) };
  }

  fireAll(): void {
    for (const timer of this.timers.splice(0)) {
      timer.callback();
    }
  }
}

function service() {
  const clock = new StepClock();
  const mailbox = new Mailbox(() => {}, { now: () => 0 });
  return { clock, mailbox, timers: new TaskProcessingTimeService(clock, mailbox) };
}

describe('processing-time timers of a task', () => {
  it('run at timestamp + 1 ms at the earliest: the delay is max(0, timestamp - now) + 1', () => {
    const { clock, timers } = service();

    timers.registerTimer(1500, () => {});
    timers.registerTimer(1000, () => {});
    timers.registerTimer(10, () => {});

    assert.deepEqual(
      clock.timers.map(({ delayMs }) => delayMs),
      [501, 1, 1],
    );
  });

  it('never run within a call of an operator: they come through the mailbox', () => {
    const { clock, mailbox, timers } = service();
    const fired: number[] = [];
    timers.registerTimer(1500, (timestamp) => fired.push(timestamp));

    clock.fireAll();
    const within = [...fired];
    mailbox.take()?.();

    assert.deepEqual(within, []);
    assert.deepEqual(fired, [1500]);
  });

  it('that are cancelled while they wait in the mailbox do not run', () => {
    const { clock, mailbox, timers } = service();
    const fired: number[] = [];
    const timer = timers.registerTimer(1500, (timestamp) => fired.push(timestamp));

    clock.fireAll();
    timer.cancel();
    mailbox.take()?.();

    assert.deepEqual(fired, []);
  });

  it('are gone when the task has ended, and no new ones are armed', () => {
    const { clock, timers } = service();
    timers.registerTimer(1500, () => {});

    timers.shutdown();
    timers.registerTimer(1600, () => {});

    assert.deepEqual(clock.timers, []);
  });
});

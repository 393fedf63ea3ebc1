import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Activity, ActivityTimes } from './activity-times.ts';

const ALL: readonly Activity[] = Object.values(Activity);

function perSecond(times: ActivityTimes): Record<string, number> {
  return Object.fromEntries(
    Object.entries(Activity).map(([name, activity]) => [name, times.msPerSecond(activity)]),
  );
}

describe('the times of a task', () => {
  it('are those since the last interval ended, by seconds', () => {
    const times = new ActivityTimes(Activity.IDLE, 1000);
    times.switchTo(Activity.BUSY, 2000);
    times.switchTo(Activity.BACK_PRESSURED, 4500);
    times.switchTo(Activity.WAITING, 5000);
    const before = perSecond(times);

    times.updateView(6000);

    assert.deepEqual(before, { IDLE: 0, BUSY: 0, BACK_PRESSURED: 0, WAITING: 0 });
    assert.deepEqual(perSecond(times), { IDLE: 200, BUSY: 500, BACK_PRESSURED: 100, WAITING: 200 });
  });

  it('are a mean over the last minute', () => {
    const times = new ActivityTimes(Activity.BUSY, 0);
    times.updateView(5000);
    times.switchTo(Activity.IDLE, 5000);
    times.updateView(10_000);
    const afterTwo = times.msPerSecond(Activity.BUSY);

    for (let at = 15_000; at <= 65_000; at += 5000) {
      times.updateView(at);
    }

    assert.equal(afterTwo, 500);
    assert.deepEqual(perSecond(times), { IDLE: 1000, BUSY: 0, BACK_PRESSURED: 0, WAITING: 0 });
  });

  it('make up all of the time, whatever the order of activities', () => {
    const times = new ActivityTimes(Activity.BUSY, 0);
    let now = 0;
    for (let i = 0; i < 200; i++) {
      now += (i * 7919) % 97;
      times.switchTo(ALL[(i * 31) % 4] as Activity, now);
    }

    const sum = ALL.map((activity) => times.accumulatedMs(activity, now)).reduce((a, b) => a + b);

    assert.equal(sum, now);
  });

  it('count what is under way', () => {
    const times = new ActivityTimes(Activity.IDLE, 0);
    times.switchTo(Activity.BUSY, 10);

    assert.equal(times.accumulatedMs(Activity.BUSY, 17), 7);
    assert.equal(times.accumulatedMs(Activity.IDLE, 17), 10);
  });

  it('do not run back with a clock that is set back', () => {
    const times = new ActivityTimes(Activity.IDLE, 1000);
    times.switchTo(Activity.BUSY, 500);
    times.switchTo(Activity.IDLE, 1200);

    assert.deepEqual(
      [times.accumulatedMs(Activity.BUSY, 1200), times.accumulatedMs(Activity.IDLE, 1200)],
      [200, 0],
    );
  });

  it('tell the longest back-pressure on end, until an interval passed without', () => {
    const times = new ActivityTimes(Activity.BACK_PRESSURED, 0);
    times.switchTo(Activity.BUSY, 300);
    times.switchTo(Activity.BACK_PRESSURED, 400);
    times.switchTo(Activity.BUSY, 500);
    times.updateView(5000);
    const longest = times.backPressureOnEndMsMax;

    times.updateView(10_000);
    const afterwards = times.backPressureOnEndMsMax;

    assert.deepEqual([longest, afterwards], [300, 0]);
  });
});

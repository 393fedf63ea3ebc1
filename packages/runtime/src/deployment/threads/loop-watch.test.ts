import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LoopWatch } from './loop-watch.ts';

describe('the watch over the loop of a worker', () => {
  it('warns of a slice that does not end after 2 s, then ever more rarely', () => {
    const watch = new LoopWatch();
    const blocked = { slices: 7, task: 1 };

    const warnings = Array.from({ length: 10 }, () => watch.observe(blocked, 1000));

    assert.deepEqual(
      warnings.filter((ms) => ms !== undefined),
      [2000, 4000, 8000],
    );
    assert.equal(watch.blockedTask, 1);
  });

  it('says nothing of a loop that is idle, or whose slices end', () => {
    const watch = new LoopWatch();

    for (let i = 0; i < 10; i++) {
      assert.equal(watch.observe({ slices: 7, task: undefined }, 1000), undefined);
      assert.equal(watch.blockedTask, undefined);
    }
    for (let slices = 0; slices < 10; slices++) {
      assert.equal(watch.observe({ slices, task: 0 }, 1000), undefined);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { heapLimits } from './worker-thread.ts';

describe('the heap of a worker thread', () => {
  it('has four times the room for new objects that V8 gives, where no size is set', () => {
    const limits = heapLimits(undefined);

    assert.deepEqual(limits, { maxYoungGenerationSizeMb: 192 });
  });

  it('has no more than a quarter of a set size for new objects, and not less than V8 gives', () => {
    const young = [32, 128, 384, 512, 768, 4096].map(
      (heapSizeMb) => heapLimits(heapSizeMb).maxYoungGenerationSizeMb,
    );

    assert.deepEqual(young, [48, 48, 96, 96, 192, 192]);
  });

  it('has the set size for what has grown old', () => {
    assert.equal(heapLimits(700).maxOldGenerationSizeMb, 700);
  });
});

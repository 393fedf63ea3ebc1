import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BufferDebloater } from './buffer-debloater.ts';

describe('the size of buffers', () => {
  it('is what the receiver takes in the wanted time, over the buffers in use', () => {
    const debloater = debloaterOf({ samples: 1 });

    assert.equal(debloater.recalculate(40_000, 10), 4000);
    assert.equal(debloater.estimatedTimeToConsumeMs, 1000);
    assert.equal(debloater.recalculate(20_000, 10), 2000);
  });

  it('is the largest at first, and moves by a part of the difference', () => {
    const debloater = debloaterOf({ samples: 19, thresholdPercentages: 0 });

    assert.equal(debloater.bufferBytes, 32_768);
    assert.equal(debloater.recalculate(0, 10), 29_491);
    assert.equal(debloater.recalculate(0, 10), 26_541);
  });

  it('grows no faster than it shrinks', () => {
    const debloater = debloaterOf({ samples: 19, thresholdPercentages: 0 });
    for (let period = 0; period < 20; period++) {
      debloater.recalculate(0, 1);
    }
    const small = debloater.bufferBytes;

    assert.equal(debloater.recalculate(1e9, 1), Math.trunc(small * 1.1));
  });

  it('stays between the smallest and the largest', () => {
    const debloater = debloaterOf({ samples: 1 });

    assert.equal(debloater.recalculate(0, 10), 256);
    assert.equal(debloater.recalculate(1e12, 1), 512);
    let size: number | undefined;
    for (let period = 0; period < 10; period++) {
      size = debloater.recalculate(1e12, 1) ?? size;
    }
    assert.equal(size, 32_768);
  });

  it('is announced when it changed by the threshold, or came to a limit', () => {
    const debloater = debloaterOf({ samples: 1, thresholdPercentages: 25 });

    assert.equal(debloater.recalculate(10_000, 1), 10_000);
    assert.equal(debloater.recalculate(12_499, 1), undefined);
    assert.equal(debloater.recalculate(12_500, 1), 12_500);
    assert.equal(debloater.recalculate(30_000, 1), 25_000);
    assert.equal(debloater.recalculate(30_000, 1), undefined);
    assert.equal(debloater.recalculate(40_000, 1), 32_768);
    assert.equal(debloater.recalculate(40_000, 1), undefined);
  });
});

function debloaterOf(options: { samples?: number; thresholdPercentages?: number }) {
  return new BufferDebloater({
    targetMs: 1000,
    samples: 20,
    thresholdPercentages: 25,
    minBufferBytes: 256,
    maxBufferBytes: 32_768,
    ...options,
  });
}

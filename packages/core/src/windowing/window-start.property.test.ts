import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { windowStartWithOffset } from './window-start.ts';

const YEARS_MS = 4e12;
const timestamps = fc.integer({ min: -YEARS_MS, max: YEARS_MS });
const sizeAndOffset = fc
  .integer({ min: 1, max: 1e9 })
  .chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 1 - size, max: size - 1 })));

describe('the start of a window', () => {
  it('is at most size - 1 before the timestamp, also for negative timestamps and offsets', () => {
    fc.assert(
      fc.property(timestamps, sizeAndOffset, (timestamp, [size, offset]) => {
        const start = windowStartWithOffset(timestamp, offset, size);

        assert.ok(start <= timestamp && timestamp < start + size);
      }),
    );
  });

  it('is a whole number of sizes away from the offset', () => {
    fc.assert(
      fc.property(timestamps, sizeAndOffset, (timestamp, [size, offset]) => {
        const start = windowStartWithOffset(timestamp, offset, size);

        assert.equal(Math.abs((start - offset) % size), 0);
      }),
    );
  });

  it('is the same for every timestamp of the window', () => {
    fc.assert(
      fc.property(
        timestamps,
        sizeAndOffset,
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (timestamp, [size, offset], share) => {
          const start = windowStartWithOffset(timestamp, offset, size);
          const other = start + Math.floor(share * size);

          assert.equal(windowStartWithOffset(other, offset, size), start);
        },
      ),
    );
  });
});

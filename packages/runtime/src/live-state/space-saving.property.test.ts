import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SpaceSaving } from './space-saving.ts';

const STREAM = fc.array(
  fc.oneof({ weight: 3, arbitrary: fc.nat(5) }, { weight: 2, arbitrary: fc.nat(200) }),
  { maxLength: 600, size: 'max' },
);

describe('a sketch of the most frequent items', () => {
  it('bounds each true count, holds each item above its share, and no more than its capacity', () => {
    fc.assert(
      fc.property(STREAM, fc.integer({ min: 1, max: 40 }), (stream, capacity) => {
        const sketch = new SpaceSaving<number>(capacity);
        const truth = new Map<number, number>();
        for (const item of stream) {
          sketch.add(item, item);
          truth.set(item, (truth.get(item) ?? 0) + 1);
        }

        const found = sketch.top(capacity + 1);

        assert.ok(found.length <= capacity);
        assert.equal(sketch.total, stream.length);
        for (const { item, count, overcount } of found) {
          const actual = truth.get(item) ?? 0;
          assert.ok(actual <= count && actual >= count - overcount, `${item}: ${actual}`);
        }
        for (const [item, count] of truth) {
          if (count > stream.length / capacity) {
            assert.ok(
              found.some((each) => each.item === item),
              `${item} is missing`,
            );
          }
        }
        assert.deepEqual(
          found.map(({ count }) => count),
          found.map(({ count }) => count).toSorted((a, b) => b - a),
        );
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyOrder, ZIPF_EXPONENT } from './key-order.ts';

const KEYS = 1_000;
const LENGTH = 200_000;

function countsOf(order: Int32Array): number[] {
  const counts = new Array<number>(KEYS).fill(0);
  for (const key of order) {
    counts[key] = (counts[key] ?? Number.NaN) + 1;
  }
  return counts.sort((a, b) => b - a);
}

describe('the order of keys', () => {
  it('is the same for the same arguments', () => {
    const sizes = { keys: KEYS, length: 1_000 };

    assert.deepEqual(keyOrder('zipf', sizes), keyOrder('zipf', sizes));
  });

  it('holds each key about as often when it is uniform', () => {
    const counts = countsOf(keyOrder('uniform', { keys: KEYS, length: LENGTH }));

    const expected = LENGTH / KEYS;
    assert.ok(
      (counts[0] as number) < 1.5 * expected && (counts[KEYS - 1] as number) > 0.5 * expected,
    );
  });

  it('holds the key of rank r with a share of 1 / r^0.99 under Zipf', () => {
    const counts = countsOf(keyOrder('zipf', { keys: KEYS, length: LENGTH }));

    let sum = 0;
    for (let rank = 1; rank <= KEYS; rank++) {
      sum += 1 / rank ** ZIPF_EXPONENT;
    }
    for (const rank of [1, 2, 10]) {
      const expected = LENGTH / rank ** ZIPF_EXPONENT / sum;
      const count = counts[rank - 1] as number;
      assert.ok(
        Math.abs(count - expected) < 0.1 * expected,
        `rank ${rank}: ${count} of ${expected}`,
      );
    }
  });
});

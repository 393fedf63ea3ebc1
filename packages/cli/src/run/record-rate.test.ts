import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecordRate } from './record-rate.ts';

describe('the rate of records', () => {
  it('is that between two counts that differ, and stays while the server tells the same', () => {
    const rate = new RecordRate();

    const rates = [0, 0, 0, 1_500, 1_500, 1_500, 3_000].map((records, second) =>
      rate.update(records, second * 1_000),
    );

    assert.deepEqual(rates, [0, 0, 0, 500, 500, 500, 500]);
  });

  it('is none after a count has stayed for long', () => {
    const rate = new RecordRate();
    rate.update(0, 0);
    rate.update(100, 1_000);

    assert.equal(rate.update(100, 15_999), 100);
    assert.equal(rate.update(100, 16_000), 0);
  });

  it('begins anew with a count that shrank', () => {
    const rate = new RecordRate();
    rate.update(0, 0);
    rate.update(1_000, 1_000);

    assert.equal(rate.update(10, 2_000), 0);
    assert.equal(rate.update(30, 3_000), 20);
  });
});

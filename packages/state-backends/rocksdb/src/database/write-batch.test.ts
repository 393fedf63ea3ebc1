import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isBatchFull, WriteBatch } from './write-batch.ts';

/** Of 13 bytes each, and a key of one. */
function batchOf(operations: number): WriteBatch {
  const batch = new WriteBatch();
  for (let i = 0; i < operations; i++) {
    batch.delete(0, Uint8Array.of(1), 0, 1);
  }
  return batch;
}

describe('a batch of writes', () => {
  it('is full at its size, however many they are', () => {
    assert.equal(isBatchFull(batchOf(999), 14_000), false);
    assert.equal(isBatchFull(batchOf(1000), 14_000), true);
  });

  it('is full at 500 writes where it has no size', () => {
    assert.equal(isBatchFull(batchOf(499), 0), false);
    assert.equal(isBatchFull(batchOf(500), 0), true);
  });
});

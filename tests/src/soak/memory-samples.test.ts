import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type MemorySample, memoryTrend } from './memory-samples.ts';

const MB = 1024 * 1024;

function samplesOf(rssAt: (minute: number) => number): MemorySample[] {
  return Array.from({ length: 40 }, (_, minute) => ({
    atMs: minute * 60_000,
    rss: rssAt(minute),
    mainHeap: 0,
    workerHeaps: 0,
  }));
}

describe('the trend of memory', () => {
  it('is flat when memory goes up and down about one figure, after a beginning in which it grows', () => {
    const trend = memoryTrend(
      samplesOf((minute) => (300 + Math.min(minute, 8) * 50 + (minute % 2) * 40) * MB),
      'rss',
    );

    assert.equal(trend.isFlat, true);
    assert.ok(Math.abs(trend.slopePerMinute) < MB);
  });

  it('is not flat when memory grows on, and tells by how much a minute', () => {
    const trend = memoryTrend(
      samplesOf((minute) => (300 + minute * 10) * MB),
      'rss',
    );

    assert.equal(trend.isFlat, false);
    assert.ok(Math.abs(trend.slopePerMinute - 10 * MB) < 0.1 * MB);
  });
});

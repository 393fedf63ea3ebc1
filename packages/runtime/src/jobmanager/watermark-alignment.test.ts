import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_TIMESTAMP } from '@millrace/core';
import { WatermarkAlignmentGroups } from './watermark-alignment.ts';

describe('a watermark alignment group', () => {
  it('allows as far as the slowest subtask of all its sources, and the drift', () => {
    const group = new WatermarkAlignmentGroups().group('group');

    group.report('orders', 0, 500);
    group.report('orders', 1, 300);
    group.report('clicks', 0, 900);
    const before = group.maxAllowedWatermark(100);
    group.report('orders', 1, 800);

    assert.deepEqual([before, group.maxAllowedWatermark(100)], [400, 600]);
  });

  it('is not held back by idle subtasks, and allows everything when all are', () => {
    const group = new WatermarkAlignmentGroups().group('group');

    group.report('orders', 0, MAX_TIMESTAMP);
    group.report('clicks', 0, 900);
    const oneIdle = group.maxAllowedWatermark(100);
    group.report('clicks', 0, MAX_TIMESTAMP);

    assert.deepEqual([oneIdle, group.maxAllowedWatermark(100)], [1000, MAX_TIMESTAMP]);
  });

  it('tells the subtasks that have reported', () => {
    const group = new WatermarkAlignmentGroups().group('group');

    group.report('orders', 1, 300);
    group.report('clicks', 0, 300);

    assert.deepEqual([...group.subtasksOf('orders')], [1]);
    assert.deepEqual([...group.subtasksOf('others')], []);
  });

  it('knows nothing of other groups', () => {
    const groups = new WatermarkAlignmentGroups();

    groups.group('a').report('orders', 0, 300);
    groups.group('b').report('clicks', 0, 900);

    assert.equal(groups.group('b').maxAllowedWatermark(0), 900);
    assert.equal(groups.group('a'), groups.group('a'));
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addonFixture } from './addon-fixture.ts';
import type { MemorySettings } from './memory-configuration.ts';
import { acquireSlotMemory } from './slot-memory.ts';

const SETTINGS: MemorySettings = {
  useManagedMemory: false,
  fixedPerSlotBytes: undefined,
  fixedPerTaskManagerBytes: 1600,
  writeBufferRatio: 0.5,
  highPriorityPoolRatio: 0.1,
  valueCacheRatio: 0.25,
  valueCacheBytes: 0,
  usePartitionedIndexFilters: undefined,
};

describe('the memory of a process', () => {
  it('is shared by jobs of the same settings, and by no others', () => {
    const addon = addonFixture();
    const acquire = (bytes: number, settings: Partial<MemorySettings> = {}) =>
      acquireSlotMemory(addon, { name: 'process', bytes }, { ...SETTINGS, ...settings });

    const memories = [
      acquire(1600),
      acquire(1600),
      acquire(3200),
      acquire(1600, { valueCacheRatio: 0.5 }),
      acquire(1600, { highPriorityPoolRatio: 0.2 }),
    ];

    const names = addon.acquired.map(({ name }) => name);
    assert.equal(names[1], names[0]);
    assert.equal(new Set(names).size, 4);
    assert.deepEqual(
      memories.map(({ valueCacheBytes }) => valueCacheBytes),
      [200, 200, 800, 800, 400],
    );
    for (const memory of memories) {
      memory.release();
    }
    assert.deepEqual(addon.released, names);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ConfigError, Configuration } from '@millrace/core';
import {
  arenaBlockBytes,
  mutableLimitBytes,
  planMemory,
  wholeIndexFits,
} from './memory-arithmetic.ts';
import { RocksDBMemoryConfiguration } from './memory-configuration.ts';

const MB = 1024 * 1024;
const NO_VALUES = { highPriorityPoolRatio: 0.1, valueCacheRatio: 0 };

describe('the memory of a slot', () => {
  for (const { budget, ratio, cache, writeBuffers } of [
    // Flink: RocksDBMemoryControllerUtilsTest, cache = (3 - r) T / 3, write buffers = 2 T r / 3.
    { budget: 128 * MB, ratio: 0.5, cache: 111_848_106, writeBuffers: 44_739_242 },
    { budget: 64 * MB, ratio: 0.5, cache: 55_924_053, writeBuffers: 22_369_621 },
    { budget: 300, ratio: 0.5, cache: 250, writeBuffers: 100 },
    { budget: 300, ratio: 0.3, cache: 270, writeBuffers: 60 },
    { budget: 300, ratio: 0.9, cache: 210, writeBuffers: 180 },
  ]) {
    it(`of ${budget} bytes at a ratio of ${ratio} is a cache of ${cache} and write buffers of ${writeBuffers}`, () => {
      const plan = planMemory(budget, { ...NO_VALUES, writeBufferRatio: ratio });

      assert.deepEqual(
        [plan.cacheBytes, plan.writeBufferBytes, plan.valueCacheBytes],
        [cache, writeBuffers, 0],
      );
    });
  }

  it('gives decoded values their share and the allocator a sixteenth before RocksDB gets the rest', () => {
    const plan = planMemory(400, {
      writeBufferRatio: 0.5,
      highPriorityPoolRatio: 0.1,
      valueCacheRatio: 0.25,
    });

    assert.deepEqual(
      [plan.valueCacheBytes, plan.cacheBytes, plan.writeBufferBytes],
      [100, 229, 91],
    );
    // Write buffers may grow to 1.5 times what their manager allows; a third of that is outside the cache.
    assert.equal(
      Math.ceil(plan.valueCacheBytes + plan.cacheBytes + plan.writeBufferBytes / 2),
      375,
    );
  });

  it('is too small for blocks of 8 MiB, as Flink’s RocksDB has, below 27.43 MiB', () => {
    const arena = arenaBlockBytes({ arena_block_size: 8 * MB });
    const limitOf = (mib: number): number =>
      mutableLimitBytes(
        planMemory(mib * MB, { ...NO_VALUES, writeBufferRatio: 0.5 }).writeBufferBytes,
      );

    assert.equal(arena, 8 * MB);
    assert.ok(limitOf(27.42) < arena);
    assert.ok(limitOf(27.43) >= arena);
  });

  it('has blocks of an eighth of a write buffer, of 1 MiB at most, or as they are set, in whole pages', () => {
    assert.equal(arenaBlockBytes({ write_buffer_size: 100_000 }), 16_384);
    assert.equal(arenaBlockBytes({ write_buffer_size: 64 * MB }), MB);
    assert.equal(arenaBlockBytes({}), MB);
    assert.equal(arenaBlockBytes({ write_buffer_size: 100_000, arena_block_size: 5000 }), 8192);
  });

  it('keeps whole indexes only where a shard of the cache has room for 4 of them', () => {
    const usual = { fileBytes: 64 * MB, blockBytes: 4096 };
    const planOf = (mib: number) => planMemory(mib * MB, { ...NO_VALUES, writeBufferRatio: 0.5 });

    // As measured: real Flink is slow 6 times of 8 with 128 MiB, and never with 512.
    assert.equal(wholeIndexFits(planOf(128), usual), false);
    assert.equal(wholeIndexFits(planOf(255), usual), false);
    assert.equal(wholeIndexFits(planOf(257), usual), true);
    assert.equal(wholeIndexFits(planOf(512), usual), true);
    assert.equal(wholeIndexFits(planOf(128), { ...usual, blockBytes: 16 * 1024 }), true);
  });
});

describe('the memory configuration', () => {
  const refused = (action: () => unknown, message: RegExp) => {
    assert.throws(action, (error: ConfigError) => {
      assert.equal(error.code, 'CONFIG_VALUE_INVALID');
      assert.match(error.message, message);
      return true;
    });
  };

  it('is the configuration’s where the program says nothing', () => {
    const settings = new RocksDBMemoryConfiguration().resolve(
      new Configuration({
        'state.backend.rocksdb.memory.fixed-per-slot': '10 mb',
        'state.backend.rocksdb.memory.fixed-per-tm': '20 mb',
        'state.backend.rocksdb.memory.write-buffer-ratio': '0.4',
      }),
    );

    assert.deepEqual(settings, {
      useManagedMemory: true,
      fixedPerSlotBytes: 10 * MB,
      fixedPerTaskManagerBytes: 20 * MB,
      writeBufferRatio: 0.4,
      highPriorityPoolRatio: 0.1,
      usePartitionedIndexFilters: undefined,
      valueCacheRatio: 0.4,
      valueCacheBytes: 32 * MB,
    });
  });

  it('is the program’s where both say something', () => {
    const memory = new RocksDBMemoryConfiguration()
      .setFixedMemoryPerSlot('64 mb')
      .setWriteBufferRatio(0.3)
      .setHighPriorityPoolRatio(0.2);
    memory.useManagedMemory = false;

    const settings = memory.resolve(
      new Configuration({
        'state.backend.rocksdb.memory.managed': 'true',
        'state.backend.rocksdb.memory.fixed-per-slot': '10 mb',
        'state.backend.rocksdb.memory.write-buffer-ratio': '0.4',
      }),
    );

    assert.equal(settings.useManagedMemory, false);
    assert.equal(settings.fixedPerSlotBytes, 64 * MB);
    assert.equal(settings.writeBufferRatio, 0.3);
    assert.equal(settings.highPriorityPoolRatio, 0.2);
  });

  it('refuses ratios that leave the cache no room for data', () => {
    const ratios = (writeBuffers: string, highPriority: string) => () =>
      new RocksDBMemoryConfiguration().resolve(
        new Configuration({
          'state.backend.rocksdb.memory.write-buffer-ratio': writeBuffers,
          'state.backend.rocksdb.memory.high-prio-pool-ratio': highPriority,
        }),
      );

    refused(ratios('0.9', '0.3'), /write-buffer-ratio 0.9 .*is 1.157, and must be below 1/);
    refused(ratios('0.6', '0.5'), /leave the block cache no room/);
    refused(ratios('0', '0.1'), /write-buffer-ratio is 0; use a number above 0 and below 1/);
    refused(ratios('0.5', '1'), /high-prio-pool-ratio is 1; use a number above 0 and below 1/);
    assert.equal(ratios('0.5', '0.59')().writeBufferRatio, 0.5);
  });

  it('refuses sizes and ratios of the program that mean nothing', () => {
    const memory = new RocksDBMemoryConfiguration();

    refused(() => memory.setFixedMemoryPerSlot('64 MiB'), /given '64 MiB'.*such as '128 mb'/);
    refused(() => memory.setFixedMemoryPerSlot(0), /given '0'/);
    refused(() => memory.setWriteBufferRatio(1.5), /given 1.5/);
    refused(() => memory.setHighPriorityPoolRatio(-0.1), /given -0.1/);
  });
});

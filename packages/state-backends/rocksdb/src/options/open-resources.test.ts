import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { type AddonFixture, addonFixture } from './addon-fixture.ts';
import { configuredSettings, openResources, type ResourceParameters } from './open-resources.ts';
import type { RocksDBOptionsFactory } from './rocksdb-options-factory.ts';
import type { RocksDBResources } from './rocksdb-resources.ts';

const MB = 1024 * 1024;
const localDirectory = mkdtempSync(join(tmpdir(), 'millrace-resources-'));
after(() => rmSync(localDirectory, { recursive: true, force: true }));

interface Given extends Partial<ResourceParameters> {
  readonly keys?: Record<string, string>;
  readonly factory?: RocksDBOptionsFactory;
  readonly addon?: AddonFixture;
}

async function resourcesOf({
  keys = {},
  factory,
  addon = addonFixture(),
  ...parameters
}: Given): Promise<RocksDBResources> {
  const rocksdbKeys = Object.entries(keys).map(([key, value]) => [
    key.startsWith('taskmanager') ? key : `state.backend.rocksdb.${key}`,
    value,
  ]);
  const configuration = new Configuration({
    'state.backend.rocksdb.localdir': localDirectory,
    ...Object.fromEntries(rocksdbKeys),
  });
  const settings = { ...configuredSettings(configuration), optionsFactory: factory };
  return openResources(settings, { operatorName: 'counts', ...parameters }, addon);
}

async function optionsOf(given: Given): Promise<string> {
  const resources = await resourcesOf(given);
  const text = `${resources.openSpec().dbOptions};${resources.columnFamily('s').options}`;
  await resources.close();
  return text;
}

const UNSHARED = { 'memory.managed': 'false' };

describe('options of RocksDB', () => {
  it('are Flink’s defaults, in words of RocksDB', async () => {
    assert.equal(
      await optionsOf({ keys: UNSHARED }),
      'use_fsync=false;stats_dump_period_sec=0;max_background_jobs=2;max_open_files=-1;' +
        'info_log_level=INFO_LEVEL;max_log_file_size=26214400;keep_log_file_num=4;' +
        'create_if_missing=true;avoid_flush_during_shutdown=true;' +
        'compaction_style=kCompactionStyleLevel;compression_per_level=kSnappyCompression;' +
        'level_compaction_dynamic_level_bytes=false;target_file_size_base=67108864;' +
        'max_bytes_for_level_base=268435456;write_buffer_size=67108864;max_write_buffer_number=2;' +
        'min_write_buffer_number_to_merge=1;' +
        'block_based_table_factory={block_size=4096;metadata_block_size=4096;block_cache=8388608;' +
        'format_version=5;checksum=kCRC32c};merge_operator=stringappendtest',
    );
  });

  for (const [key, value, expected] of [
    ['thread.num', '3', 'max_background_jobs=3'],
    ['files.open', '100', 'max_open_files=100'],
    ['log.level', 'warn_level', 'info_log_level=WARN_LEVEL'],
    ['log.level', 'NUM_INFO_LOG_LEVELS', 'info_log_level=HEADER_LEVEL'],
    ['log.dir', '/logs', 'db_log_dir=/logs'],
    ['log.max-file-size', '1 mb', 'max_log_file_size=1048576'],
    ['log.file-num', '9', 'keep_log_file_num=9'],
    ['compaction.style', 'universal', 'compaction_style=kCompactionStyleUniversal'],
    [
      'compression.per.level',
      'NO_COMPRESSION;lz4_compression',
      'compression_per_level=kNoCompression:kLZ4Compression',
    ],
    ['compaction.level.use-dynamic-size', 'true', 'level_compaction_dynamic_level_bytes=true'],
    ['compaction.level.target-file-size-base', '8 mb', 'target_file_size_base=8388608'],
    ['compaction.level.max-size-level-base', '32 mb', 'max_bytes_for_level_base=33554432'],
    ['writebuffer.size', '16 mb', 'write_buffer_size=16777216'],
    ['writebuffer.count', '5', 'max_write_buffer_number=5'],
    ['writebuffer.number-to-merge', '2', 'min_write_buffer_number_to_merge=2'],
    ['block.blocksize', '16 kb', 'block_size=16384'],
    ['block.metadata-blocksize', '8 kb', 'metadata_block_size=8192'],
    ['block.cache-size', '1 mb', 'block_cache=1048576'],
    ['use-bloom-filter', 'true', 'filter_policy=bloomfilter:10:false'],
  ] as const) {
    it(`${key}: ${value} is ${expected}`, async () => {
      const options = await optionsOf({ keys: { ...UNSHARED, [key]: value } });

      assert.ok(options.split(/[;{}]/).includes(expected), options);
    });
  }

  it('have a Bloom filter of the bits that are set, whole even where one a block was asked for', async () => {
    const options = await optionsOf({
      keys: {
        ...UNSHARED,
        'use-bloom-filter': 'true',
        'bloom-filter.bits-per-key': '14.5',
        'bloom-filter.block-based-mode': 'true',
      },
    });

    assert.match(options, /filter_policy=bloomfilter:14.5:false/);
  });

  it('are not compressed by default where the addon lacks snappy, and are refused where it was asked for', async () => {
    const lacks = { ...addonFixture(), compressions: ['kNoCompression'] };

    assert.match(await optionsOf({ addon: lacks }), /compression_per_level=kNoCompression;/);
    const asked = { 'compression.per.level': 'SNAPPY_COMPRESSION' };
    await assert.rejects(optionsOf({ addon: lacks, keys: asked }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /compression\.per\.level names SNAPPY_COMPRESSION/,
    });
  });
});

describe('predefined options', () => {
  for (const [name, expected] of Object.entries({
    DEFAULT: { max_background_jobs: '2', level_compaction_dynamic_level_bytes: 'false' },
    SPINNING_DISK_OPTIMIZED: {
      compaction_style: 'kCompactionStyleLevel',
      level_compaction_dynamic_level_bytes: 'true',
      max_background_jobs: '4',
      max_open_files: '-1',
      block_size: '4096',
    },
    SPINNING_DISK_OPTIMIZED_HIGH_MEM: {
      level_compaction_dynamic_level_bytes: 'true',
      max_background_jobs: '4',
      max_open_files: '-1',
      block_cache: String(256 * MB),
      block_size: String(128 * 1024),
      max_bytes_for_level_base: String(1024 * MB),
      target_file_size_base: String(256 * MB),
      write_buffer_size: String(64 * MB),
      max_write_buffer_number: '4',
      min_write_buffer_number_to_merge: '3',
      filter_policy: 'bloomfilter:10:false',
    },
    FLASH_SSD_OPTIMIZED: {
      max_background_jobs: '4',
      max_open_files: '-1',
      level_compaction_dynamic_level_bytes: 'false',
    },
  })) {
    it(`${name} are Flink’s`, async () => {
      const options = await optionsOf({ keys: { ...UNSHARED, 'predefined-options': name } });

      for (const [option, value] of Object.entries(expected)) {
        assert.ok(options.split(/[;{}]/).includes(`${option}=${value}`), `${option} in ${options}`);
      }
    });
  }
});

describe('of several that set one option', () => {
  const predefined = { ...UNSHARED, 'predefined-options': 'SPINNING_DISK_OPTIMIZED_HIGH_MEM' };
  const factory: RocksDBOptionsFactory = {
    createDBOptions: (current) => ({
      ...current,
      max_background_jobs: Number(current.max_background_jobs) * 10,
    }),
    createColumnOptions: (current) => ({
      ...current,
      write_buffer_size: 3 * MB,
      block_based_table_factory: { ...current.block_based_table_factory, block_cache: 5 * MB },
    }),
  };

  it('a key that is set wins over the predefined set', async () => {
    const options = await optionsOf({ keys: { ...predefined, 'block.blocksize': '64 kb' } });

    assert.match(options, /block_size=65536;/);
    assert.match(options, /max_write_buffer_number=4;/);
  });

  it('the factory wins over both, and sees what they gave', async () => {
    const options = await optionsOf({ keys: { ...predefined, 'thread.num': '7' }, factory });

    assert.match(options, /max_background_jobs=70;/);
    assert.match(options, /write_buffer_size=3145728;/);
    assert.match(options, /block_cache=5242880;/);
  });

  it('shared memory wins over all block caches', async () => {
    const options = await optionsOf({ keys: { ...predefined, 'memory.managed': 'true' }, factory });

    assert.doesNotMatch(options, /block_cache/);
    assert.match(
      options,
      /cache_index_and_filter_blocks=true;cache_index_and_filter_blocks_with_high_priority=true;pin_l0_filter_and_index_blocks_in_cache=true/,
    );
  });

  it('what must be so wins over the factory', async () => {
    const options = await optionsOf({
      factory: { createDBOptions: (current) => ({ ...current, create_if_missing: false }) },
    });

    assert.match(options, /create_if_missing=true;/);
    assert.doesNotMatch(options, /create_if_missing=false/);
  });
});

describe('an options factory', () => {
  it('may set any option of RocksDB by its name', async () => {
    const options = await optionsOf({
      factory: {
        createColumnOptions: (current) => ({
          ...current,
          compression_opts: { level: 3 },
          memtable_whole_key_filtering: true,
        }),
      },
    });

    assert.match(options, /compression_opts={level=3};memtable_whole_key_filtering=true/);
  });

  it('is named with what RocksDB does not know, and leaves nothing behind', async () => {
    const addon = addonFixture('write_bufer_size');

    await assert.rejects(
      resourcesOf({
        addon,
        factory: { createColumnOptions: (current) => ({ ...current, write_bufer_size: 1 }) },
      }),
      {
        code: 'CONFIG_VALUE_INVALID',
        message:
          /RocksDB 7.8.3 does not take the options of the options factory: .*write_bufer_size/,
      },
    );
    assert.equal(addon.released.length, addon.acquired.length);
    assert.deepEqual(readdirSync(localDirectory), []);
  });

  it('that throws, or gives no options back, is named', async () => {
    const failing: RocksDBOptionsFactory = {
      createDBOptions() {
        throw new Error('out of order');
      },
    };
    const silent = { createColumnOptions() {} } as unknown as RocksDBOptionsFactory;

    await assert.rejects(resourcesOf({ factory: failing }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /createDBOptions of the options factory of RocksDB failed: out of order/,
    });
    await assert.rejects(resourcesOf({ factory: silent }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /createColumnOptions of .* gave undefined; give back the options/,
    });
  });

  it('is not blamed for what the configuration sets', async () => {
    await assert.rejects(
      resourcesOf({ addon: addonFixture('db_log_dir'), keys: { 'log.dir': '/x' }, factory: {} }),
      { code: 'CONFIG_VALUE_INVALID', message: /the options of the configuration: / },
    );
  });

  for (const option of [
    'merge_operator',
    'comparator',
    'prefix_extractor',
    'plain_table_factory',
  ]) {
    it(`may not set ${option}`, async () => {
      await assert.rejects(
        resourcesOf({
          factory: { createColumnOptions: (current) => ({ ...current, [option]: 'x' }) },
        }),
        {
          code: 'CONFIG_VALUE_INVALID',
          message: new RegExp(
            `the options factory sets the option ${option} of RocksDB, which is not open`,
          ),
        },
      );
    });
  }

  for (const table of [{ format_version: 6 }, { checksum: 'kXXH3' }]) {
    it(`may not have files written that Flink cannot read: ${JSON.stringify(table)}`, async () => {
      await assert.rejects(
        resourcesOf({
          factory: {
            createColumnOptions: (current) => ({ ...current, block_based_table_factory: table }),
          },
        }),
        { code: 'CONFIG_VALUE_INVALID', message: new RegExp(Object.keys(table)[0] as string) },
      );
    });
  }
});

describe('partitioned indexes and filters', () => {
  const PARTITIONED =
    /index_type=kTwoLevelIndexSearch;partition_filters=true;pin_top_level_index_and_filter=true/;

  it('are taken by themselves where a whole index is too large for the cache', async () => {
    assert.match(await optionsOf({ keys: { 'memory.fixed-per-slot': '128 mb' } }), PARTITIONED);
    assert.doesNotMatch(
      await optionsOf({ keys: { 'memory.fixed-per-slot': '512 mb' } }),
      PARTITIONED,
    );
  });

  it('are as the key says where it is set', async () => {
    const of = (size: string, partitioned: string) =>
      optionsOf({
        keys: { 'memory.fixed-per-slot': size, 'memory.partitioned-index-filters': partitioned },
      });

    assert.doesNotMatch(await of('128 mb', 'false'), PARTITIONED);
    assert.match(await of('512 mb', 'true'), PARTITIONED);
  });

  it('replace a filter by one of 10 bits a key where they are asked for, and keep its bits where not', async () => {
    const keys = {
      'memory.fixed-per-slot': '128 mb',
      'use-bloom-filter': 'true',
      'bloom-filter.bits-per-key': '15',
    };

    assert.match(await optionsOf({ keys }), /filter_policy=bloomfilter:15:false/);
    assert.match(
      await optionsOf({ keys: { ...keys, 'memory.partitioned-index-filters': 'true' } }),
      /filter_policy=bloomfilter:10:false/,
    );
  });

  it('are not there without shared memory', async () => {
    const keys = { ...UNSHARED, 'memory.partitioned-index-filters': 'true' };

    assert.doesNotMatch(await optionsOf({ keys }), PARTITIONED);
  });
});

describe('the memory that databases share', () => {
  const slot = { id: 'job-1 default 0', managedMemoryBytes: 400 };
  const RATIO = { 'memory.value-cache-ratio': '0.25' };
  const FIXED_PER_SLOT = { 'memory.fixed-per-slot': '800 b' };
  const FIXED_PER_TM = { 'memory.fixed-per-tm': '1600 b' };
  const QUIET = { warn: () => {} };

  for (const { title, keys, name, cacheBytes } of [
    { title: 'the slot’s managed memory', keys: {}, name: 'slot job-1 default 0', cacheBytes: 229 },
    {
      title: 'what is fixed for the slot, though memory is managed',
      keys: { ...FIXED_PER_SLOT, ...FIXED_PER_TM },
      name: 'slot job-1 default 0',
      cacheBytes: 458,
    },
    {
      title: 'managed memory, though some is fixed for the process',
      keys: FIXED_PER_TM,
      name: 'slot job-1 default 0',
      cacheBytes: 229,
    },
    {
      title: 'what is fixed for the process where nothing else is',
      keys: { ...UNSHARED, ...FIXED_PER_TM },
      name: 'process',
      cacheBytes: 916,
    },
  ]) {
    it(`is ${title}`, async () => {
      const addon = addonFixture();
      const resources = await resourcesOf({ slot, addon, keys: { ...RATIO, ...keys }, ...QUIET });

      const acquired = addon.acquired[0]?.name ?? '';
      assert.ok(acquired.startsWith(`${name} `), acquired);
      assert.equal(addon.acquired[0]?.spec.cacheBytes, cacheBytes);
      assert.equal(resources.openSpec().sharedMemory?.id, 1);

      await resources.close();
      assert.deepEqual(addon.released, [acquired]);
    });
  }

  it('is none where it is neither managed nor fixed; then there is a cache of values of a set size', async () => {
    const addon = addonFixture();
    const resources = await resourcesOf({
      slot,
      addon,
      keys: { ...UNSHARED, 'memory.value-cache-size': '7 mb' },
    });

    assert.deepEqual(addon.acquired, []);
    assert.equal(resources.openSpec().sharedMemory, undefined);
    assert.equal(resources.valueCacheBytes, 7 * MB);
    await resources.close();
  });

  it('is that of the process where a backend is in no slot', async () => {
    const addon = addonFixture();
    const keys = { ...RATIO, 'taskmanager.memory.managed.size': '4000 b' };
    const resources = await resourcesOf({ addon, keys, ...QUIET });

    assert.equal(addon.acquired[0]?.spec.cacheBytes, 2291);
    await resources.close();
  });

  it('is dealt out among the caches of values of a slot', async () => {
    const first = await resourcesOf({ slot, keys: RATIO, ...QUIET });
    assert.equal(first.valueCacheBytes, 100);

    const told: number[] = [];
    first.onValueCacheBytes((bytes) => told.push(bytes));
    const second = await resourcesOf({ slot, keys: RATIO, ...QUIET });
    assert.equal(first.valueCacheBytes + second.valueCacheBytes, 100);

    await second.close();
    await second.close();
    assert.equal(first.valueCacheBytes, 100);
    assert.deepEqual(told, [50, 100]);
    await first.close();
  });

  it('has no cache of values at a ratio of 0', async () => {
    for (const keys of [{}, UNSHARED]) {
      const resources = await resourcesOf({
        slot,
        keys: { ...keys, 'memory.value-cache-ratio': '0' },
        ...QUIET,
      });

      assert.equal(resources.valueCacheBytes, 0);
      await resources.close();
    }
  });

  it('must not be nothing where it is managed', async () => {
    await assert.rejects(resourcesOf({ slot: { id: 'x', managedMemoryBytes: 0 } }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /the slot has no managed memory.*set taskmanager.memory.managed.size/,
    });
  });

  it('is warned of where a write buffer’s first block is beyond its limit', async () => {
    const warnings: string[] = [];
    const warn = (message: string) => warnings.push(message);
    const factory: RocksDBOptionsFactory = {
      createColumnOptions: (current) => ({ ...current, arena_block_size: 8 * MB }),
    };
    for (const given of [
      { keys: { 'memory.fixed-per-slot': '4 mb' } },
      { keys: { 'memory.fixed-per-slot': '20 mb' }, factory },
      { keys: { 'memory.fixed-per-slot': '20 mb' } },
    ]) {
      await (await resourcesOf({ ...given, warn })).close();
    }

    assert.equal(warnings.length, 2);
    assert.match(
      warnings[0] as string,
      /RocksDB will be slow: .*one block of a write buffer is 1048576/,
    );
  });
});

describe('the folder of a backend', () => {
  it('is there until it is closed, and nothing of the process after the last', async () => {
    const resources = await resourcesOf({});

    assert.ok(resources.workingDirectory.startsWith(join(localDirectory, 'millrace-rocksdb-')));
    assert.match(resources.workingDirectory, /op_counts_uuid_[0-9a-f-]{36}$/);
    assert.ok(existsSync(resources.workingDirectory));

    await resources.close();
    assert.deepEqual(readdirSync(localDirectory), []);
  });
});

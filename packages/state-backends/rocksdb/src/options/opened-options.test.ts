import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { RocksDatabase } from '../database/rocks-database.ts';
import { configuredSettings, openResources } from './open-resources.ts';
import type { RocksDBOptionsFactory } from './rocksdb-options-factory.ts';

const localDirectory = mkdtempSync(join(tmpdir(), 'millrace-opened-'));
after(() => rmSync(localDirectory, { recursive: true, force: true }));

interface OpenedOptions {
  /** By `section name` and option. */
  readonly of: (section: string) => ReadonlyMap<string, string>;
  readonly logFiles: readonly string[];
}

/** What RocksDB says of a database that was opened with the keys: its OPTIONS file. */
async function openedWith(
  keys: Record<string, string>,
  factory?: RocksDBOptionsFactory,
): Promise<OpenedOptions> {
  const configuration = new Configuration({
    'state.backend.rocksdb.localdir': localDirectory,
    ...keys,
  });
  const settings = { ...configuredSettings(configuration), optionsFactory: factory };
  const resources = await openResources(settings, { operatorName: 'opened', warn: () => {} });
  try {
    const path = join(resources.workingDirectory, 'db');
    const database = await RocksDatabase.open(path, {
      ...resources.openSpec(),
      columnFamilies: [resources.columnFamily('counts')],
    });
    await database.close();
    const name = readdirSync(path)
      .filter((file) => file.startsWith('OPTIONS-'))
      .sort()
      .at(-1);
    const sections = sectionsOf(readFileSync(join(path, name as string), 'utf8'));
    return {
      of: (section) => sections.get(section) ?? new Map(),
      logFiles: readdirSync(path).filter((file) => file.startsWith('LOG')),
    };
  } finally {
    await resources.close();
  }
}

function sectionsOf(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let current = new Map<string, string>();
  for (const line of text.split('\n')) {
    const section = /^\[(.*)\]$/.exec(line.trim());
    const option = /^\s*([\w.]+)=(.*)$/.exec(line);
    if (section !== null) {
      current = new Map();
      sections.set(section[1] as string, current);
    } else if (option !== null) {
      current.set(option[1] as string, option[2] as string);
    }
  }
  return sections;
}

const DB = 'DBOptions';
const STATE = 'CFOptions "counts"';
const TABLE = 'TableOptions/BlockBasedTable "counts"';

describe('a database', { skip: whyNoNativeAddon() ?? false }, () => {
  it('is opened with what the keys say, and what must be so', async () => {
    const { of } = await openedWith({
      'state.backend.rocksdb.thread.num': '3',
      'state.backend.rocksdb.files.open': '77',
      'state.backend.rocksdb.log.level': 'ERROR_LEVEL',
      'state.backend.rocksdb.log.file-num': '6',
      'state.backend.rocksdb.writebuffer.size': '16 mb',
      'state.backend.rocksdb.writebuffer.count': '3',
      'state.backend.rocksdb.compaction.style': 'universal',
      'state.backend.rocksdb.compression.per.level': 'NO_COMPRESSION;LZ4_COMPRESSION',
      'state.backend.rocksdb.block.blocksize': '8 kb',
      'state.backend.rocksdb.use-bloom-filter': 'true',
    });

    assert.equal(of(DB).get('max_background_jobs'), '3');
    assert.equal(of(DB).get('max_open_files'), '77');
    assert.equal(of(DB).get('info_log_level'), 'ERROR_LEVEL');
    assert.equal(of(DB).get('keep_log_file_num'), '6');
    assert.equal(of(DB).get('stats_dump_period_sec'), '0');
    assert.equal(of(DB).get('avoid_flush_during_shutdown'), 'true');
    assert.equal(of(STATE).get('write_buffer_size'), String(16 * 1024 * 1024));
    assert.equal(of(STATE).get('max_write_buffer_number'), '3');
    assert.equal(of(STATE).get('compaction_style'), 'kCompactionStyleUniversal');
    assert.equal(of(STATE).get('compression_per_level'), 'kNoCompression:kLZ4Compression');
    assert.equal(of(STATE).get('arena_block_size'), String(1024 * 1024));
    assert.match(of(STATE).get('merge_operator') ?? '', /StringAppendTESTOperator/);
    assert.equal(of(TABLE).get('block_size'), '8192');
    assert.equal(of(TABLE).get('format_version'), '5');
    assert.equal(of(TABLE).get('checksum'), 'kCRC32c');
    assert.match(of(TABLE).get('filter_policy') ?? '', /bloom/i);
  });

  it('of little memory has partitioned indexes in the shared cache, and of much has whole ones', async () => {
    const of = async (fixed: string) =>
      (await openedWith({ 'state.backend.rocksdb.memory.fixed-per-slot': fixed })).of(TABLE);
    const little = await of('64 mb');
    const much = await of('1 gb');

    assert.equal(little.get('index_type'), 'kTwoLevelIndexSearch');
    assert.equal(little.get('partition_filters'), 'true');
    assert.equal(little.get('pin_top_level_index_and_filter'), 'true');
    for (const table of [little, much]) {
      assert.equal(table.get('cache_index_and_filter_blocks'), 'true');
      assert.equal(table.get('cache_index_and_filter_blocks_with_high_priority'), 'true');
      assert.equal(table.get('pin_l0_filter_and_index_blocks_in_cache'), 'true');
    }
    assert.equal(much.get('index_type'), 'kBinarySearch');
  });

  for (const predefined of [
    'DEFAULT',
    'SPINNING_DISK_OPTIMIZED',
    'SPINNING_DISK_OPTIMIZED_HIGH_MEM',
    'FLASH_SSD_OPTIMIZED',
  ]) {
    it(`takes the predefined options ${predefined}, with shared memory and without`, async () => {
      for (const managed of ['true', 'false']) {
        const { of } = await openedWith({
          'state.backend.rocksdb.predefined-options': predefined,
          'state.backend.rocksdb.memory.managed': managed,
        });

        assert.equal(
          of(TABLE).get('block_size'),
          predefined === 'SPINNING_DISK_OPTIMIZED_HIGH_MEM' ? '131072' : '4096',
        );
      }
    });
  }

  it('is opened with the last word of the options factory', async () => {
    const { of } = await openedWith(
      { 'state.backend.rocksdb.thread.num': '3' },
      {
        createDBOptions: (current) => ({ ...current, max_background_jobs: 5, use_fsync: true }),
        createColumnOptions: (current) => ({
          ...current,
          level0_file_num_compaction_trigger: 9,
          block_based_table_factory: {
            ...current.block_based_table_factory,
            block_restart_interval: 32,
          },
        }),
      },
    );

    assert.equal(of(DB).get('max_background_jobs'), '5');
    assert.equal(of(DB).get('use_fsync'), 'true');
    assert.equal(of(STATE).get('level0_file_num_compaction_trigger'), '9');
    assert.equal(of(TABLE).get('block_restart_interval'), '32');
  });

  for (const [title, factory, name] of [
    [
      'an option of a database',
      { createDBOptions: (current) => ({ ...current, max_backgrund_jobs: 1 }) },
      'max_backgrund_jobs',
    ],
    [
      'an option of a state',
      { createColumnOptions: (current) => ({ ...current, write_bufer_size: 1 }) },
      'write_bufer_size',
    ],
    [
      'an option of a table',
      {
        createColumnOptions: (current) => ({
          ...current,
          block_based_table_factory: { ...current.block_based_table_factory, blok_size: 1 },
        }),
      },
      'blok_size',
    ],
    [
      'a value',
      { createColumnOptions: (current) => ({ ...current, write_buffer_size: 'large' as never }) },
      'write_buffer_size',
    ],
  ] as readonly (readonly [string, RocksDBOptionsFactory, string])[]) {
    it(`is not opened with ${title} that RocksDB does not know: it is named with its origin`, async () => {
      await assert.rejects(openedWith({}, factory), {
        code: 'CONFIG_VALUE_INVALID',
        message: new RegExp(`the options of the options factory: .*${name}`),
      });
    });
  }

  it('is not opened with a compression that was asked for and is not there', async () => {
    const key = 'state.backend.rocksdb.compression.per.level';

    await assert.rejects(openedWith({ [key]: 'XPRESS_COMPRESSION' }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /XPRESS_COMPRESSION|Xpress/i,
    });
  });

  it('writes its log where it is asked to', async () => {
    const logs = mkdtempSync(join(tmpdir(), 'millrace-logs-'));
    try {
      const { logFiles } = await openedWith({ 'state.backend.rocksdb.log.dir': logs });

      assert.deepEqual(logFiles, []);
      assert.equal(readdirSync(logs).length, 1);
    } finally {
      rmSync(logs, { recursive: true });
    }
  });
});

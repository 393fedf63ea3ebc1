import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Configuration, GenericMetricGroup, RocksDBNativeMetricOptions } from '@millrace/core';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { RocksDatabase } from '../database/rocks-database.ts';
import { WriteBatch } from '../database/write-batch.ts';
import { nativeMetricOptions } from '../options/native-metric-options.ts';
import { configuredSettings, openResources } from '../options/open-resources.ts';
import { type MeasuredDatabase, NativeMetricMonitor } from './native-metric-monitor.ts';

const PREFIX = 'state.backend.rocksdb.metrics.';
const ALL = Object.values(RocksDBNativeMetricOptions)
  .map(({ key }) => key)
  .filter((key) => !key.endsWith('column-family-as-variable'));

const on = (...names: string[]): Configuration =>
  new Configuration(Object.fromEntries(names.map((name) => [PREFIX + name, 'true'])));

function monitored(configuration: Configuration, database: MeasuredDatabase) {
  const group = new GenericMetricGroup('operator');
  const monitor = new NativeMetricMonitor(nativeMetricOptions(configuration), group, database);
  monitor.registerColumnFamily('counts', 7);
  return { group, monitor };
}

const idle: MeasuredDatabase = { property: () => '1', ticker: () => 1 };

describe('metrics of RocksDB', () => {
  it('are off unless their keys are on', () => {
    assert.deepEqual(monitored(new Configuration(), idle).group.values(), new Map());
  });

  it('of a state bear its name and RocksDB’s name of the property', () => {
    const asked: unknown[] = [];
    const { group } = monitored(on('num-entries-active-mem-table', 'num-files-at-level'), {
      property: (columnFamily, name) => {
        asked.push([columnFamily, name]);
        return String(asked.length);
      },
      ticker: () => 0,
    });

    assert.deepEqual(
      [...group.values()],
      [
        ['counts.rocksdb.num-entries-active-mem-table', 1],
        ...[0, 1, 2, 3, 4, 5, 6].map((level) => [
          `counts.rocksdb.num-files-at-level${level}`,
          level + 2,
        ]),
      ],
    );
    assert.deepEqual(asked[0], [7, 'rocksdb.num-entries-active-mem-table']);
  });

  it('of a state may have its name as a variable', () => {
    const { group } = monitored(on('estimate-num-keys', 'column-family-as-variable'), idle);

    assert.deepEqual(
      [...group.values().keys()],
      ['column_family.counts.rocksdb.estimate-num-keys'],
    );
  });

  it('of a database bear Flink’s names, with no state', () => {
    const tickers = {
      'block-cache-hit': 'block_cache_hit',
      'block-cache-miss': 'block_cache_miss',
      'bloom-filter-useful': 'bloom_filter_useful',
      'bloom-filter-full-positive': 'bloom_filter_full_positive',
      'bloom-filter-full-true-positive': 'bloom_filter_full_true_positive',
      'bytes-read': 'bytes_read',
      'iter-bytes-read': 'iter_bytes_read',
      'bytes-written': 'bytes_written',
      'compaction-read-bytes': 'compact_read_bytes',
      'compaction-write-bytes': 'compact_write_bytes',
      'stall-micros': 'stall_micros',
    };
    const { group } = monitored(on(...Object.keys(tickers)), idle);

    assert.deepEqual(
      new Set(group.values().keys()),
      new Set(Object.values(tickers).map((name) => `rocksdb.${name}`)),
    );
  });

  it('stay at what they last were once the database is closed, and never throw', () => {
    let open = true;
    const { group, monitor } = monitored(on('num-snapshots', 'bytes-read'), {
      property: () => {
        if (!open) {
          throw new Error('closed');
        }
        return '5';
      },
      ticker: () => {
        throw new Error('broken');
      },
    });

    monitor.close();
    open = false;

    assert.deepEqual(Object.fromEntries(group.values()), {
      'counts.rocksdb.num-snapshots': 5,
      'rocksdb.bytes_read': 0,
    });
  });
});

describe('metrics of an open database', { skip: whyNoNativeAddon() ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-metrics-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are known to RocksDB, each of them, and count what is done', async () => {
    const configuration = new Configuration({
      'state.backend.rocksdb.localdir': folder,
      ...Object.fromEntries(ALL.map((key) => [key, 'true'])),
    });
    const resources = await openResources(configuredSettings(configuration), {
      operatorName: 'measured',
    });
    const database = await RocksDatabase.open(join(resources.workingDirectory, 'db'), {
      ...resources.openSpec(),
      columnFamilies: [resources.columnFamily('counts')],
    });
    for (const property of resources.metrics.properties) {
      assert.match(database.property(0, property) ?? property, /^\d+$/);
    }
    const group = new GenericMetricGroup('operator');
    const monitor = new NativeMetricMonitor(resources.metrics, group, database);
    monitor.registerColumnFamily('counts', 0);
    const batch = new WriteBatch();
    const row = Buffer.from('keyvalue');
    batch.put(0, row, 0, 3, 8);
    database.write(batch);
    await database.flush();
    database.get(0, row, 0, 3);
    database.get(0, row, 0, 3);

    const values = group.values();
    monitor.close();
    await database.close();
    await resources.close();

    assert.equal(values.get('counts.rocksdb.estimate-num-keys'), 1);
    assert.equal(values.get('counts.rocksdb.num-files-at-level0'), 1);
    assert.ok((values.get('rocksdb.bytes_read') as number) >= 10);
    assert.ok((values.get('rocksdb.bytes_written') as number) >= 8);
    assert.ok((values.get('rocksdb.block_cache_miss') as number) >= 1);
    assert.ok((values.get('rocksdb.block_cache_hit') as number) >= 1);
    assert.ok((values.get('counts.rocksdb.block-cache-capacity') as number) > 1_000_000);
    assert.equal(group.values().get('counts.rocksdb.estimate-num-keys'), 1);
  });

  it('count nothing where no counter is asked for: statistics cost time', async () => {
    const configuration = on('estimate-num-keys').setString(
      'state.backend.rocksdb.localdir',
      folder,
    );
    const resources = await openResources(configuredSettings(configuration), {
      operatorName: 'measured',
    });

    assert.equal(resources.openSpec().statistics, false);
    await resources.close();
  });
});

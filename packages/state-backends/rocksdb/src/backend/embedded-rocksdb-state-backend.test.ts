import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { loadOptionsFactory } from '../options/load-options-factory.ts';
import type { ConfigurableRocksDBOptionsFactory } from '../options/rocksdb-options-factory.ts';
import { EmbeddedRocksDBStateBackend } from './embedded-rocksdb-state-backend.ts';

const KEY = 'state.backend.rocksdb.';
const folder = mkdtempSync(join(tmpdir(), 'millrace-backend-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('EmbeddedRocksDBStateBackend', { skip: whyNoNativeAddon() ?? false }, () => {
  const everything = new Configuration({
    'execution.checkpointing.incremental': 'true',
    [`${KEY}timer-service.factory`]: 'heap',
    [`${KEY}predefined-options`]: 'flash_ssd_optimized',
    [`${KEY}checkpoint.transfer.thread.num`]: '9',
    [`${KEY}write-batch-size`]: '1 mb',
  });

  it('is what the configuration says where the program says nothing', async () => {
    const backend = await new EmbeddedRocksDBStateBackend().configure(everything);

    assert.equal(backend.isIncrementalCheckpointsEnabled, true);
    assert.equal(backend.priorityQueueStateType, 'HEAP');
    assert.equal(backend.predefinedOptions, 'FLASH_SSD_OPTIMIZED');
    assert.equal(backend.numberOfTransferThreads, 9);
    assert.equal(backend.writeBatchSize, 1024 * 1024);
    assert.equal(backend.dbStoragePaths, undefined);
  });

  it('is what the program says where both say something', async () => {
    const backend = await new EmbeddedRocksDBStateBackend(false)
      .setPriorityQueueStateType('ROCKSDB')
      .setPredefinedOptions('DEFAULT')
      .setNumberOfTransferThreads(1)
      .setWriteBatchSize(0)
      .setDbStoragePaths(['/a', 'file:///b'])
      .configure(everything);

    assert.equal(backend.isIncrementalCheckpointsEnabled, false);
    assert.equal(backend.priorityQueueStateType, 'ROCKSDB');
    assert.equal(backend.predefinedOptions, 'DEFAULT');
    assert.equal(backend.numberOfTransferThreads, 1);
    assert.equal(backend.writeBatchSize, 0);
    assert.deepEqual(backend.dbStoragePaths, ['/a', '/b']);
  });

  it('takes the older key of incremental checkpoints, and Flink’s default', async () => {
    const older = new Configuration({ 'state.backend.incremental': 'true' });
    const incremental = async (configuration: Configuration) =>
      (await new EmbeddedRocksDBStateBackend().configure(configuration))
        .isIncrementalCheckpointsEnabled;

    assert.equal(await incremental(older), true);
    assert.equal(await incremental(new Configuration()), false);
  });

  it('stays as it is when it is configured for one job', async () => {
    const backend = new EmbeddedRocksDBStateBackend();
    const configured = await backend.configure(everything);
    configured.memoryConfiguration.setWriteBufferRatio(0.2);

    assert.equal(backend.isIncrementalCheckpointsEnabled, false);
    assert.equal(backend.memoryConfiguration.writeBufferRatio, undefined);
  });

  it('refuses values that mean nothing', () => {
    const backend = new EmbeddedRocksDBStateBackend();
    for (const [action, message] of [
      [() => backend.setNumberOfTransferThreads(0), /setNumberOfTransferThreads was given 0/],
      [() => backend.setWriteBatchSize(-1), /setWriteBatchSize was given -1/],
      [() => backend.setPredefinedOptions('FAST' as never), /'FAST'; use DEFAULT, SPINNING/],
      [() => backend.setDbStoragePath('here'), /setDbStoragePaths names 'here'.*absolute/],
    ] as const) {
      assert.throws(action, { code: 'CONFIG_VALUE_INVALID', message });
    }
  });

  it('finds ratios that cannot be before a job starts', async () => {
    const ratios = new Configuration({
      [`${KEY}memory.write-buffer-ratio`]: '0.9',
      [`${KEY}memory.high-prio-pool-ratio`]: '0.3',
    });

    await assert.rejects(new EmbeddedRocksDBStateBackend().configure(ratios), {
      code: 'CONFIG_VALUE_INVALID',
      message: /leave the block cache no room/,
    });
  });

  it('finds options that RocksDB does not take before a job starts', async () => {
    const backend = new EmbeddedRocksDBStateBackend().setRocksDBOptions({
      createColumnOptions: (current) => ({ ...current, write_bufer_size: 1 }),
    });

    await assert.rejects(backend.configure(new Configuration()), {
      code: 'CONFIG_VALUE_INVALID',
      message: /options factory: .*write_bufer_size/,
    });
  });

  it('has the factory that the key names, unless the program set one', async () => {
    const path = join(folder, 'factory.mjs');
    writeFileSync(path, 'export default { createDBOptions: (current) => current };');
    const configuration = new Configuration({ [`${KEY}options-factory`]: path });
    const own = { createDBOptions: <T>(current: T) => current };

    const named = await new EmbeddedRocksDBStateBackend().configure(configuration);
    const set = await new EmbeddedRocksDBStateBackend()
      .setRocksDBOptions(own)
      .configure(configuration);

    assert.equal(typeof named.rocksDBOptions?.createDBOptions, 'function');
    assert.equal(set.rocksDBOptions, own);
  });

  it('gives a factory that can be configured the configuration, also one that the program set', async () => {
    const seen: unknown[] = [];
    const factory: ConfigurableRocksDBOptionsFactory = {
      configure(configuration) {
        seen.push(configuration.toMap()['my.custom.rocksdb.block']);
        return this;
      },
    };
    const configuration = new Configuration({ 'my.custom.rocksdb.block': '64' });

    await new EmbeddedRocksDBStateBackend().setRocksDBOptions(factory).configure(configuration);

    assert.deepEqual(seen, ['64']);
  });

  it('names a factory that fails', async () => {
    const factory = {
      configure(): never {
        throw new Error('no my.key');
      },
    };

    await assert.rejects(
      new EmbeddedRocksDBStateBackend().setRocksDBOptions(factory).configure(new Configuration()),
      { code: 'CONFIG_VALUE_INVALID', message: /factory .* could not be configured: no my.key/ },
    );
  });
});

describe('the options factory that a key names', () => {
  const load = (name: string) =>
    loadOptionsFactory(new Configuration({ [`${KEY}options-factory`]: name }));
  const path = join(folder, 'factories.mjs');
  writeFileSync(
    path,
    `export class Mine { createDBOptions(current) { return { ...current, max_open_files: 3 }; } }
     export const make = () => new Mine();
     export const ready = { createColumnOptions: (current) => current };
     export const number = 7;
     export class Failing { constructor() { throw new Error('out of order'); } }`,
  );

  for (const name of ['Mine', 'make', 'ready']) {
    it(`is an object, a class or a function: ${name}`, async () => {
      const factory = await load(`${path}#${name}`);

      assert.equal(typeof (factory?.createDBOptions ?? factory?.createColumnOptions), 'function');
    });
  }

  for (const [name, message] of [
    [`${path}#number`, /'number' of that module is no options factory/],
    [`${path}#missing`, /'missing' of that module is no options factory/],
    [path, /'default' of that module is no options factory/],
    [`${path}#Failing`, /making it failed \(out of order\)/],
    ['./no-such-file.mjs#X', /cannot be imported/],
    ['com.example.MyOptionsFactory', /cannot be imported.*name a module as 'package'/],
  ] as const) {
    it(`is not ${name.replace(folder, '')}`, async () => {
      await assert.rejects(load(name), { code: 'CONFIG_VALUE_INVALID', message });
    });
  }

  it('is passed over with a warning where it is Flink’s old default', async () => {
    const configuration = new Configuration({
      [`${KEY}options-factory`]:
        'org.apache.flink.contrib.streaming.state.DefaultConfigurableOptionsFactory',
    });

    assert.equal(await loadOptionsFactory(configuration), undefined);
    assert.match(
      configuration.notices[0]?.message ?? '',
      /old default factory, which is passed over/,
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { EmbeddedRocksDBStateBackend } from '../backend/embedded-rocksdb-state-backend.ts';
import { RocksDBStateBackend } from '../backend/rocksdb-state-backend.ts';
import { configuredColumnFamilyOptions, configuredDBOptions } from './configured-options.ts';
import { decidedDBOptions } from './decided-options.ts';
import { configuredSettings } from './open-resources.ts';

const KEY = 'state.backend.rocksdb.';
const code = 'CONFIG_VALUE_INVALID';

function read(key: string, value: string): void {
  const configuration = new Configuration({ [KEY + key]: value });
  const sources = { configuration, predefined: 'DEFAULT', compressions: ['kZSTD'] } as const;
  configuredSettings(configuration);
  configuredDBOptions(sources);
  configuredColumnFamilyOptions(sources);
}

describe('sizes and counts that make no sense', () => {
  it('are refused with their key', () => {
    for (const [key, value] of [
      ['thread.num', '257'],
      ['thread.num', '1000000'],
      ['checkpoint.transfer.thread.num', '1025'],
      ['write-batch-size', '1 tb'],
      ['writebuffer.size', '100 tb'],
      ['block.blocksize', '4 gb'],
      ['block.metadata-blocksize', '4 gb'],
      ['bloom-filter.bits-per-key', '1e9'],
    ] as const) {
      if (key === 'bloom-filter.bits-per-key') {
        assert.throws(() => read(key, value), { code, message: /bits-per-key.*from 1 to 100/ });
      } else {
        assert.throws(() => read(key, value), { code, message: new RegExp(key) });
      }
    }
  });

  it('are taken up to their bounds', () => {
    read('thread.num', '256');
    read('write-batch-size', '256 mb');
    read('writebuffer.size', '64 gb');
    read('bloom-filter.bits-per-key', '100');
  });

  it('are refused of an options factory too, where they are threads', () => {
    const decided = { origin: 'the options factory', shared: false };

    assert.throws(() => decidedDBOptions({ max_background_jobs: 1_000_000 }, decided), {
      code,
      message: /the options factory.*max_background_jobs.*1000000/,
    });
  });

  it('are refused of the methods of the backend', () => {
    const backend = new EmbeddedRocksDBStateBackend();

    assert.throws(() => backend.setNumberOfTransferThreads(1025), { code });
    assert.throws(() => backend.setWriteBatchSize(2 ** 40), { code });
  });
});

describe('a compression that RocksDB was built without', () => {
  it('is refused with its key and those that there are', () => {
    assert.throws(() => read('compression.per.level', 'XPRESS_COMPRESSION'), {
      code,
      message: /compression\.per\.level names XPRESS_COMPRESSION.*NO_COMPRESSION.*ZSTD_COMPRESSION/,
    });
  });
});

describe('backends made without what they need', () => {
  it('are refused with what to give', () => {
    const Untyped = RocksDBStateBackend as unknown as new () => unknown;
    const backend = new EmbeddedRocksDBStateBackend();
    const paths = '/a' as unknown as string[];

    assert.throws(() => new Untyped(), { code, message: /directory of checkpoints/ });
    assert.throws(() => backend.setDbStoragePaths(paths), { code, message: /an array of paths/ });
  });
});

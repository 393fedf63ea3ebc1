import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import {
  askFactory,
  configureFactory,
  type RocksDBOptionsFactory,
} from './rocksdb-options-factory.ts';

function asked(createDBOptions: () => unknown): unknown {
  return askFactory({ createDBOptions } as RocksDBOptionsFactory, 'createDBOptions', {});
}

describe('a factory of options', () => {
  it('is refused when it gives a promise, an array or no object', () => {
    const refusal = (given: unknown, message: RegExp) =>
      assert.throws(() => asked(() => given), { code: 'CONFIG_VALUE_INVALID', message });

    refusal(Promise.resolve({}), /createDBOptions.*gave a promise.*not async/);
    refusal([], /gave an array/);
    refusal(undefined, /gave undefined/);
    refusal(null, /gave null/);
    refusal('x', /gave x/);
  });

  it('is refused when configure gives a promise or nothing', () => {
    const configured = (given: unknown) => () =>
      configureFactory(
        { configure: () => given } as unknown as RocksDBOptionsFactory,
        new Configuration(),
      );
    const code = 'CONFIG_VALUE_INVALID';

    assert.throws(configured(Promise.resolve({})), { code, message: /configure.*a promise/ });
    assert.throws(configured(undefined), { code, message: /configure.*gave undefined/ });
  });

  it('gives the options that hold', () => {
    assert.deepEqual(
      asked(() => ({ max_subcompactions: 2 })),
      { max_subcompactions: 2 },
    );
  });
});

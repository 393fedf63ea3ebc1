import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkedStateBackend } from './state-backend-argument.ts';

describe('the argument of setStateBackend', () => {
  it('is refused with what is wanted where it is no state backend', () => {
    class Backend {}
    const refusal = (given: unknown, message: RegExp) =>
      assert.throws(() => checkedStateBackend(given), { code: 'CONFIG_VALUE_INVALID', message });

    refusal('rocksdb', /'rocksdb'.*state\.backend\.type/);
    refusal(Backend, /Backend \(is `new` missing\?\)/);
    refusal({}, /an object without createKeyedStateBackend/);
    refusal(null, /null.*new EmbeddedRocksDBStateBackend\(\)/);
    refusal(undefined, /undefined/);
  });

  it('is any object that makes keyed backends', () => {
    const backend = { name: 'own', createKeyedStateBackend: () => Promise.reject(new Error()) };

    assert.equal(checkedStateBackend(backend), backend);
  });
});

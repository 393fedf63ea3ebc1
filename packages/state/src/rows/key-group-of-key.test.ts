import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError, StringSerializer, type TypeSerializer } from '@millrace/core';
import { KeyGroupCheck } from './key-group-check.ts';
import { keyGroupOfKey } from './key-group-of-key.ts';

function throwing(error: Error): TypeSerializer<unknown> {
  return {
    hashCode: () => {
      throw error;
    },
  } as unknown as TypeSerializer<unknown>;
}

describe('the key group of a key', () => {
  it('is that of its hash', () => {
    const strings = new StringSerializer() as TypeSerializer<unknown>;

    const keyGroup = keyGroupOfKey(strings, 'user-1', 128);

    assert.equal(keyGroup, 121);
    assert.equal(new KeyGroupCheck(strings, 128).reasonAgainst('user-1', 121), undefined);
  });

  for (const code of ['KEY_TYPE_UNSUPPORTED', 'SERIALIZER_SNAPSHOT_UNKNOWN'] as const) {
    it(`is not known of types whose hash is not: ${code}`, () => {
      const serializer = throwing(new ConfigError(code, 'its class has the hash'));

      assert.equal(keyGroupOfKey(serializer, 'user-1', 128), undefined);
      assert.equal(new KeyGroupCheck(serializer, 128).reasonAgainst('user-1', 7), undefined);
    });
  }

  it('is an error of a key that has no hash although its type has', () => {
    const serializer = throwing(new TypeError('a part of it is null'));

    assert.throws(() => keyGroupOfKey(serializer, 'user-1', 128), TypeError);
    assert.equal(
      new KeyGroupCheck(serializer, 128).reasonAgainst('user-1', 7),
      'it has no hash: a part of it is null',
    );
  });
});

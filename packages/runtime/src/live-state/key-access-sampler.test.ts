import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataInputView, Types } from '@millrace/core';
import { KeyAccessSampler } from './key-access-sampler.ts';

const STRINGS = Types.STRING.createSerializer();

function access<K>(sampler: KeyAccessSampler<K>, key: K): void {
  if (--sampler.left < 0) {
    sampler.sample(key);
  }
}

describe('the sampler of key accesses', () => {
  it('finds the hot keys of many, with their shares, from a sample of about a 512th', () => {
    const sampler = new KeyAccessSampler(STRINGS);
    const accesses = 4_000_000;

    for (let i = 0; i < accesses; i++) {
      const key = i % 5 === 0 ? 'hot' : i % 10 === 1 ? 'warm' : `cold ${(i * 7919) % 50_000}`;
      access(sampler, key);
    }

    const { keys, sampledAccesses, samplingInterval } = sampler.hotKeys(2);
    const names = keys.map(({ key }) => STRINGS.deserialize(new DataInputView(key)));
    const shares = keys.map(({ count }) => count / sampledAccesses);
    assert.deepEqual(names, ['hot', 'warm']);
    assert.ok(Math.abs(shares[0]! - 0.2) < 0.02 && Math.abs(shares[1]! - 0.1) < 0.02, `${shares}`);
    assert.ok(Math.abs((sampledAccesses * samplingInterval) / accesses - 1) < 0.05);
  });

  it('remembers a key as it was when the program changes it after', () => {
    const type = Types.TUPLE(Types.STRING, Types.LONG);
    const sampler = new KeyAccessSampler(type.createSerializer());
    const key: [string, number] = ['a', 1];

    access(sampler, key);
    key[1] = 2;

    const [hot] = sampler.hotKeys(1).keys;
    assert.deepEqual(type.createSerializer().deserialize(new DataInputView(hot!.key)), ['a', 1]);
  });
});

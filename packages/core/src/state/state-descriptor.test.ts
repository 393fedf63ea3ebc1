import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Types } from '../serialization/types.ts';
import { ListStateDescriptor, ValueStateDescriptor } from './state-descriptor.ts';
import { StateTtlConfig } from './state-ttl-config.ts';

describe('a state descriptor', () => {
  it('has no time to live until it is given one', () => {
    const ttl = new StateTtlConfig({ timeToLive: '1 min' });
    const plain = new ListStateDescriptor('l', Types.LONG);
    const living = new ListStateDescriptor('l', Types.LONG).enableTimeToLive(ttl);

    assert.equal(plain.ttlConfig.isEnabled, false);
    assert.equal(living.ttlConfig, ttl);
  });

  it('is queryable under one name', () => {
    const descriptor = new ValueStateDescriptor('v', Types.LONG);
    assert.deepEqual([descriptor.isQueryable, descriptor.queryableStateName], [false, undefined]);

    descriptor.setQueryable('counts');

    assert.deepEqual([descriptor.isQueryable, descriptor.queryableStateName], [true, 'counts']);
    assert.throws(() => descriptor.setQueryable('others'), {
      code: 'QUERYABLE_STATE_NAME_CONFLICT',
      message: /'v' is queryable as 'counts' already/,
    });
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import {
  checkpointConfiguration,
  unalignedWithoutExactlyOnce,
} from './checkpoint-configuration.ts';

const read = (settings: Record<string, string>) =>
  checkpointConfiguration(Configuration.fromMap(settings));

describe('the configuration of checkpoints', () => {
  it('takes none unless an interval is set', () => {
    assert.equal(read({}).intervalMs, undefined);
  });

  it('never makes the interval shorter than the minimum pause', () => {
    const { intervalMs, minPauseMs } = read({
      'execution.checkpointing.interval': '1 s',
      'execution.checkpointing.min-pause': '5 s',
    });

    assert.deepEqual([intervalMs, minPauseMs], [5000, 5000]);
  });

  it('cuts the minimum pause to a year', () => {
    const { minPauseMs } = read({ 'execution.checkpointing.min-pause': '1000 d' });

    assert.equal(minPauseMs, 365 * 24 * 3_600_000);
  });

  for (const key of ['execution.checkpointing.interval', 'execution.checkpointing.timeout']) {
    it(`refuses less than 10 ms for ${key}`, () => {
      assert.throws(() => read({ [key]: '9 ms' }), { code: 'CONFIG_VALUE_INVALID' });
      assert.doesNotThrow(() => read({ [key]: '10 ms' }));
    });
  }

  it('lets barriers overtake after the aligned timeout, 0 unless set, and never without being asked', () => {
    const enabled = { 'execution.checkpointing.unaligned.enabled': 'true' };
    const timeout = { 'execution.checkpointing.aligned-checkpoint-timeout': '30 s' };

    assert.equal(read(timeout).alignedTimeoutMs, undefined);
    assert.equal(read(enabled).alignedTimeoutMs, 0);
    assert.equal(read({ ...enabled, ...timeout }).alignedTimeoutMs, 30_000);
  });

  it('refuses several unaligned checkpoints at once', () => {
    const settings = {
      'execution.checkpointing.unaligned': 'true',
      'execution.checkpointing.max-concurrent-checkpoints': '2',
    };

    assert.throws(() => read(settings), {
      code: 'CONFIG_VALUE_INVALID',
      message: /max-concurrent-checkpoints is 2.*set it to 1, or .*unaligned\.enabled to false/,
    });
  });

  it('takes none unaligned at least once', () => {
    const settings = {
      'execution.checkpointing.unaligned': 'true',
      'execution.checkpointing.mode': 'AT_LEAST_ONCE',
      'execution.checkpointing.max-concurrent-checkpoints': '2',
    };

    assert.equal(read(settings).alignedTimeoutMs, undefined);
    assert.equal(unalignedWithoutExactlyOnce(Configuration.fromMap(settings)), true);
  });
});

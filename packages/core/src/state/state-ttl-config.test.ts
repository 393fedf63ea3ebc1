import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StateTtlConfig, type StateTtlOptions } from './state-ttl-config.ts';

describe('the config of a time to live', () => {
  it('writes on creation and write, never returns expired values and cleans up by default', () => {
    const config = new StateTtlConfig({ timeToLive: '1 h' });

    assert.equal(config.timeToLiveMs, 3_600_000);
    assert.equal(config.updateType, 'OnCreateAndWrite');
    assert.equal(config.stateVisibility, 'NeverReturnExpired');
    assert.equal(config.ttlTimeCharacteristic, 'ProcessingTime');
    assert.equal(config.isEnabled, true);
    assert.deepEqual(config.cleanupStrategies, {
      inFullSnapshot: false,
      isCleanupInBackground: true,
      incremental: { cleanupSize: 5, runCleanupForEveryRecord: false },
      rocksdbCompactFilter: {
        queryTimeAfterNumEntries: 1000,
        periodicCompactionTimeMs: 30 * 24 * 3_600_000,
      },
    });
  });

  it('has no background cleanup when that is disabled, but what is asked for by name', () => {
    const options = { timeToLive: 1, disableCleanupInBackground: true };
    const none = new StateTtlConfig(options).cleanupStrategies;
    const some = new StateTtlConfig({
      ...options,
      cleanupFullSnapshot: true,
      cleanupIncrementally: { cleanupSize: 10, runCleanupForEveryRecord: true },
      cleanupInRocksdbCompactFilter: { queryTimeAfterNumEntries: 7, periodicCompactionTime: '1 d' },
    }).cleanupStrategies;

    assert.deepEqual([none.incremental, none.rocksdbCompactFilter], [undefined, undefined]);
    assert.deepEqual(some, {
      inFullSnapshot: true,
      isCleanupInBackground: false,
      incremental: { cleanupSize: 10, runCleanupForEveryRecord: true },
      rocksdbCompactFilter: { queryTimeAfterNumEntries: 7, periodicCompactionTimeMs: 86_400_000 },
    });
  });

  it('is off when the update type is Disabled', () => {
    assert.equal(StateTtlConfig.DISABLED.isEnabled, false);
    assert.equal(new StateTtlConfig({ timeToLive: 1, updateType: 'Disabled' }).isEnabled, false);
  });

  it('refuses what is no time and no count', () => {
    const refused: unknown[] = [
      { timeToLive: 0 },
      { timeToLive: -1 },
      { timeToLive: 'soon' },
      { timeToLive: 1, updateType: 'OnRead' },
      { timeToLive: 1, stateVisibility: 'Always' },
      { timeToLive: 1, cleanupIncrementally: { cleanupSize: 0 } },
      { timeToLive: 1, cleanupInRocksdbCompactFilter: { queryTimeAfterNumEntries: 0.5 } },
    ];

    for (const options of refused) {
      assert.throws(() => new StateTtlConfig(options as StateTtlOptions), {
        code: 'CONFIG_VALUE_INVALID',
      });
    }
  });
});

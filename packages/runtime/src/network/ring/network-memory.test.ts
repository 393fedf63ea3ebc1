import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { networkMemoryBytes, ringSizes } from './network-memory.ts';

const MIB = 1024 * 1024;

describe('network memory', () => {
  it('is 64 MiB, or the fraction of the memory that is set within its limits', () => {
    const size = 'taskmanager.memory.flink.size';
    const max = 'taskmanager.memory.network.max';

    assert.equal(networkMemoryBytes(Configuration.fromMap({})), 64 * MIB);
    assert.equal(networkMemoryBytes(Configuration.fromMap({ [size]: '100 mb' })), 64 * MIB);
    assert.equal(networkMemoryBytes(Configuration.fromMap({ [size]: '1000 mb' })), 100 * MIB);
    assert.equal(
      networkMemoryBytes(Configuration.fromMap({ [size]: '1000 mb', [max]: '70 mb' })),
      70 * MIB,
    );
  });

  it('refuses a lower limit above the upper one', () => {
    assert.throws(
      () => networkMemoryBytes(Configuration.fromMap({ 'taskmanager.memory.network.max': '1 mb' })),
      {
        code: 'CONFIG_VALUE_INVALID',
        message:
          /taskmanager.memory.network.min is 64 mb, above taskmanager.memory.network.max of 1 mb/,
      },
    );
  });

  it('gives each channel its exclusive buffers and its share of those that float in its gate', () => {
    const channels = ['a', 'a', 'a', 'b'].map((gate) => ({ gate }));

    const sizes = ringSizes(Configuration.fromMap({}), channels);

    assert.deepEqual(
      sizes.map(({ segments }) => segments),
      [4, 4, 4, 10],
    );
    assert.equal(sizes[0]?.segmentSizeBytes, 32 * 1024);
  });

  it('gives no channel more than the most of one', () => {
    const settings = { 'taskmanager.network.memory.max-buffers-per-channel': '3' };

    assert.equal(ringSizes(Configuration.fromMap(settings), [{ gate: 'a' }])[0]?.segments, 3);
  });

  it('gives fewer floating buffers where memory does not suffice for all', () => {
    const settings = {
      'taskmanager.memory.network.min': '192 kb',
      'taskmanager.memory.network.max': '192 kb',
    };
    const channels = [{ gate: 'a' }, { gate: 'b' }];

    const sizes = ringSizes(Configuration.fromMap(settings), channels);

    assert.deepEqual(
      sizes.map(({ segments }) => segments),
      [3, 3],
    );
  });

  it('gives a channel one buffer though it has none for itself', () => {
    const settings = {
      'taskmanager.network.memory.buffers-per-channel': '0',
      'taskmanager.network.memory.floating-buffers-per-gate': '0',
    };

    assert.equal(ringSizes(Configuration.fromMap(settings), [{ gate: 'a' }])[0]?.segments, 1);
  });

  it('names the key and the amount when there is not enough for the exclusive buffers', () => {
    const settings = { 'taskmanager.memory.network.min': '128 kb' };
    const channels = [0, 1, 2].map((gate) => ({ gate: `${gate}` }));

    assert.throws(() => ringSizes(Configuration.fromMap(settings), channels), {
      code: 'INSUFFICIENT_NETWORK_BUFFERS',
      message:
        /^Insufficient number of network buffers: required 6, but only 4 available, of 32768 bytes each, for 3 channels between slots; set taskmanager.memory.network.min to 192 kb or more, or lower taskmanager.network.memory.buffers-per-channel, taskmanager.memory.segment-size or the parallelism$/,
    });
  });

  it('refuses a segment size that is no power of two', () => {
    assert.throws(
      () => ringSizes(Configuration.fromMap({ 'taskmanager.memory.segment-size': '5000' }), []),
      {
        code: 'CONFIG_VALUE_INVALID',
        message: /taskmanager.memory.segment-size is 5000 bytes; use a power of two/,
      },
    );
  });
});

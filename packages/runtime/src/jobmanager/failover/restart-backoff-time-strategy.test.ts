import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { createRestartStrategy } from './create-restart-strategy.ts';
import {
  ExponentialDelayRestartBackoffTimeStrategy,
  FailureRateRestartBackoffTimeStrategy,
  FixedDelayRestartBackoffTimeStrategy,
} from './restart-backoff-time-strategy.ts';

const NO_JITTER = 0.5;

function exponential(attemptsBeforeResetBackoff = Infinity, jitterFactor = 0.1) {
  return new ExponentialDelayRestartBackoffTimeStrategy({
    initialBackoffMs: 1000,
    maxBackoffMs: 60_000,
    backoffMultiplier: 1.5,
    resetBackoffThresholdMs: 3_600_000,
    jitterFactor,
    attemptsBeforeResetBackoff,
  });
}

describe('restart strategy fixed-delay', () => {
  it('restarts as often as it has attempts, then gives up', () => {
    const strategy = new FixedDelayRestartBackoffTimeStrategy({ maxAttempts: 2, delayMs: 70 });

    const allowed = [1, 2, 3].map(() => {
      strategy.notifyFailure();
      return strategy.canRestart();
    });

    assert.deepEqual(allowed, [true, true, false]);
    assert.equal(strategy.backoffTimeMs(), 70);
  });
});

describe('restart strategy failure-rate', () => {
  it('gives up when more failures than allowed lie within the interval', () => {
    const strategy = new FailureRateRestartBackoffTimeStrategy({
      maxFailuresPerInterval: 2,
      intervalMs: 100,
      delayMs: 5,
    });

    const allowed = [0, 60, 101, 160, 161].map((now) => {
      strategy.notifyFailure(now);
      return strategy.canRestart();
    });

    assert.deepEqual(allowed, [true, true, true, false, false]);
  });
});

describe('restart strategy exponential-delay', () => {
  it('waits longer with each failure, up to the longest wait', () => {
    const strategy = exponential();
    let now = 0;

    const waits = Array.from({ length: 12 }, () => {
      strategy.notifyFailure(now, NO_JITTER);
      now += strategy.backoffTimeMs() + 1;
      return strategy.backoffTimeMs();
    });

    assert.deepEqual(
      waits,
      [1000, 1500, 2250, 3375, 5062, 7593, 11390, 17085, 25628, 38443, 57665, 60_000],
    );
  });

  it('takes failures while a restart waits for one', () => {
    const strategy = exponential();
    strategy.notifyFailure(0, NO_JITTER);

    const isNew = [strategy.notifyFailure(500, NO_JITTER), strategy.notifyFailure(1001, NO_JITTER)];

    assert.deepEqual(isNew, [false, true]);
    assert.equal(strategy.backoffTimeMs(), 1500);
  });

  it('waits from the start again after a quiet time', () => {
    const strategy = exponential();
    strategy.notifyFailure(0, NO_JITTER);
    strategy.notifyFailure(1001, NO_JITTER);

    strategy.notifyFailure(1001 + 1500 + 3_600_000, NO_JITTER);

    assert.equal(strategy.backoffTimeMs(), 1000);
  });

  it('adds or takes away the random share, within initial and longest wait', () => {
    const waitOf = (random: number): number => {
      const strategy = exponential();
      strategy.notifyFailure(0, NO_JITTER);
      strategy.notifyFailure(2000, random);
      return strategy.backoffTimeMs();
    };
    const first = exponential();
    first.notifyFailure(0, 0);

    assert.deepEqual([waitOf(0), waitOf(0.5), waitOf(1)], [1350, 1500, 1650]);
    assert.equal(first.backoffTimeMs(), 1000);
  });

  it('gives up after the attempts before a reset', () => {
    const strategy = exponential(2);

    const allowed = [0, 10_000, 20_000].map((now) => {
      strategy.notifyFailure(now, NO_JITTER);
      return strategy.canRestart();
    });

    assert.deepEqual(allowed, [true, true, false]);
  });
});

describe('the configured restart strategy', () => {
  const make = (settings: Record<string, string>, checkpointingEnabled = true) =>
    createRestartStrategy(Configuration.fromMap(settings), { checkpointingEnabled }).description;

  it('is exponential delay with checkpoints and none without, when unset', () => {
    assert.equal(make({}), 'exponential-delay (1000 ms times 1.5 to 60000 ms)');
    assert.equal(make({}, false), 'none');
  });

  it('is found under each of its spellings', () => {
    const spellings = ['off', 'Disable', 'none', 'fixeddelay', 'failurerate', 'exponentialdelay'];

    const made = spellings.map((name) => make({ 'restart-strategy': name }).split(' ')[0]);

    assert.deepEqual(made, [
      'none',
      'none',
      'none',
      'fixed-delay',
      'failure-rate',
      'exponential-delay',
    ]);
  });

  it('takes its settings from its keys', () => {
    const description = make({
      'restart-strategy.type': 'fixed-delay',
      'restart-strategy.fixed-delay.attempts': '7',
      'restart-strategy.fixed-delay.delay': '3 s',
    });

    assert.equal(description, 'fixed-delay (7 attempts, 3000 ms apart)');
  });

  it('refuses an unknown name, says where it stands, and names the known ones', () => {
    assert.throws(() => make({ 'restart-strategy.type': 'fixd' }), {
      code: 'CONFIG_VALUE_INVALID',
      message:
        'restart-strategy.type is "fixd" (from the program); use none, fixed-delay, failure-rate or ' +
        'exponential-delay; did you mean fixed-delay?',
    });
  });

  it('refuses an initial backoff above the longest one', () => {
    const settings = {
      'restart-strategy.type': 'exponential-delay',
      'restart-strategy.exponential-delay.initial-backoff': '2 min',
    };

    assert.throws(() => make(settings), { code: 'CONFIG_VALUE_INVALID' });
  });
});

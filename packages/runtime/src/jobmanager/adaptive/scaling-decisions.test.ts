import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  checkScalingSettings,
  decideRescale,
  decideStart,
  type ExecutingFacts,
  type ScalingSettings,
  type WaitingFacts,
} from './scaling-decisions.ts';

const SETTINGS: ScalingSettings = {
  resourceWaitTimeoutMs: 300,
  resourceStabilizationTimeoutMs: 10,
  minParallelismIncrease: 2,
  scalingIntervalMinMs: 30,
  scalingIntervalMaxMs: 1000,
};

/** Of one vertex. */
function at(parallelism: number): ReadonlyMap<string, number> {
  return new Map([['vertex', parallelism]]);
}

describe('the start of an adaptive job', () => {
  const facts: WaitingFacts = {
    now: 100,
    waitingSince: 100,
    unchangedSince: 100,
    possible: at(2),
    desired: at(4),
  };

  it('comes at once with all slots that it could use', () => {
    const decision = decideStart({ ...facts, possible: at(4) }, SETTINGS);

    assert.deepEqual(decision, { kind: 'start', parallelism: at(4) });
  });

  it('comes with fewer once they have not changed for a while', () => {
    assert.deepEqual(decideStart(facts, SETTINGS), { kind: 'wait', untilMs: 110 });
    assert.deepEqual(decideStart({ ...facts, now: 109, unchangedSince: 105 }, SETTINGS), {
      kind: 'wait',
      untilMs: 115,
    });
    assert.deepEqual(decideStart({ ...facts, now: 110 }, SETTINGS), {
      kind: 'start',
      parallelism: at(2),
    });
  });

  it('comes with what there is when it has waited long enough, whether that changes or not', () => {
    const unstable = { ...facts, now: 400, unchangedSince: 399 };

    assert.deepEqual(decideStart(unstable, SETTINGS), { kind: 'start', parallelism: at(2) });
  });

  it('is given up when it has waited long enough for those that it needs', () => {
    const without = { ...facts, possible: undefined };

    assert.deepEqual(decideStart(without, SETTINGS), { kind: 'wait', untilMs: 400 });
    assert.deepEqual(decideStart({ ...without, now: 400 }, SETTINGS), { kind: 'give-up' });
  });

  it('waits for ever without a timeout', () => {
    const settings = { ...SETTINGS, resourceWaitTimeoutMs: Number.POSITIVE_INFINITY };

    const decision = decideStart({ ...facts, now: 1e12, possible: undefined }, settings);

    assert.deepEqual(decision, { kind: 'wait', untilMs: Number.POSITIVE_INFINITY });
  });
});

describe('a rescale of an adaptive job', () => {
  const facts: ExecutingFacts = {
    now: 500,
    current: at(4),
    target: at(6),
    lacksSlots: false,
    isOutOfBounds: false,
    rescaledAt: Number.NEGATIVE_INFINITY,
    runningSince: 400,
  };
  const wait = (untilMs: number) => ({ kind: 'wait', untilMs });

  it('comes when it gains as many subtasks as are worth it', () => {
    assert.deepEqual(decideRescale(facts, SETTINGS), { kind: 'rescale', parallelism: at(6) });
    assert.deepEqual(decideRescale({ ...facts, target: at(5) }, SETTINGS), wait(1400));
  });

  it('comes for less after the longest interval', () => {
    const late = { ...facts, now: 1400, target: at(5) };

    assert.deepEqual(decideRescale(late, SETTINGS), { kind: 'rescale', parallelism: at(5) });
  });

  it('keeps the shortest interval to the one before', () => {
    assert.deepEqual(decideRescale({ ...facts, rescaledAt: 490 }, SETTINGS), wait(520));
    assert.deepEqual(decideRescale({ ...facts, rescaledAt: 470 }, SETTINGS).kind, 'rescale');
  });

  it('comes at once where the job has more slots than there are', () => {
    const lacking = { ...facts, target: at(3), lacksSlots: true, rescaledAt: 499 };

    assert.deepEqual(decideRescale(lacking, SETTINGS), { kind: 'rescale', parallelism: at(3) });
  });

  it('is worth it for any number of subtasks where the job has what it must not have', () => {
    const out = { ...facts, target: at(5), isOutOfBounds: true };

    assert.equal(decideRescale(out, SETTINGS).kind, 'rescale');
  });

  it('does not come where nothing changes, or the slots do not suffice', () => {
    const never = wait(Number.POSITIVE_INFINITY);

    assert.deepEqual(decideRescale({ ...facts, target: at(4) }, SETTINGS), never);
    assert.deepEqual(
      decideRescale({ ...facts, target: undefined, lacksSlots: true }, SETTINGS),
      never,
    );
  });

  it('is refused intervals that contradict each other', () => {
    assert.throws(() => checkScalingSettings({ ...SETTINGS, scalingIntervalMaxMs: 30 }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /scaling-interval\.max is 30 ms, and \.min 30 ms/,
    });
    checkScalingSettings(SETTINGS);
  });
});

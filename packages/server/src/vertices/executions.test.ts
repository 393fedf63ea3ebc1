import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Attempt, aggregateState, statusDurations, timesOf } from './executions.ts';
import { summaryOf } from './statistics.ts';

function attempt(
  state: NonNullable<Attempt['state']>,
  stateTimestamps: Attempt['stateTimestamps'],
): Attempt {
  return { state, stateTimestamps } as Attempt;
}

const RUNNING = attempt('RUNNING', {
  ...{ CREATED: 100, SCHEDULED: 110, DEPLOYING: 150, INITIALIZING: 160, RUNNING: 200 },
});
const FINISHED = attempt('FINISHED', {
  ...{ CREATED: 100, SCHEDULED: 110, DEPLOYING: 140, INITIALIZING: 160, RUNNING: 200 },
  FINISHED: 700,
});

describe('the executions of a vertex', () => {
  it('last from the first deployment until now, or until all have ended', () => {
    assert.deepEqual(timesOf([RUNNING, FINISHED], 1000), {
      ...{ 'start-time': 140, 'end-time': -1, duration: 860 },
    });
    assert.deepEqual(timesOf([FINISHED], 1000), {
      ...{ 'start-time': 140, 'end-time': 700, duration: 560 },
    });
    assert.deepEqual(timesOf([attempt('CREATED', { CREATED: 100 })], 1000), {
      ...{ 'start-time': -1, 'end-time': -1, duration: -1 },
    });
  });

  it('are by the worst of their states, and run until all have finished', () => {
    const failed = attempt('FAILED', {});
    const created = attempt('CREATED', {});

    assert.equal(aggregateState([FINISHED, failed, RUNNING]), 'FAILED');
    assert.equal(aggregateState([FINISHED, attempt('CANCELED', {})]), 'CANCELED');
    assert.equal(aggregateState([FINISHED, created]), 'RUNNING');
    assert.equal(aggregateState([FINISHED]), 'FINISHED');
    assert.equal(aggregateState([created, attempt('SCHEDULED', {})]), 'CREATED');
  });

  it('were in each state until the next one, and are in the last one until now', () => {
    assert.deepEqual(statusDurations(RUNNING, 1000), {
      ...{ CREATED: 10, SCHEDULED: 40, DEPLOYING: 10, INITIALIZING: 40, RUNNING: 800 },
    });
    assert.equal(statusDurations(FINISHED, 1000).RUNNING, 500);
    assert.equal(statusDurations(attempt('CREATED', { CREATED: 1 }), 9).RUNNING, -1);
  });

  it('are summed up as Flink does', () => {
    // Recorded from Flink: the idle times of two subtasks.
    assert.deepEqual(summaryOf([14369, 14298]), {
      ...{ p25: 14298, min: 14298, avg: 14333, median: 14333 },
      ...{ max: 14369, sum: 28667, p95: 14369, p75: 14369 },
    });
  });
});

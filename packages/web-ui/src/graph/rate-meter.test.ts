import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobDetails } from '../rest/jobs.ts';
import { edgeRate, RateMeter } from './rate-meter.ts';

function jobAt(now: number, readRecords: number, busyMs: number | string = 0): JobDetails {
  const metrics = {
    'read-bytes': 0,
    'write-bytes': 0,
    'read-records': readRecords,
    'write-records': 0,
    'accumulated-busy-time': busyMs,
    'accumulated-backpressured-time': 0,
    'accumulated-idle-time': 0,
  };
  return { now, vertices: [{ id: 'v', parallelism: 2, metrics }] } as unknown as JobDetails;
}

describe('rates out of counters', () => {
  it('are not known from one answer', () => {
    const rates = new RateMeter().observe(jobAt(1000, 50));

    assert.equal(rates.get('v')?.recordsIn, undefined);
  });

  it('are what was counted between two answers, busy as the mean of the subtasks', () => {
    const meter = new RateMeter();

    meter.observe(jobAt(1000, 50));
    const rates = meter.observe(jobAt(3000, 250, 1000));

    assert.equal(rates.get('v')?.recordsIn, 100);
    assert.equal(rates.get('v')?.busy, 0.25);
  });

  it('hold while the server repeats counters that it has not refreshed', () => {
    const meter = new RateMeter();

    meter.observe(jobAt(0, 0));
    meter.observe(jobAt(10_000, 1000));
    const rates = meter.observe(jobAt(13_000, 1000));

    assert.equal(rates.get('v')?.recordsIn, 100);
  });

  it('fall to nothing when nothing is counted for long', () => {
    const meter = new RateMeter();

    meter.observe(jobAt(0, 0));
    meter.observe(jobAt(10_000, 1000));
    const rates = meter.observe(jobAt(36_000, 1000));

    assert.equal(rates.get('v')?.recordsIn, 0);
  });

  it('begin anew after a restart', () => {
    const meter = new RateMeter();

    meter.observe(jobAt(0, 5000));
    const atRestart = meter.observe(jobAt(3000, 10));
    const after = meter.observe(jobAt(4000, 40));

    assert.equal(atRestart.get('v')?.recordsIn, undefined);
    assert.equal(after.get('v')?.recordsIn, 30);
  });

  it('are not known for what does not measure itself', () => {
    const meter = new RateMeter();

    meter.observe(jobAt(0, 0, 'NaN'));

    assert.equal(meter.observe(jobAt(1000, 10, 'NaN')).get('v')?.busy, undefined);
  });

  it('of an edge are told only where its records can be told apart', () => {
    const rates = new Map([
      ['a', { recordsIn: 0, recordsOut: 7 }],
      ['b', { recordsIn: 0, recordsOut: 9 }],
      ['c', { recordsIn: 16, recordsOut: 0 }],
      ['d', { recordsIn: 7, recordsOut: 0 }],
    ]) as unknown as Parameters<typeof edgeRate>[0];
    const edges = [
      { from: 'a', to: 'c' },
      { from: 'b', to: 'c' },
      { from: 'a', to: 'd' },
    ];

    assert.deepEqual(
      edges.map((edge) => edgeRate(rates, edge, edges)),
      [undefined, 9, 7],
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type MetricHistory, metricFormat, NO_HISTORY, withPoint } from './metric-history.ts';

describe('the history of a metric', () => {
  it('has a gap where nothing was measured', () => {
    let history = withPoint(NO_HISTORY, 1, { id: 'm', min: 1, avg: 2, max: 3 });
    history = withPoint(history, 2, undefined);

    assert.deepEqual(history, { times: [1, 2], min: [1, null], avg: [2, null], max: [3, null] });
  });

  it('keeps the newest 900 points', () => {
    let history: MetricHistory = NO_HISTORY;
    for (let at = 0; at < 1000; at += 1) {
      history = withPoint(history, at, { id: 'm', avg: at });
    }

    assert.equal(history.times.length, 900);
    assert.equal(history.avg.length, 900);
    assert.deepEqual([history.times[0], history.times.at(-1)], [100, 999]);
  });

  it('is shown in the unit that the name tells', () => {
    const shown = (name: string, value: number): string => metricFormat(name)(value);

    assert.equal(shown('numRecordsInPerSecond', 1500), '1.5 k/s');
    assert.equal(shown('numBytesInPerSecond', 2048), '2 KB/s');
    assert.equal(shown('busyTimeMsPerSecond', 250), '250 ms/s');
    assert.equal(shown('mailboxLatencyMs_p99', 12), '12 ms');
    assert.equal(shown('checkpointStartDelayNanos', 2_000_000), '2 ms');
    assert.equal(shown('lastCheckpointSize', 1024), '1 KB');
    assert.equal(shown('buffers.outputQueueLength', 7), '7');
  });
});

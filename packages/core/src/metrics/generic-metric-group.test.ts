import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GenericMetricGroup } from './generic-metric-group.ts';

describe('metric groups', () => {
  it('give the same counter for one name', () => {
    const group = new GenericMetricGroup('task');
    group.counter('numRecordsIn').inc();

    group.counter('numRecordsIn').inc(2);

    assert.equal(group.counter('numRecordsIn').count, 3);
  });

  it('show counters and gauges of the whole tree by dotted names', () => {
    const group = new GenericMetricGroup('task');
    group.counter('in').inc();
    group.addGroup('map').gauge('lag', () => 42);

    assert.deepEqual(
      [...group.values()],
      [
        ['in', 1],
        ['map.lag', 42],
      ],
    );
  });

  it('let a restarted operator replace its gauges', () => {
    const group = new GenericMetricGroup('task');
    group.gauge('lag', () => 1);

    group.gauge('lag', () => 2);

    assert.equal(group.values().get('lag'), 2);
  });
});

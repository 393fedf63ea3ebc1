import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration, SystemClock } from '@millrace/core';
import { createMetricRegistry } from '../tasks/create-metric-registry.ts';
import { type LatencyGranularity, LatencyStats } from './latency-marker.ts';

const SOURCE_A = 'a'.repeat(32);
const SOURCE_B = 'b'.repeat(32);

/** Three latencies of one operator: of two subtasks of one source, and of another source. */
function report(granularity: LatencyGranularity) {
  const configuration = new Configuration().setString('metrics.scope.tm-job', 'job');
  const registry = createMetricRegistry(configuration, {
    clock: new SystemClock(),
    taskManagerId: 'test',
    warn: () => {},
  });
  const group = registry.job('j', 'job').group.addGroup('latency');
  const tracking = { intervalMs: 10, granularity, historySize: 2 };
  const stats = new LatencyStats(group, tracking, { operatorId: 'op', subtaskIndex: 1 });
  stats.reportLatency({ markedTime: 100, operatorId: SOURCE_A, subtaskIndex: 0 }, 130);
  stats.reportLatency({ markedTime: 100, operatorId: SOURCE_A, subtaskIndex: 1 }, 150);
  stats.reportLatency({ markedTime: 100, operatorId: SOURCE_B, subtaskIndex: 0 }, 170);
  return registry
    .dump()
    .map((dump) => (dump.type === 'histogram' ? [dump.identifier, dump.count, dump.max] : []));
}

describe('the latency of an operator', () => {
  it('is that since the mark, in one histogram for all sources (single)', () => {
    assert.deepEqual(report('single'), [
      ['job.latency.operator_id.op.operator_subtask_index.1.latency', 3, 70],
    ]);
  });

  it('is told by source (operator)', () => {
    const of = (source: string) =>
      `job.latency.source_id.${source}.operator_id.op.operator_subtask_index.1.latency`;

    assert.deepEqual(report('operator'), [
      [of(SOURCE_A), 2, 50],
      [of(SOURCE_B), 1, 70],
    ]);
  });

  it('is told by subtask of the source (subtask)', () => {
    const of = (source: string, subtask: number) =>
      `job.latency.source_id.${source}.source_subtask_index.${subtask}.operator_id.op.operator_subtask_index.1.latency`;

    assert.deepEqual(report('subtask'), [
      [of(SOURCE_A, 0), 1, 30],
      [of(SOURCE_A, 1), 1, 50],
      [of(SOURCE_B, 0), 1, 70],
    ]);
  });
});
